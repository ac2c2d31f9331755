//! The loop that carries out what [`Progress`] decides.
//!
//! Before anything goes out it is written down, and the lock is looked at once
//! more; what was put back after a step that failed asks nobody.

mod desk;

use crate::apply::attention::Attention;
use crate::apply::backups::Backups;
use crate::apply::halt::Halt;
use crate::apply::journal::{Entry, Journal};
use crate::apply::lock::Lock;
use crate::apply::progress::{Directive, Progress, Terms};
use crate::apply::{Clock, Cluster, Event, Hosts, Reporter, StepOutcome};
use crate::observation::Observation;
use crate::plan::{Plan, StepId};
use desk::{Act, Admission, Desk};

/// How a run ended.
#[must_use = "a run that stopped part-way must be told"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Why it stopped before its end; absent: every step is done.
    pub halt: Option<Halt>,
    /// The steps that are done, and how.
    pub done: Vec<(StepId, StepOutcome)>,
    /// The steps that are left.
    pub left: Vec<StepId>,
    /// Whether this run or an earlier one of the plan has changed anything, or may have.
    pub begun: bool,
    /// The last look at the cluster.
    pub last: Option<Observation>,
}

impl Report {
    /// Whether every step was done before this run.
    pub fn is_already_applied(&self) -> bool {
        let already = |(_, outcome): &(StepId, StepOutcome)| *outcome == StepOutcome::AlreadyDone;
        self.halt.is_none() && self.done.iter().all(already)
    }
}

/// The ports of a run.
#[derive(Debug)]
pub struct Ports<'a, C, H, B, K, L, J, A, R> {
    /// The live cluster.
    pub cluster: &'a mut C,
    /// The machines.
    pub hosts: &'a mut H,
    /// Where backups are kept.
    pub backups: &'a mut B,
    /// Time.
    pub clock: &'a K,
    /// The lock on the cluster.
    pub lock: &'a mut L,
    /// Where each act is written down.
    pub journal: &'a mut J,
    /// Who may interrupt.
    pub attention: &'a mut A,
    /// Who is told.
    pub reporter: &'a mut R,
}

/// Performs a plan, one step at a time.
pub async fn run<C, H, B, K, L, J, A, R>(
    plan: &Plan,
    terms: Terms,
    ports: Ports<'_, C, H, B, K, L, J, A, R>,
) -> Report
where
    C: Cluster,
    H: Hosts,
    B: Backups,
    K: Clock,
    L: Lock,
    J: Journal,
    A: Attention,
    R: Reporter,
{
    let Ports {
        cluster,
        hosts,
        backups,
        clock,
        lock,
        journal,
        attention,
        reporter,
    } = ports;
    let mut progress = Progress::new(plan, terms);
    let mut desk = Desk {
        lock,
        journal,
        attention,
        begun: None,
        written: None,
    };
    let halt = loop {
        progress.heed(desk.attention.wish());
        let look = cluster.observe(progress.depth()).await;
        let mut directive = progress.next(look, clock.now());
        let events = progress.take_events();
        if let Some(reason) = tell(&events, reporter, desk.journal) {
            directive = Directive::Halt(Halt::Unrecorded { reason });
        }
        if let Some(act) = Act::of(&directive)
            && !progress.is_retreating()
            && let Some(step) = progress.step()
        {
            directive = match desk.admit(step, &act).await {
                Admission::Granted => directive,
                Admission::Asked => progress.given_leave(clock.now()),
                Admission::Withheld(waits) => progress.withheld(waits, clock.now()),
                Admission::Forbidden(halt) => progress.forbidden(halt, clock.now()),
            };
        }
        match directive {
            Directive::Call { via, call } => {
                let answer = cluster.send(via, &call).await;
                progress.called(answer, clock.now());
            }
            Directive::Host(action) => {
                let outcome = hosts.perform(&action).await;
                progress.performed(outcome, clock.now());
            }
            Directive::Backup(order) => {
                // Given up, it has left nothing, and the next look says what to do.
                if let Some(outcome) = desk.unless_stopped(backups.save(&order)).await {
                    progress.saved(outcome, clock.now());
                }
            }
            Directive::Wait(pause) => desk.pause(clock, pause).await,
            Directive::Finished => break None,
            Directive::Halt(halt) => break Some(halt),
        }
    };
    tell(&progress.take_events(), reporter, desk.journal);
    let report = report(plan, &progress, halt);
    // The end of a run decides nothing: where it cannot be written, the next run reads it off the cluster.
    let _ = desk.journal.record(&Entry::end_of(report.halt.as_ref()));
    report
}

/// Tells of what happened, and writes down which steps are done; gives why that failed.
fn tell(
    events: &[Event<'_>],
    reporter: &mut impl Reporter,
    journal: &mut impl Journal,
) -> Option<String> {
    let mut failure = None;
    for event in events {
        reporter.report(event);
        if let Event::Done { step, outcome, .. } = event {
            let entry = Entry::Outcome {
                step: step.id,
                outcome: *outcome,
            };
            failure = failure.or(journal.record(&entry).err());
        }
    }
    failure.map(|error| error.reason)
}

fn report(plan: &Plan, progress: &Progress<'_>, halt: Option<Halt>) -> Report {
    let done: Vec<_> = progress
        .done()
        .map(|(step, outcome)| (step.id, outcome))
        .collect();
    let is_left = |id: &StepId| done.iter().all(|(done, _)| done != id);
    let ids = plan.steps.iter().map(|step| step.id);
    Report {
        halt,
        left: ids.filter(is_left).collect(),
        done,
        begun: progress.has_begun(),
        last: progress.last_look().cloned(),
    }
}
