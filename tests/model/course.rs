//! How what a run sends goes, and where that leads.

use std::time::Duration;

use etcdplan::apply::host_action::HostAction;
use etcdplan::apply::{Call, CallError, HostError, answer};
use etcdplan::backup::{BackupError, Content, Order, Reading, Saved};
use etcdplan::member::MemberId;

use crate::law::Deed;
use crate::run::{Errand, Run};
use crate::state::State;
use crate::world::{Flight, World};

/// How what a run sends goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Course {
    /// It is done, or refused, and answered.
    Answered,
    /// A call takes effect, and its answer is lost.
    Lost,
    /// A call takes effect when nobody waits for it any more.
    Late,
    /// A call gets nowhere, and nobody says so.
    Never,
    /// etcd refuses the call for now.
    NotYet,
    /// An action on a host fails, and has done nothing.
    Failed,
    /// An action on a host fails, and is done.
    FailedAfter,
}

impl Course {
    /// What can go wrong with a call.
    pub(crate) const OF_CALLS: [Self; 4] = [Self::Lost, Self::Late, Self::Never, Self::NotYet];

    /// What can go wrong with an action on a host.
    pub(crate) const OF_ACTIONS: [Self; 2] = [Self::Failed, Self::FailedAfter];

    /// The state after the run's errand has gone so; nothing where it cannot.
    pub(crate) fn taken(self, state: &State, run: &Run) -> Option<State> {
        match run.errand()? {
            Errand::Call { via, call } => self.of_call(state, run, *via, call),
            Errand::Host(action) => self.of_action(state, run, action),
            Errand::Backup(order) => self.of_backup(state, run, order),
        }
    }

    fn of_call(self, state: &State, run: &Run, via: MemberId, call: &Call) -> Option<State> {
        let before = || state.world.clone();
        let after = if state.world.accepts(via) {
            state.world.after(call)
        } else {
            Err("etcdserver: request timed out")
        };
        let silence = || {
            Err(CallError::Unanswered {
                message: "no answer".to_owned(),
            })
        };
        let (world, answer) = match (self, &after) {
            (Self::Answered, Ok(after)) => (after.clone(), Ok(())),
            (Self::Answered, Err(words)) => (before(), Err(answer::judge((*words).to_owned()))),
            (Self::Lost, Ok(after)) => (after.clone(), silence()),
            (Self::Late, _) if state.world.flight.is_none() => {
                let mut world = before();
                world.flight = Some(Flight {
                    call: call.clone(),
                    calm: run.fresh,
                });
                (world, silence())
            }
            (Self::Never, _) => (before(), silence()),
            (Self::NotYet, Ok(_)) => {
                let message = "etcdserver: unhealthy cluster".to_owned();
                (before(), Err(CallError::NotYet { message }))
            }
            (Self::Lost | Self::NotYet, Err(_))
            | (Self::Late | Self::Failed | Self::FailedAfter, _) => return None,
        };
        Some(State {
            world,
            run: Some(run.called(answer)),
            breach: deed(state, run, after.as_ref().ok()).judge(),
            ..state.clone()
        })
    }

    fn of_backup(self, state: &State, run: &Run, order: &Order) -> Option<State> {
        let result = match self {
            Self::Answered => Ok(saved(order)),
            Self::Failed => Err(BackupError::NoSource),
            Self::Lost | Self::Late | Self::Never | Self::NotYet | Self::FailedAfter => {
                return None;
            }
        };
        Some(State {
            run: Some(run.saved(result)),
            breach: deed(state, run, None).judge(),
            ..state.clone()
        })
    }

    fn of_action(self, state: &State, run: &Run, action: &HostAction) -> Option<State> {
        let performed = state.world.perform(action);
        let failed = || {
            Err(HostError::TimedOut {
                program: "driver".to_owned(),
                limit: Duration::ZERO,
            })
        };
        let judged = deed(state, run, Some(&performed.world)).judge();
        let (world, result) = match (self, performed.result) {
            (Self::Answered, result) => (performed.world, result),
            (Self::FailedAfter, Ok(())) => (performed.world, failed()),
            (Self::Failed, Ok(())) => (state.world.clone(), failed()),
            (Self::Failed | Self::FailedAfter, Err(_))
            | (Self::Lost | Self::Late | Self::Never | Self::NotYet, _) => return None,
        };
        Some(State {
            world,
            run: Some(run.performed(result)),
            breach: judged.or(performed.breach),
            ..state.clone()
        })
    }
}

/// What a backup comes to that is whole.
pub(crate) fn saved(order: &Order) -> Saved {
    Saved {
        path: "backup".into(),
        from: order.label.clone(),
        content: Content {
            bytes: 0,
            sha256: String::new(),
            reading: Reading::NotRead,
        },
        asked_at: 0,
    }
}

fn deed<'a>(state: &'a State, run: &'a Run, after: Option<&'a World>) -> Deed<'a> {
    Deed {
        plan: run.plan(),
        step: run.step(),
        errand: run.errand().expect("a run acts that has an errand"),
        fresh: run.fresh,
        saved: run.has_saved(),
        before: &state.world,
        after,
    }
}
