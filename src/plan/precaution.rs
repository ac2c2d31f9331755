//! The backup that stands before every other step, where the policy wants one.
//!
//! It changes nothing in the cluster, so it has no part in the search for an
//! order: it is written before the steps once they have their places.

use crate::action::Kind;
use crate::backup::Source;
use crate::observation::{LiveMember, Observation};
use crate::plan::order::Placed;
use crate::plan::{Dependency, Parameters, Performer, Step, StepId};
use crate::topology::{Backup, Topology};

/// Why every other step waits for it.
const GATE: &str = "nothing begins before the backup is there and checked";

/// How many steps stand before these.
pub(super) fn count(topology: &Topology, placed: &[Placed]) -> usize {
    match topology.policy.backup {
        Backup::BeforeApply if !placed.is_empty() => 1,
        Backup::BeforeApply | Backup::None => 0,
    }
}

/// The backup, before this step.
///
/// Whom it is taken from is chosen once more when its turn comes, by the same rule.
pub(super) fn step(topology: &Topology, observation: &Observation, first: &Placed) -> Step {
    let source = Source::choose(observation, topology.policy.max_learner_lag);
    let member = source.map(|source| source.member());
    let member = member.or(observation.members.first());
    let standing = first.before.standing();
    Step {
        id: StepId(1),
        kind: Kind::Backup,
        member: member.map(LiveMember::label).unwrap_or_default(),
        member_id: member.map(|member| member.id),
        parameters: Parameters::default(),
        depends_on: Vec::new(),
        reason: "`policy.backup` wants one before anything else".to_owned(),
        by: Performer::Api,
        conditions: Vec::new(),
        before: standing,
        lowest: standing,
        after: standing,
    }
}

/// That a step comes after the backup.
pub(super) fn dependency() -> Dependency {
    Dependency {
        step: StepId(1),
        why: GATE.to_owned(),
    }
}
