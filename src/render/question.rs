//! What a person is asked before a plan is performed.

use crate::action::Kind;
use crate::plan::Plan;

/// The question that a plan needs an answer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// The name of the cluster is to be typed.
    ClusterName {
        /// Why: `a voter is removed`.
        why: &'static str,
    },
    /// `yes` is enough.
    Yes,
}

impl Question {
    /// The question for a plan (DESIGN 7): more than `yes` where it takes something away.
    pub fn of(plan: &Plan) -> Self {
        if plan.recovery.is_some() {
            return Self::ClusterName {
                why: "a cluster without quorum is brought back",
            };
        }
        let mut removals = plan.steps.iter().filter(|step| step.kind == Kind::Remove);
        if removals.any(|step| step.after.voters < step.before.voters) {
            return Self::ClusterName {
                why: "a voter is removed",
            };
        }
        let now = plan.steps.first().map(|step| step.before.can_lose());
        if now.is_some_and(|now| plan.summary.min_can_lose < now) {
            return Self::ClusterName {
                why: "fewer members can be lost meanwhile",
            };
        }
        Self::Yes
    }
}
