//! Performing the steps of a recovery, which are a plan's first.
//!
//! There is no quorum to ask, no lock to take, and no member list to go by: where the recovery is, is
//! read off the hosts ([`Hosts::check`]), before each step and after it. A step whose effect is there
//! already is done, so a run that was stopped goes on by being started again.

mod errand;
mod readdressing;
mod state;

use std::time::Duration;

use crate::action::Kind;
use crate::apply::attention::{Attention, Leave, Wish};
use crate::apply::executor::Report;
use crate::apply::halt::Halt;
use crate::apply::journal::{Entry, Journal};
use crate::apply::pace::Pace;
use crate::apply::progress::Terms;
use crate::apply::{Clock, Cluster, Depth, Event, HostOutcome, Hosts, Reporter, StepOutcome};
use crate::observation::Observation;
use crate::plan::recovery::Recovery;
use crate::plan::{Plan, Step, StepId};
use crate::remains::Data;

pub use errand::{check, errand};
pub use state::{State, state};

/// How often a place is looked at, at most: a look may be a program on another machine.
const POLL: Duration = Duration::from_millis(200);

/// The ports of a recovery.
#[derive(Debug)]
pub struct Ports<'a, C, H, K, J, A, R> {
    /// The live cluster, or what is left of it.
    pub cluster: &'a mut C,
    /// The machines.
    pub hosts: &'a mut H,
    /// Time.
    pub clock: &'a K,
    /// Where each act is written down.
    pub journal: &'a mut J,
    /// Who may interrupt.
    pub attention: &'a mut A,
    /// Who is told.
    pub reporter: &'a mut R,
}

/// Performs the recovery's own steps, one at a time, as the terms say.
pub async fn run<C, H, K, J, A, R>(
    plan: &Plan,
    recovery: &Recovery,
    terms: &Terms,
    ports: Ports<'_, C, H, K, J, A, R>,
) -> Report
where
    C: Cluster,
    H: Hosts,
    K: Clock,
    J: Journal,
    A: Attention,
    R: Reporter,
{
    let mut run = Run {
        plan,
        recovery,
        terms,
        ports,
        pace: Pace::new(terms.patience),
        begun: terms.record.done() > 0,
        last: None,
    };
    run.pace.run_begins(run.ports.clock.now());
    let mut done = Vec::new();
    let mut halt = run.none_of_the_lost_runs().await.err();
    let own = if halt.is_none() { recovery.steps } else { 0 };
    for step in plan.steps.iter().take(own) {
        match run.perform(step).await {
            Ok(outcome) => done.push((step.id, outcome)),
            Err(found) => {
                halt = Some(found);
                break;
            }
        }
        if let Some(until) = terms.until.filter(|until| *until == step.id) {
            halt = (step.id.0 < plan.steps.len()).then_some(Halt::FarEnough { until });
            break;
        }
    }
    let is_all = plan.steps.len() == recovery.steps;
    if halt.is_none() && !is_all && run.ports.attention.wish() > Wish::GoOn {
        halt = Some(Halt::Interrupted { waited_for: None });
    }
    if halt.is_some() || is_all {
        // The end of a run decides nothing: where it cannot be written, the next run reads it off the hosts.
        let _ = run.ports.journal.record(&Entry::end_of(halt.as_ref()));
    }
    let is_left = |id: &StepId| done.iter().all(|(done, _)| done != id);
    let steps = plan.steps.iter().map(|step| step.id);
    Report {
        left: steps.filter(is_left).collect(),
        begun: run.begun,
        last: run.last,
        halt,
        done,
    }
}

struct Run<'a, 'p, C, H, K, J, A, R> {
    plan: &'a Plan,
    recovery: &'a Recovery,
    terms: &'a Terms,
    ports: Ports<'p, C, H, K, J, A, R>,
    pace: Pace,
    begun: bool,
    last: Option<Observation>,
}

