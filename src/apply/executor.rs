//! The loop that carries out what [`Progress`] decides.
//!
//! Before anything goes out it is written down, and the lock is looked at once
//! more; what was put back after a step that failed asks nobody.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use crate::action::Kind;
use crate::apply::attention::{Attention, Leave, Wish};
use crate::apply::backups::Backups;
use crate::apply::halt::Halt;
use crate::apply::journal::{Entry, Journal};
use crate::apply::lock::{Lock, LockError};
use crate::apply::progress::{Directive, Progress, Terms};
use crate::apply::{Clock, Cluster, Event, Hosts, Reporter, StepOutcome};
use crate::member::MemberId;
use crate::observation::Observation;
use crate::plan::{Plan, Step, StepId};

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

/// What is about to go out.
struct Act {
    name: String,
    via: Option<MemberId>,
}

impl Act {
    fn of(directive: &Directive) -> Option<Self> {
        match directive {
            Directive::Call { via, call } => Some(Self {
                name: call.kind().to_string(),
                via: Some(*via),
            }),
            Directive::Host(action) => Some(Self {
                name: action.kind.name().to_owned(),
                via: None,
            }),
            Directive::Backup(order) => Some(Self {
                name: Kind::Backup.to_string(),
                via: Some(order.from),
            }),
            Directive::Wait(_) | Directive::Finished | Directive::Halt(_) => None,
        }
    }
}

/// Whether something may go out.
enum Admission {
    Granted,
    /// Somebody has just given leave.
    Asked,
    /// Not now: this is waited for.
    Withheld(String),
    Forbidden(Halt),
}

/// Who has a say before anything goes out.
struct Desk<'a, L, J, A> {
    lock: &'a mut L,
    journal: &'a mut J,
    attention: &'a mut A,
    /// The step that was last let begin.
    begun: Option<StepId>,
    /// What was last written down: an act that is repeated stands there once.
    written: Option<(StepId, String)>,
}

impl<L: Lock, J: Journal, A: Attention> Desk<'_, L, J, A> {
    async fn admit(&mut self, step: &Step, act: &Act) -> Admission {
        if self.begun != Some(step.id) {
            match self.attention.may_begin(step).await {
                Leave::Unasked => {}
                Leave::Given => {
                    self.begun = Some(step.id);
                    return Admission::Asked;
                }
                Leave::Refused => {
                    return Admission::Forbidden(Halt::Interrupted { waited_for: None });
                }
            }
            self.begun = Some(step.id);
        }
        if let Err(reason) = self.write(step, act) {
            return Admission::Forbidden(Halt::Unrecorded { reason });
        }
        match self.lock.check().await {
            Ok(()) => Admission::Granted,
            Err(LockError::Lost { holder }) => Admission::Forbidden(Halt::LockLost { holder }),
            // Where the plan itself has taken quorum away, nobody else can take the lock.
            Err(LockError::Unknown { .. }) if !step.before.has_quorum() => Admission::Granted,
            Err(LockError::Unknown { reason }) => {
                Admission::Withheld(format!("the lock to be confirmed: {reason}"))
            }
        }
    }

    fn write(&mut self, step: &Step, act: &Act) -> Result<(), String> {
        let key = (step.id, act.name.clone());
        if self.written.as_ref() == Some(&key) {
            return Ok(());
        }
        let entry = Entry::Intent {
            step: step.id,
            act: act.name.clone(),
            member: step.member.clone(),
            via: act.via,
        };
        self.journal.record(&entry).map_err(|error| error.reason)?;
        self.written = Some(key);
        Ok(())
    }

    /// Waits for something that changes nothing, until somebody wants no more waiting.
    async fn unless_stopped<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        while self.attention.wish() < Wish::StopWaiting {
            let mut changed = pin!(self.attention.changed());
            let done = poll_fn(|context| match work.as_mut().poll(context) {
                Poll::Ready(done) => Poll::Ready(Some(done)),
                Poll::Pending => changed.as_mut().poll(context).map(|()| None),
            });
            if let Some(done) = done.await {
                return Some(done);
            }
        }
        None
    }

    /// Lets time pass, unless somebody interrupts.
    async fn pause(&mut self, clock: &impl Clock, pause: Duration) {
        let mut sleep = pin!(clock.sleep(pause));
        let mut changed = pin!(self.attention.changed());
        poll_fn(|context| {
            let over = sleep.as_mut().poll(context).is_ready();
            if over || changed.as_mut().poll(context).is_ready() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}
