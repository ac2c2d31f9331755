//! Which live member a step is about.
//!
//! A member that was listed when the plan was made is found by its id. One
//! that the plan adds gets its id only from etcd: it is found by its peer URLs
//! among members that were not listed then, since its name may be an older
//! member's, and its URLs may be those of a member that was removed before.

use crate::observation::{LiveMember, Observation};
use crate::plan::{Plan, Step, Successor};
use crate::url::Urls;

/// The live member that a step touches, if it is listed.
pub fn target<'o>(
    plan: &Plan,
    step: &Step,
    observation: &'o Observation,
) -> Option<&'o LiveMember> {
    match step.member_id {
        Some(id) => observation.member(id),
        None => added(plan, &step.member, observation),
    }
}

/// The live member that is to take leadership.
pub fn successor<'o>(
    plan: &Plan,
    to: &Successor,
    observation: &'o Observation,
) -> Option<&'o LiveMember> {
    match to.member_id {
        Some(id) => observation.member(id),
        None => added(plan, &to.member, observation),
    }
}

/// The live member that the plan adds under this name.
fn added<'o>(plan: &Plan, name: &str, observation: &'o Observation) -> Option<&'o LiveMember> {
    let urls = added_urls(plan, name)?;
    let is_new = |live: &&LiveMember| plan.base.members.iter().all(|base| base.id != live.id);
    observation
        .members
        .iter()
        .filter(is_new)
        .find(|live| live.peer_urls == *urls)
}

/// The peer URLs with which the plan adds a member of this name.
fn added_urls<'p>(plan: &'p Plan, name: &str) -> Option<&'p Urls> {
    let adds = |step: &&Step| step.member_id.is_none() && step.member == name;
    plan.steps
        .iter()
        .filter(adds)
        .find_map(|step| step.parameters.peer_urls.as_ref())
}
