//! Runs that do what they must not: the laws must notice each of them.

use etcdplan::action::Kind;
use etcdplan::apply::gate::{self, Gate};
use etcdplan::apply::{Call, route};
use etcdplan::member::MemberId;
use etcdplan::observation::Observation;

use crate::run::{Errand, Run};

/// What is wrong with a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sabotage {
    /// Nothing.
    None,
    /// It removes while the gate is closed.
    RemovesBehindTheGate,
    /// It promotes while the gate is closed.
    PromotesBehindTheGate,
    /// It does not move leadership away before it removes, stops or restarts.
    LeavesLeadership,
    /// It removes somebody else.
    RemovesAnother,
    /// It never starts a process.
    NeverStarts,
}

impl Sabotage {
    /// The run as it is after its look, if it is sabotaged so.
    pub(crate) fn distort(self, run: &Run, look: &Observation) -> Run {
        let Some(step) = run.step() else {
            return run.clone();
        };
        let is_closed = |kind: Kind| {
            step.kind == kind && matches!(gate::judge(run.plan(), step, look), Gate::Closed(_))
        };
        let sends = |call: Call| match route::of(run.plan(), step, look) {
            Some(via) => run.with_errand(Errand::Call { via, call }),
            None => run.clone(),
        };
        match self {
            Self::None => run.clone(),
            Self::RemovesBehindTheGate if is_closed(Kind::Remove) => match step.member_id {
                Some(id) => sends(Call::Remove { id }),
                None => run.clone(),
            },
            Self::PromotesBehindTheGate if is_closed(Kind::Promote) => {
                let base = |id: MemberId| run.plan().base.members.iter().any(|base| base.id == id);
                let learner = look.members.iter().find(|live| {
                    Some(&live.peer_urls) == step.parameters.peer_urls.as_ref() && !base(live.id)
                });
                match learner {
                    Some(live) => sends(Call::Promote { id: live.id }),
                    None => run.clone(),
                }
            }
            Self::LeavesLeadership
                if step.kind == Kind::Remove && step.member_id == look.leader =>
            {
                match step.member_id {
                    Some(id) => sends(Call::Remove { id }),
                    None => run.clone(),
                }
            }
            Self::RemovesAnother if step.kind == Kind::Remove && run.errand().is_some() => {
                let other = look
                    .members
                    .iter()
                    .find(|live| Some(live.id) != step.member_id && Some(live.id) != look.leader);
                match other {
                    Some(live) => sends(Call::Remove { id: live.id }),
                    None => run.clone(),
                }
            }
            Self::NeverStarts if step.kind == Kind::Start && run.errand().is_some() => run.idle(),
            Self::RemovesBehindTheGate
            | Self::PromotesBehindTheGate
            | Self::LeavesLeadership
            | Self::RemovesAnother
            | Self::NeverStarts => run.clone(),
        }
    }
}