impl<C, H, K, J, A, R> Run<'_, '_, C, H, K, J, A, R>
where
    C: Cluster,
    H: Hosts,
    K: Clock,
    J: Journal,
    A: Attention,
    R: Reporter,
{
    /// Looks once whether a process of a member runs that was given up: without quorum it may answer
    /// nobody.
    async fn none_of_the_lost_runs(&mut self) -> Result<(), Halt> {
        let Some(rebirth) = &self.recovery.rebirth else {
            return Ok(());
        };
        for name in &self.recovery.lost {
            let Some(action) = check(&self.plan.topology, name.as_str()) else {
                continue;
            };
            // Where nobody can look now, the operator's word stands.
            let Ok(Some(remnant)) = self.ports.hosts.check(&action).await else {
                continue;
            };
            // Where the cluster keeps its id, data does not tell the one from the other.
            let keeps_id = Some(rebirth.cluster_id) == self.plan.cluster.id;
            let is_new = |data: Data| !keeps_id && data.cluster == rebirth.cluster_id;
            if remnant.running && !remnant.data.is_some_and(is_new) {
                return Err(Halt::LostAnswers {
                    member: name.to_string(),
                });
            }
        }
        Ok(())
    }

    async fn perform(&mut self, step: &Step) -> Result<StepOutcome, Halt> {
        self.pace.step_begins(self.ports.clock.now());
        let mut acted = None;
        loop {
            let state = self.look(step).await?;
            let is_done = match (&state, acted) {
                // Nobody can look: what counts is the word of who did it, in this run or an earlier one.
                (State::Done, _) | (State::Unknown, Some(HostOutcome::Performed)) => true,
                (State::Unknown, _) => self.terms.record.is_done(step.id),
                (State::NotDone | State::Awaited(_), _) => false,
            };
            if is_done {
                let outcome = match acted {
                    None => StepOutcome::AlreadyDone,
                    Some(_) => StepOutcome::Completed,
                };
                return self.done(step, outcome);
            }
            if acted.is_none() {
                self.admitted(step).await?;
                acted = Some(self.act(step).await?);
                continue;
            }
            self.wait(step, &state).await?;
            // A call may have come too early, or got lost: it is made again.
            if step.kind == Kind::UpdatePeerUrls {
                self.update(step).await?;
            }
        }
    }

    /// Looks at the cluster and at the member's place; stops where the recovery must not go on.
    async fn look(&mut self, step: &Step) -> Result<State, Halt> {
        let seen = self.ports.cluster.observe(Depth::Whole).await;
        if let Some(halt) = state::forbids(self.plan, self.recovery, &seen) {
            return Err(halt);
        }
        let action = check(&self.plan.topology, &step.member);
        let remnant = match action {
            Some(action) => self.ports.hosts.check(&action).await,
            None => Ok(None),
        };
        let remnant = remnant.map_err(|error| Halt::HostFailed {
            step: name(step),
            message: error.to_string(),
            aftermath: None,
        })?;
        let is_lost = self
            .recovery
            .lost
            .iter()
            .any(|lost| lost.as_str() == step.member);
        if !is_lost && let Some(halt) = state::stranger(self.plan, self.recovery, remnant.as_ref())
        {
            return Err(halt);
        }
        let state = state(self.plan, self.recovery, step, remnant.as_ref(), &seen);
        self.last = seen.ok().or(self.last.take());
        Ok(state)
    }

    /// Asks whoever has a say, and writes down what is about to happen.
    async fn admitted(&mut self, step: &Step) -> Result<(), Halt> {
        if self.ports.attention.wish() > Wish::GoOn {
            return Err(Halt::Interrupted { waited_for: None });
        }
        if self.ports.attention.may_begin(step).await == Leave::Refused {
            return Err(Halt::Interrupted { waited_for: None });
        }
        let entry = Entry::Intent {
            step: step.id,
            act: step.kind.to_string(),
            member: step.member.clone(),
            via: None,
        };
        let written = self.ports.journal.record(&entry);
        written.map_err(|error| Halt::Unrecorded {
            reason: error.reason,
        })?;
        self.ports.reporter.report(&Event::Started { step });
        self.begun = true;
        Ok(())
    }

    async fn act(&mut self, step: &Step) -> Result<HostOutcome, Halt> {
        let failed = |message: String| Halt::HostFailed {
            step: name(step),
            message,
            aftermath: None,
        };
        if step.kind == Kind::UpdatePeerUrls {
            return self.update(step).await;
        }
        let action = errand(self.plan, self.recovery, step);
        let action = action.ok_or_else(|| failed(format!("{} is not in the file", step.member)))?;
        self.pace.act_begins(self.ports.clock.now());
        let performed = self.ports.hosts.perform(&action).await;
        self.pace.driver_ended(self.ports.clock.now());
        performed.map_err(|error| failed(error.to_string()))
    }

    async fn wait(&mut self, step: &Step, state: &State) -> Result<(), Halt> {
        let waiting_for = match state {
            State::Awaited(what) => what.clone(),
            State::Unknown => {
                return Err(Halt::Unconfirmed { step: name(step) });
            }
            State::NotDone | State::Done if step.kind == Kind::Relay => state::QUORUM.to_owned(),
            State::NotDone | State::Done => "its effect".to_owned(),
        };
        if self.ports.attention.wish() >= Wish::StopWaiting {
            return Err(Halt::Interrupted {
                waited_for: Some(format!("{}: {waiting_for}", name(step))),
            });
        }
        let now = self.ports.clock.now();
        if let Some(limit) = self.pace.exceeded(now) {
            return Err(Halt::TimedOut {
                step: name(step),
                limit,
                waiting_for,
            });
        }
        self.ports.reporter.report(&Event::Waiting {
            step,
            detail: waiting_for,
            elapsed: self.pace.elapsed(now),
        });
        let pause = self.pace.pause(now).max(POLL);
        self.ports.clock.sleep(pause).await;
        Ok(())
    }

    fn done(&mut self, step: &Step, outcome: StepOutcome) -> Result<StepOutcome, Halt> {
        let elapsed = self.pace.elapsed(self.ports.clock.now());
        self.ports.reporter.report(&Event::Done {
            step,
            outcome,
            elapsed,
        });
        let entry = Entry::Outcome {
            step: step.id,
            outcome,
        };
        let written = self.ports.journal.record(&entry);
        written.map_err(|error| Halt::Unrecorded {
            reason: error.reason,
        })?;
        Ok(outcome)
    }
}

fn name(step: &Step) -> String {
    format!("step {} ({} {})", step.id.0, step.kind, step.member)
}
