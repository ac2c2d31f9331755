//! What is told while a plan is performed.
//!
//! On a terminal one line a step, redrawn while it waits; in a log one line
//! when a step begins, one when it ends, and one each 30 s between (for a person
//! the first at once), never a carriage return.

use std::rc::Rc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::apply::{Event, Reporter, StepOutcome};
use crate::backup::Order;
use crate::etcd::backup::Stage;
use crate::plan::{Performer, Plan, Step};
use crate::quorum::Standing;
use crate::render::page::{Page, Span};
use crate::render::palette::Ink;
use crate::render::plain::plain;
use crate::render::{Detail, counted, title};

use super::backup;
use super::clock::time_of_day;
use super::console::Console;
use super::driver_output::{DriverOutput, Line};

/// How often a log says that a step still waits.
const SIGN_OF_LIFE: Duration = Duration::from_secs(30);

/// How often a waiting line is redrawn.
const TICK: Duration = Duration::from_millis(120);

/// The reporter of a run.
#[derive(Debug)]
pub struct Progress<'a> {
    console: &'a Console,
    plan: &'a Plan,
    form: Form,
}

#[derive(Debug)]
enum Form {
    /// The line that is redrawn, if a step is under way.
    Terminal(Line),
    /// When the log was last told that the step under way waits.
    Log(Option<Duration>),
    Silent,
}

impl<'a> Progress<'a> {
    /// A reporter for a run of this plan.
    pub fn new(console: &'a Console, plan: &'a Plan) -> Self {
        let form = match console.detail {
            Detail::Summary => Form::Silent,
            Detail::Normal | Detail::Full if console.can_redraw() => {
                Form::Terminal(Line::default())
            }
            Detail::Normal | Detail::Full => Form::Log(None),
        };
        Self {
            console,
            plan,
            form,
        }
    }

    /// Where a driver's words go: between the lines of this reporter.
    pub fn driver_output(&self) -> DriverOutput<'a> {
        let line = match &self.form {
            Form::Terminal(line) => Rc::clone(line),
            Form::Log(_) | Form::Silent => Line::default(),
        };
        DriverOutput::new(self.console, line)
    }

    /// Who is told how far a backup has come.
    pub fn backup_meter(&self) -> impl FnMut(&Order, Stage) + use<'a> {
        let line = match &self.form {
            Form::Terminal(line) => Some(Rc::clone(line)),
            Form::Log(_) | Form::Silent => None,
        };
        backup::progress::beside(self.console, line)
    }

    fn heading(&self, step: &Step) -> String {
        let title = title(self.plan, step);
        format!("{} {title}", step.kind.sign())
    }

    /// A line of a log.
    fn log(&self, step: &Step, word: &str, text: &str) {
        let all = self.plan.steps.len();
        let line = format!("{} {}/{all} {word:<8} {text}", time_of_day(), step.id.0);
        self.console.note(&format!("{}\n", plain(&line)));
    }

    /// A row of a terminal.
    fn row(&self, mark: (Ink, &str), step: &Step, right: &str) {
        let mut page = Page::new(self.console.stderr);
        let left = vec![
            Span::text("  "),
            Span::padded(mark.0, mark.1, 3),
            Span::right(Ink::Text, step.id.0.to_string(), 2),
            Span::text(format!("  {}", self.heading(step))),
        ];
        page.row(left, vec![Span::text(right)]);
        self.console.note(&page.into_text());
    }

    /// The line of a step under way.
    fn draw(&self, step: &Step, detail: &str) {
        let Form::Terminal(line) = &self.form else {
            return;
        };
        let message = format!("{:>2}  {}   {detail}", step.id.0, self.heading(step));
        let mut line = line.borrow_mut();
        let bar = line.get_or_insert_with(|| {
            let style = ProgressStyle::with_template("  {spinner}  {wide_msg}  {elapsed}")
                .expect("the template is well formed");
            let bar = ProgressBar::new_spinner().with_style(style.tick_chars("|/-\\."));
            bar.enable_steady_tick(TICK);
            bar
        });
        bar.set_message(plain(&message).into_owned());
    }

    fn clear(&self) {
        if let Form::Terminal(line) = &self.form
            && let Some(bar) = line.borrow_mut().take()
        {
            bar.finish_and_clear();
        }
    }

    fn started(&mut self, step: &Step) {
        match self.form {
            Form::Terminal(_) => self.draw(step, ""),
            Form::Log(_) => {
                self.form = Form::Log(None);
                self.log(step, "start", &self.heading(step));
            }
            Form::Silent => {}
        }
    }

    fn waiting(&mut self, step: &Step, detail: &str, elapsed: Duration) {
        match self.form {
            Form::Terminal(_) => self.draw(step, detail),
            Form::Log(told) if elapsed >= due(step, told) => {
                self.form = Form::Log(Some(elapsed));
                self.log(step, "waiting", &format!("{detail} ({})", span(elapsed)));
            }
            Form::Log(_) | Form::Silent => {}
        }
    }

    /// A line of its own, while the one of its step is there.
    fn beside(&self, step: &Step, word: &str, sign: &str, text: &str) {
        match &self.form {
            Form::Terminal(line) => {
                let words = format!("      {sign}: {}\n", plain(text));
                match &*line.borrow() {
                    Some(bar) => bar.suspend(|| self.console.note(&words)),
                    None => self.console.note(&words),
                }
            }
            Form::Log(_) => self.log(step, word, text),
            Form::Silent => {}
        }
    }

    fn ended(&mut self, step: &Step, mark: (Ink, &str), word: &str, right: &str) {
        self.clear();
        match self.form {
            Form::Terminal(_) => self.row(mark, step, right),
            Form::Log(_) => {
                self.log(step, word, &format!("{} ({right})", self.heading(step)));
            }
            Form::Silent => {}
        }
    }

    fn checked(&self, standing: Standing) {
        if matches!(self.form, Form::Log(_)) {
            let line = format!("{} check  {}\n", time_of_day(), told(standing));
            self.console.note(&line);
        }
    }
}

