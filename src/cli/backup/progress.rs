//! What is told while a backup is made: a line that is redrawn on a terminal, and one each 30 s in
//! a log.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::amount::Size;
use crate::apply::Clock as _;
use crate::backup::Order;
use crate::cli::clock::{SystemClock, time_of_day};
use crate::cli::console::Console;
use crate::cli::driver_output::Line;
use crate::etcd::backup::Stage;
use crate::render::Detail;
use crate::render::plain::plain;

use super::meter;

/// How often a log says how far it is.
const SIGN_OF_LIFE: Duration = Duration::from_secs(30);

/// How often a line is redrawn.
const TICK: Duration = Duration::from_millis(120);

/// Tells how far the backup of a plan has come: on the line of its step, or in a log.
pub(in crate::cli) fn beside(
    console: &Console,
    line: Option<Line>,
) -> impl FnMut(&Order, Stage) + use<'_> {
    let mut begun: Option<(SystemClock, Duration)> = None;
    move |order, stage| {
        let (clock, due) = begun.get_or_insert_with(|| (SystemClock::start(), SIGN_OF_LIFE));
        let elapsed = clock.now();
        let words = words(&order.label, order.db_size, stage, elapsed);
        match &line {
            Some(line) => {
                if let Some(bar) = &*line.borrow() {
                    bar.set_message(words);
                }
            }
            None if elapsed >= *due => {
                *due = elapsed + SIGN_OF_LIFE;
                console.tell(&format!("{} {words}\n", time_of_day()));
            }
            None => {}
        }
    }
}

fn words(from: &str, of: Size, stage: Stage, elapsed: Duration) -> String {
    format!(
        "backup from {}: {}",
        plain(from),
        meter::words(stage, of, elapsed)
    )
}

/// Tells how far a backup has come.
pub(super) struct Progress<'a> {
    console: &'a Console,
    from: String,
    of: Size,
    clock: SystemClock,
    form: Form,
}

enum Form {
    Terminal(ProgressBar),
    /// When the log is told next.
    Log(Duration),
    Silent,
}

impl<'a> Progress<'a> {
    /// Nothing has come yet.
    pub(super) fn new(console: &'a Console, order: &Order) -> Self {
        let form = match console.detail {
            Detail::Summary => Form::Silent,
            Detail::Normal | Detail::Full if console.can_redraw() => Form::Terminal(bar()),
            Detail::Normal | Detail::Full => Form::Log(SIGN_OF_LIFE),
        };
        Self {
            console,
            from: order.label.clone(),
            of: order.db_size,
            clock: SystemClock::start(),
            form,
        }
    }

    /// Takes note of how far it has come.
    pub(super) fn told(&mut self, stage: Stage) {
        let elapsed = self.clock.now();
        let words = words(&self.from, self.of, stage, elapsed);
        match &mut self.form {
            Form::Terminal(bar) => bar.set_message(words),
            Form::Log(due) if elapsed >= *due => {
                *due = elapsed + SIGN_OF_LIFE;
                self.console.note(&format!("{} {words}\n", time_of_day()));
            }
            Form::Log(_) | Form::Silent => {}
        }
    }

    /// It is over, however it went.
    pub(super) fn end(&self) {
        if let Form::Terminal(bar) = &self.form {
            bar.finish_and_clear();
        }
    }
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("  {spinner}  {wide_msg}  {elapsed}")
        .expect("the template is well formed");
    let bar = ProgressBar::new_spinner().with_style(style.tick_chars("|/-\\."));
    bar.enable_steady_tick(TICK);
    bar
}
