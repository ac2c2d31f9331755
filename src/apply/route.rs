//! Which member a call is sent to.
//!
//! etcd's 5 s rule counts connections of the member that serves the call
//! (ETCD 0.6), so an addition or removal goes to one that has been there for
//! long: a fresh member has seen everybody for less than 5 s. In a plan that
//! replaces every member the old ones serve to the last.

use crate::action::Kind;
use crate::apply::locate;
use crate::member::{MemberId, Role};
use crate::observation::{Health, LiveMember, Observation};
use crate::plan::{Plan, Step};

/// The member that a step's call is sent to.
pub fn of(plan: &Plan, step: &Step, observation: &Observation) -> Option<MemberId> {
    match step.kind {
        // A promotion by way of a follower is forwarded over the peer port, and fails with auth (ETCD 1.3).
        Kind::Promote | Kind::MoveLeader => observation.leader,
        Kind::AddLearner
        | Kind::Start
        | Kind::UpdatePeerUrls
        | Kind::MoveData
        | Kind::Stop
        | Kind::Restart
        | Kind::Remove
        | Kind::Wipe
        | Kind::Backup
        | Kind::PutAside
        | Kind::Restore
        | Kind::ForceNew
        | Kind::Relay
        | Kind::EndRelay => {
            let stays = |id: &MemberId| !leaves(plan, step, *id);
            let leader = observation.leader;
            let oldest = || oldest(plan, step, observation);
            leader.filter(stays).or_else(oldest).or(leader)
        }
    }
}

/// Whether a member is removed by this step or a later one.
pub(super) fn leaves(plan: &Plan, step: &Step, id: MemberId) -> bool {
    let mut left = plan.steps.iter().filter(|other| other.id >= step.id);
    left.any(|other| other.kind == Kind::Remove && other.member_id == Some(id))
}

/// The healthy voter that has run for the longest; none serves its own removal.
fn oldest(plan: &Plan, step: &Step, observation: &Observation) -> Option<MemberId> {
    let target = locate::target(plan, step, observation).map(|live| live.id);
    let able = |live: &&LiveMember| {
        let leaves = step.kind == Kind::Remove && Some(live.id) == target;
        live.role == Role::Voter && live.health() == Health::Healthy && !leaves
    };
    let started = |live: &&LiveMember| {
        let started = live.status().and_then(|status| status.started_at);
        let is_added = plan.base.members.iter().all(|base| base.id != live.id);
        (started.unwrap_or(u64::MAX), is_added, live.id)
    };
    let voters = observation.members.iter().filter(able);
    voters.min_by_key(started).map(|live| live.id)
}
