//! Why a run stopped before its end.

use crate::observation::Observation;
use crate::plan::{Plan, Refusal, Step, of_hazard};
use crate::safety::Hazard;

/// Why a run stopped before its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Halt {
    /// The plan is refused as it stands.
    #[error("the plan is refused")]
    NotApplyable,
    /// The live members are no set that the plan passes through.
    #[error("the cluster is not as the plan assumes")]
    Stale {
        /// What moved, a line each.
        moved: Vec<String>,
    },
    /// Somebody else changed the members during the run.
    #[error("the members were changed by somebody else")]
    ForeignChange {
        /// What changed, a line each.
        moved: Vec<String>,
    },
    /// The rule book refuses the step on the cluster as it is now.
    #[error("{} is refused by {}", step, hazards.first().map_or("a rule", |hazard| hazard.code()))]
    Refused {
        /// The step.
        step: String,
        /// The rules that it breaks.
        hazards: Vec<Hazard>,
    },
    /// etcd refused the call.
    #[error("etcd refuses {step}: {message}")]
    CallRefused {
        /// The step.
        step: String,
        /// etcd's own words.
        message: String,
    },
    /// The driver failed.
    #[error("{step} failed: {message}")]
    HostFailed {
        /// The step.
        step: String,
        /// What the driver said.
        message: String,
    },
    /// A step took too long.
    #[error("{step} was not done in time: {waiting_for}")]
    TimedOut {
        /// The step.
        step: String,
        /// What was waited for, with numbers.
        waiting_for: String,
    },
}

impl Halt {
    /// The code, as `explain` knows it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotApplyable => "E0410",
            Self::Stale { .. } => "E0411",
            Self::ForeignChange { .. } => "E0412",
            Self::Refused { hazards, .. } => {
                hazards.first().map_or("E0413", |hazard| hazard.code())
            }
            Self::CallRefused { .. } => "E0414",
            Self::HostFailed { .. } => "E0415",
            Self::TimedOut { .. } => "E0421",
        }
    }

    /// The same as a plan's refusal is told: with numbers and ways out.
    pub fn told(&self) -> Refusal {
        let plain = |details: &[String], way: &str| Refusal {
            code: self.code().to_owned(),
            member: None,
            message: self.to_string(),
            details: details.to_vec(),
            ways_out: vec![way.to_owned()],
        };
        match self {
            Self::Refused { hazards, .. } => match hazards.first() {
                Some(hazard) => of_hazard(hazard, None),
                None => plain(&[], "plan again"),
            },
            Self::NotApplyable => plain(&[], "see the refusals of the plan"),
            Self::Stale { moved } | Self::ForeignChange { moved } => {
                plain(moved, "look at what changed, then plan again")
            }
            Self::CallRefused { .. } => plain(&[], "look at the cluster, then run again"),
            Self::HostFailed { .. } => plain(
                &[],
                "mend what the driver says, then run again: steps that are done are skipped",
            ),
            Self::TimedOut { .. } => plain(
                &[],
                "run again to go on waiting, or give it more time: --step-timeout",
            ),
        }
    }
}

/// What a step waits for, with numbers.
pub(super) fn lagging(plan: &Plan, step: &Step, observation: &Observation) -> Option<String> {
    let live = super::locate::target(plan, step, observation)?;
    let status = live.status()?;
    let lag = observation.lag(live.id)?;
    let leader = observation.leader_status()?;
    let applied = status.applied_index.min(leader.raft_index);
    let percent = (applied * 100)
        .checked_div(leader.raft_index)
        .unwrap_or(100);
    Some(format!("{percent} % in sync, {lag} entries behind"))
}
