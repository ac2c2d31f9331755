//! A cluster that the plan itself has taken below quorum, as it must be.
//!
//! A sole voter that moves is silent from its `stop` to its `start`. A run that
//! is taken up in between sees nobody; the plan and its journal say who must be
//! listed, and nobody can have changed that without a quorum.

use crate::action::Kind;
use crate::apply::journal::Record;
use crate::observation::{
    Condition, Disturbance, FORMAT_VERSION, LiveMember, Observation, Witness,
};
use crate::plan::{BaseMember, Plan, Step};

/// The cluster in the dark, if the plan is where nobody is to answer.
pub fn of(plan: &Plan, record: &Record, reason: &str) -> Option<Observation> {
    let next = plan.steps.iter().find(|step| !record.is_done(step.id))?;
    let was_stopped = next.after.healthy == 0 && record.is_tried(next.id);
    if next.before.healthy > 0 && !was_stopped {
        return None;
    }
    Some(Observation {
        format_version: FORMAT_VERSION.to_owned(),
        observed_at: plan.created_at.clone(),
        cluster_id: plan.cluster.id?,
        members: members(plan, record, reason),
        leader: None,
        disturbances: [Disturbance::NoQuorum].into(),
        cluster_version: plan.base.version,
    })
}

/// The members of the base, at the peer URLs that they were given since. Nothing
/// else of them changes before a plan takes quorum away: it adds nobody by then.
fn members(plan: &Plan, record: &Record, reason: &str) -> Vec<LiveMember> {
    let member = |base: &BaseMember| {
        let updates = |step: &&Step| {
            let is_update = step.kind == Kind::UpdatePeerUrls && record.is_done(step.id);
            is_update && step.member_id == Some(base.id)
        };
        let last = plan.steps.iter().rfind(updates);
        let urls = last.and_then(|step| step.parameters.peer_urls.clone());
        let silent = silent(base, reason);
        LiveMember {
            peer_urls: urls.unwrap_or(silent.peer_urls),
            ..silent
        }
    };
    plan.base.members.iter().map(member).collect()
}

/// A member of the base as it is listed, when nobody looks.
pub fn silent(base: &BaseMember, reason: &str) -> LiveMember {
    LiveMember {
        id: base.id,
        name: base.name.clone(),
        peer_urls: base.peer_urls.clone(),
        client_urls: base.client_urls.clone(),
        role: base.role,
        condition: Condition::Silent {
            reason: reason.to_owned(),
        },
        seen_by_leader: Witness::Unknown,
        seen_by_peers: Witness::Unknown,
        peer_port: Witness::Unknown,
    }
}
