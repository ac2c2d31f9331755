//! Performing the steps of a recovery, which are a plan's first.
//!
//! There is no quorum to ask, no lock to take, and no member list to go by: where the recovery is, is
//! read off the hosts ([`Hosts::check`]), before each step and after it. A step whose effect is there
//! already is done, so a run that was stopped goes on by being started again.

mod errand;
mod state;

use std::time::Duration;

use crate::action::Kind;
use crate::apply::attention::{Attention, Leave, Wish};
use crate::apply::executor::Report;
use crate::apply::halt::Halt;
use crate::apply::journal::{Entry, Journal};
use crate::apply::pace::Limit;
use crate::apply::progress::Terms;
use crate::apply::{
    Call, CallError, Clock, Cluster, Depth, Event, HostOutcome, Hosts, Reporter, StepOutcome,
};
use crate::member::MemberId;
use crate::observation::Observation;
use crate::plan::recovery::Recovery;
use crate::plan::{Plan, Step, StepId};
use crate::remains::Data;

pub use errand::{check, errand};
pub use state::{State, state};

/// How often a place is looked at while something is awaited there.
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
        begun: terms.record.done() > 0,
        last: None,
    };
    let mut done = Vec::new();
    let mut halt = run.lost_is_lost().await.err();
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
    async fn lost_is_lost(&mut self) -> Result<(), Halt> {
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
            let is_new = |data: Data| data.cluster == rebirth.cluster_id;
            if remnant.running && !remnant.data.is_some_and(is_new) {
                return Err(Halt::LostAnswers {
                    member: name.to_string(),
                });
            }
        }
        Ok(())
    }

    async fn perform(&mut self, step: &Step) -> Result<StepOutcome, Halt> {
        let since = self.ports.clock.now();
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
                return self.done(step, outcome, since);
            }
            if acted.is_none() {
                self.admitted(step).await?;
                acted = Some(self.act(step).await?);
                continue;
            }
            self.wait(step, &state, since).await?;
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
        let performed = self.ports.hosts.perform(&action).await;
        performed.map_err(|error| failed(error.to_string()))
    }

    /// Asks whoever serves to write down a new address. What is heard of it is no proof: it is looked at.
    async fn update(&mut self, step: &Step) -> Result<HostOutcome, Halt> {
        let call = step.member_id.zip(step.parameters.peer_urls.clone());
        let (Some((id, peer_urls)), Some(via)) = (call, self.leader()) else {
            return Ok(HostOutcome::LeftToHand);
        };
        if let Some(moved) = self.moved_since(id) {
            return Err(Halt::Stale { moved: vec![moved] });
        }
        match self
            .ports
            .cluster
            .send(via, &Call::UpdatePeerUrls { id, peer_urls })
            .await
        {
            Err(CallError::Refused { message }) => Err(Halt::CallRefused {
                step: name(step),
                message,
            }),
            Ok(()) | Err(CallError::NotYet { .. } | CallError::Unanswered { .. }) => {
                Ok(HostOutcome::Performed)
            }
        }
    }

    /// What somebody else has done to a member's address since it was planned.
    fn moved_since(&self, id: MemberId) -> Option<String> {
        let base = self.plan.base.members.iter().find(|base| base.id == id)?;
        let live = self.last.as_ref()?.member(id)?;
        (live.peer_urls != base.peer_urls)
            .then(|| format!("{} is at {} now", live.label(), live.peer_urls))
    }

    fn leader(&self) -> Option<MemberId> {
        self.last.as_ref()?.leader
    }

    async fn wait(&mut self, step: &Step, state: &State, since: Duration) -> Result<(), Halt> {
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
        let elapsed = self.ports.clock.now().saturating_sub(since);
        if elapsed > self.terms.patience.step {
            return Err(Halt::TimedOut {
                step: name(step),
                limit: Limit::Step(self.terms.patience.step),
                waiting_for,
            });
        }
        self.ports.reporter.report(&Event::Waiting {
            step,
            detail: waiting_for,
            elapsed,
        });
        self.ports.clock.sleep(POLL).await;
        Ok(())
    }

    fn done(
        &mut self,
        step: &Step,
        outcome: StepOutcome,
        since: Duration,
    ) -> Result<StepOutcome, Halt> {
        let elapsed = self.ports.clock.now().saturating_sub(since);
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
