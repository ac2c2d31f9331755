//! A learner that did not join is taken out again, where `policy.onFailedJoin` says so.
//!
//! It is removed, by the same rules as any other removal, and its process is
//! stopped. Then the run stops, and running again adds it anew.

use std::time::Duration;

use crate::action::Kind;
use crate::apply::gate;
use crate::apply::halt::Halt;
use crate::apply::pace::Limit;
use crate::apply::progress::stage::Stage;
use crate::apply::progress::{Directive, Progress};
use crate::apply::{Call, HostError, HostOutcome, errand, locate, route};
use crate::member::Role;
use crate::observation::{LiveMember, Observation};
use crate::plan::Step;
use crate::safety::Hazard;
use crate::topology::OnFailedJoin;

/// How long taking it out may take: an election and a call, with room.
const PATIENCE: Duration = Duration::from_secs(30);

/// How far a withdrawal is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Withdrawal {
    /// Why the learner did not join.
    why: Box<Halt>,
    /// What became of its process, once it is listed no more.
    stop: Stop,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Stop {
    Due,
    Asked,
    Ended(Result<(), String>),
}

impl Withdrawal {
    /// Says how the stop of its process went.
    pub(super) fn performed(&mut self, result: Result<HostOutcome, HostError>) {
        self.stop = Stop::Ended(match result {
            Ok(HostOutcome::Performed) => Ok(()),
            Ok(HostOutcome::LeftToHand) => Err("a person is to stop it".to_owned()),
            Err(error) => Err(error.to_string()),
        });
    }
}

impl<'p> Progress<'p> {
    /// Begins to take the step's learner out, if this end of the step asks for that.
    pub(super) fn withdraw(
        &mut self,
        step: &'p Step,
        why: &Halt,
        now: Duration,
    ) -> Option<Directive> {
        let joins = matches!(step.kind, Kind::Start | Kind::Promote);
        let is_asked_for = self.plan.topology.policy.on_failed_join == OnFailedJoin::Remove;
        if !joins || !is_asked_for || !failed_to_join(why) {
            return None;
        }
        let learner = locate::target(self.plan, step, self.last.as_ref()?);
        learner.filter(|live| live.role == Role::Learner)?;
        self.stage = Stage::Withdrawal(Withdrawal {
            why: Box::new(why.clone()),
            stop: Stop::Due,
        });
        self.pace.effect_is_due(now);
        Some(Directive::Wait(Duration::ZERO))
    }

    /// Goes on with a withdrawal, and stops the run at its end.
    pub(super) fn withdrawal(
        &mut self,
        step: &'p Step,
        observation: &Observation,
        mut withdrawal: Withdrawal,
        now: Duration,
    ) -> Directive {
        if let Some(learner) = locate::target(self.plan, step, observation) {
            return self.taking_out(step, observation, learner, &withdrawal, now);
        }
        match &withdrawal.stop {
            Stop::Due => {
                let Some(action) = errand::stop_of(self.plan, step, observation) else {
                    return self.withdrawn(step, &withdrawal, "it was taken out again", now);
                };
                withdrawal.stop = Stop::Asked;
                self.stage = Stage::Withdrawal(withdrawal);
                self.pace.act_begins(now);
                Directive::Host(Box::new(action))
            }
            Stop::Asked | Stop::Ended(Ok(())) => self.withdrawn(
                step,
                &withdrawal,
                "it was taken out again, and its process stopped; its data directory must be empty before it joins again",
                now,
            ),
            Stop::Ended(Err(reason)) => {
                let became =
                    format!("it was taken out again; its process is not stopped: {reason}");
                self.withdrawn(step, &withdrawal, &became, now)
            }
        }
    }

    /// The learner is listed still.
    fn taking_out(
        &mut self,
        step: &'p Step,
        observation: &Observation,
        learner: &LiveMember,
        withdrawal: &Withdrawal,
        now: Duration,
    ) -> Directive {
        if learner.role == Role::Voter {
            return self.withdrawn(step, withdrawal, "it votes, and stays", now);
        }
        let hazards = gate::judge_removal(self.plan, learner.id, observation);
        let reason = hazards.first().map(Hazard::to_string);
        if self.pace.awaited_for(now) > PATIENCE {
            let reason = reason.unwrap_or_else(|| "etcd did not do it in time".to_owned());
            return self.withdrawn(step, withdrawal, &format!("it stays: {reason}"), now);
        }
        let via = route::of(self.plan, step, observation);
        match (reason, via) {
            (None, Some(via)) => Directive::Call {
                via,
                call: Call::Remove { id: learner.id },
            },
            (reason, _) => {
                let reason = reason.unwrap_or_else(|| "a leader".to_owned());
                self.pause(
                    step,
                    format!("{} to be taken out again: {reason}", step.member),
                    now,
                )
            }
        }
    }

    fn withdrawn(
        &mut self,
        step: &'p Step,
        withdrawal: &Withdrawal,
        became: &str,
        now: Duration,
    ) -> Directive {
        let halt = Halt::NotJoined {
            why: withdrawal.why.clone(),
            became: format!("{}: {became} (policy.onFailedJoin)", step.member),
        };
        self.halt(step, halt, now)
    }
}

/// Whether a step ended for a reason that lies with its learner.
fn failed_to_join(why: &Halt) -> bool {
    let is_its_own = |hazard: &Hazard| {
        matches!(
            hazard,
            Hazard::LearnerNotRunning { .. }
                | Hazard::LearnerBehind { .. }
                | Hazard::LearnerUnconnected { .. }
        )
    };
    match why {
        Halt::TimedOut { limit, .. } => matches!(limit, Limit::Step(_)),
        Halt::HostFailed { .. } => true,
        Halt::Refused { hazards, .. } => hazards.iter().all(is_its_own),
        Halt::NotApplyable
        | Halt::OtherCluster { .. }
        | Halt::Stale { .. }
        | Halt::ForeignChange { .. }
        | Halt::CallRefused { .. }
        | Halt::Denied { .. }
        | Halt::NotSaved { .. }
        | Halt::Unconfirmed { .. }
        | Halt::Interrupted { .. }
        | Halt::FarEnough { .. }
        | Halt::LockLost { .. }
        | Halt::Unrecorded { .. }
        | Halt::NotJoined { .. }
        | Halt::QuorumExists
        | Halt::LostAnswers { .. }
        | Halt::Unseen { .. } => false,
    }
}
