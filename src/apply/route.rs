//! Which member a call is sent to.
//!
//! etcd's 5 s rule counts connections of the member that serves the call
//! (ETCD 0.6), so an addition or removal goes to one that has been there for
//! long and stays: a fresh member sees everybody for less than 5 s.

use crate::action::Kind;
use crate::member::{MemberId, Role};
use crate::observation::{Health, LiveMember, Observation};
use crate::plan::{Plan, Step};

/// The member that a step's call is sent to.
pub fn of(plan: &Plan, step: &Step, observation: &Observation) -> Option<MemberId> {
    let stays = |id: MemberId| {
        let mut left = plan.steps.iter().filter(|other| other.id >= step.id);
        !left.any(|step| step.kind == Kind::Remove && step.member_id == Some(id))
    };
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
        | Kind::Backup => observation
            .leader
            .filter(|id| stays(*id))
            .or_else(|| oldest(observation, stays)),
    }
}

/// The healthy voter that has run for the longest among those that stay.
fn oldest(observation: &Observation, stays: impl Fn(MemberId) -> bool) -> Option<MemberId> {
    let able = |live: &&LiveMember| {
        live.role == Role::Voter && live.health() == Health::Healthy && stays(live.id)
    };
    let age = |live: &&LiveMember| {
        live.status()
            .and_then(|status| status.started_at)
            .unwrap_or(u64::MAX)
    };
    let best = observation
        .members
        .iter()
        .filter(able)
        .min_by_key(|live| (age(live), live.id));
    best.map(|live| live.id).or(observation.leader)
}
