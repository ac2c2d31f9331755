//! What is told when a run of a plan has ended, and with which code.

use std::time::Duration;

use crate::apply::StepOutcome;
use crate::apply::executor::Report;
use crate::apply::halt::Halt;
use crate::apply::passage::Passage;
use crate::journal::Run;
use crate::observation::Observation;
use crate::plan::recovery::{Recovery, Way};
use crate::plan::{Plan, StepId, Summary};
use crate::render::page::{Page, Span};
use crate::render::palette::{Ink, Palette};
use crate::render::{self, Notice, counted, shell, title};

use super::exit::Exit;
use super::progress::{span, told};

/// How a run ended, as a code.
pub fn exit(report: &Report) -> Exit {
    let Some(halt) = &report.halt else {
        return Exit::Done;
    };
    if report.begun {
        return Exit::Partial;
    }
    exit_before(halt)
}

/// The same, where nothing was done yet.
pub fn exit_before(halt: &Halt) -> Exit {
    match halt {
        Halt::Interrupted { .. } => Exit::Interrupted,
        Halt::NotApplyable
        | Halt::Refused { .. }
        | Halt::QuorumExists
        | Halt::LostAnswers { .. } => Exit::Refused,
        Halt::OtherCluster { .. } | Halt::Stale { .. } | Halt::ForeignChange { .. } => Exit::Stale,
        Halt::CallRefused { .. }
        | Halt::Denied { .. }
        | Halt::HostFailed { .. }
        | Halt::NotSaved { .. }
        | Halt::Unconfirmed { .. }
        | Halt::TimedOut { .. }
        | Halt::NotJoined { .. }
        | Halt::FarEnough { .. }
        | Halt::LockLost { .. }
        | Halt::Unrecorded { .. }
        | Halt::Unseen { .. } => Exit::Error,
    }
}

/// The lines at the end of a run in which every step is done.
pub fn complete(plan: &Plan, report: &Report, took: Duration, palette: Palette) -> String {
    let Summary {
        add,
        change,
        destroy,
        ..
    } = plan.summary;
    let mut page = Page::new(palette);
    page.line(&[
        Span::new(Ink::Added, "Apply complete!"),
        Span::text(format!(
            " {add} added, {change} changed, {destroy} destroyed. {} of {} in {}.",
            report.done.len(),
            counted(plan.steps.len(), "step"),
            span(took)
        )),
    ]);
    stands(&mut page, plan, report);
    page.into_text()
}

/// Why a run stopped, as an error.
pub fn error(halt: &Halt) -> Notice {
    let told = halt.told();
    let refused = matches!(halt, Halt::NotApplyable | Halt::Refused { .. });
    let message = if refused { "refused: " } else { "" };
    Notice {
        code: Some(told.code),
        details: told.details,
        ways_out: told.ways_out,
        ..Notice::error(format!("{message}{}", told.message))
    }
}

/// The same, with a drawing of how the members differ, where the plan does not fit them.
pub fn drawn(plan: &Plan, halt: &Halt, live: Option<&Observation>, palette: Palette) -> Notice {
    let mut notice = error(halt);
    if let (Halt::Stale { .. } | Halt::ForeignChange { .. }, Some(live)) = (halt, live) {
        let (planned, live) = Passage::of(plan).compared(live);
        notice.excerpt = render::moved(&planned, &live, palette);
    }
    notice
}

/// What an earlier run left undone on hosts, where no plan can see it any more.
pub fn left_behind(steps: Vec<String>) -> Notice {
    Notice {
        code: Some("W0440".to_owned()),
        details: steps,
        ..Notice::warning(
            "an earlier run stopped before it did this, and this plan does not know of it",
        )
    }
}

/// What is done and what is left after a run that stopped, and how to go on.
pub fn stopped(plan: &Plan, report: &Report, command: Option<&str>, palette: Palette) -> String {
    let mut page = Page::new(palette);
    page.line(&[]);
    page.line(&[Span::new(
        Ink::Strong,
        format!(
            "Stopped after {} of {}.",
            report.done.len(),
            counted(plan.steps.len(), "step")
        ),
    )]);
    stands(&mut page, plan, report);
    let completed = report.done.iter().map(|(step, outcome)| match outcome {
        StepOutcome::Completed => listed(plan, *step),
        StepOutcome::AlreadyDone => format!("{} (already)", listed(plan, *step)),
    });
    list(&mut page, "done", &completed.collect::<Vec<_>>());
    let left = report.left.iter().map(|step| listed(plan, *step));
    list(&mut page, "left", &left.collect::<Vec<_>>());
    if let Some(command) = command {
        page.line(&[Span::text("To go on from here:")]);
        page.line(&[Span::new(Ink::Strong, format!("    {command}"))]);
    }
    if is_awaited_in_vain(plan, report) {
        page.line(&[Span::text(
            "Processes that run say more, such as where they look for each other. To plan anew:",
        )]);
        let file = &plan.source.file;
        page.line(&[Span::new(
            Ink::Strong,
            format!("    etcdplan recover -f {}", shell::quoted(file)),
        )]);
    }
    page.into_text()
}

/// Whether every process was started, and no quorum came of it.
fn is_awaited_in_vain(plan: &Plan, report: &Report) -> bool {
    let is_start = |recovery: &Recovery| recovery.way == Way::Start;
    plan.recovery.as_ref().is_some_and(is_start)
        && matches!(report.halt, Some(Halt::TimedOut { .. }))
}

/// What a journal tells of a run.
pub fn recorded(run: &Run, palette: Palette) -> String {
    let mut page = Page::new(palette);
    page.line(&[]);
    let all = counted(run.plan.steps.len(), "step");
    let state = if run.is_complete {
        format!("All of {all} are done.")
    } else {
        format!(
            "{} of {all} are done, as far as was written down.",
            run.record.done()
        )
    };
    page.line(&[
        Span::new(Ink::Strong, format!("Run of {}. ", run.begun_at)),
        Span::text(state),
    ]);
    let listed = |done: bool| {
        let steps = run.plan.steps.iter();
        let steps = steps.filter(move |step| run.record.is_done(step.id) == done);
        steps
            .map(|step| listed(&run.plan, step.id))
            .collect::<Vec<_>>()
    };
    list(&mut page, "done", &listed(true));
    list(&mut page, "left", &listed(false));
    page.into_text()
}

/// How the cluster was at the last look.
fn stands(page: &mut Page, plan: &Plan, report: &Report) {
    if let Some(last) = &report.last {
        let standing = told(last.standing());
        page.line(&[Span::text(format!("{}: {standing}.", plan.cluster.name))]);
    }
}

fn listed(plan: &Plan, id: StepId) -> String {
    let step = plan.steps.iter().find(|step| step.id == id);
    let title = step.map(|step| title(plan, step)).unwrap_or_default();
    format!("{:>2}  {title}", id.0)
}

fn list(page: &mut Page, word: &str, steps: &[String]) {
    let mut word = word;
    for step in steps {
        page.line(&[Span::text(format!("  {word:<4}  {step}"))]);
        word = "";
    }
}