impl Reporter for Progress<'_> {
    fn report(&mut self, event: &Event<'_>) {
        match event {
            Event::Checked { standing } => self.checked(*standing),
            Event::Started { step } => self.started(step),
            Event::Waiting {
                step,
                detail,
                elapsed,
            } => self.waiting(step, detail, *elapsed),
            Event::LeadershipMoved { step, to } => {
                let detail = format!("leadership came back, and is moved to {to} first");
                match self.form {
                    Form::Terminal(_) => self.draw(step, &detail),
                    Form::Log(_) => self.log(step, "note", &detail),
                    Form::Silent => {}
                }
            }
            Event::Cautioned { step, caution } => {
                self.beside(step, "warning", "Warning", caution);
            }
            Event::Saved { step, saved } => {
                self.beside(step, "saved", "Saved", &backup::line(saved));
            }
            Event::Done {
                step,
                outcome,
                elapsed,
            } => match outcome {
                StepOutcome::Completed => {
                    self.ended(step, (Ink::Added, "ok"), "done", &span(*elapsed));
                }
                StepOutcome::AlreadyDone => {
                    self.ended(step, (Ink::Added, "ok"), "skipped", "already done");
                }
            },
            Event::Failed {
                step,
                reason: _,
                elapsed,
            } => self.ended(step, (Ink::Danger, "XX"), "failed", &span(*elapsed)),
        }
    }
}

/// When a log is told next that a step waits: at once where it is a person that it waits for.
fn due(step: &Step, told: Option<Duration>) -> Duration {
    match told {
        Some(told) => told + SIGN_OF_LIFE,
        None if step.by == Performer::Hand => Duration::ZERO,
        None => SIGN_OF_LIFE,
    }
}

/// `3 voters, 2 healthy, quorum 2, can lose 0`.
pub fn told(standing: Standing) -> String {
    let Standing { voters, healthy } = standing;
    let voters = counted(voters, "voter");
    let quorum = standing.quorum();
    let can_lose = standing.can_lose();
    format!("{voters}, {healthy} healthy, quorum {quorum}, can lose {can_lose}")
}

/// `12ms`, `0.2s`, `41s`, `1m03s`.
pub fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0 if span.as_millis() < 100 => format!("{}ms", span.as_millis()),
        0..10 => format!("{:.1}s", span.as_secs_f64()),
        10..60 => format!("{seconds}s"),
        60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_short() {
        let shown: Vec<String> = [12, 200, 8400, 41_000, 63_000, 3_720_000]
            .map(|millis| span(Duration::from_millis(millis)))
            .into();
        assert_eq!(shown, ["12ms", "0.2s", "8.4s", "41s", "1m03s", "1h02m"]);
    }
}
