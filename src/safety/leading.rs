//! Rules of leadership: nobody is removed, stopped, or restarted while it leads
//! and another could. Removing a leader stops writes for 1 to 2 s; moving
//! leadership first takes about 10 ms (DESIGN 1).

use crate::action::{Action, MemberKey};
use crate::member::Role;
use crate::model::{ClusterModel, Lag, Member};
use crate::observation::Health;
use crate::safety::{Case, Hazard};

/// Whether leadership can be handed to this member.
pub fn could_lead(member: &Member) -> bool {
    // The lag of a voter is unknown where the leader does not say; raft's own transfer waits for it.
    member.role == Role::Voter && member.health == Health::Healthy && member.lag != Lag::Behind
}

fn another_could_lead(model: &ClusterModel, than: &MemberKey) -> bool {
    model
        .voters()
        .any(|(key, member)| key != than && could_lead(member))
}

/// Leadership is moved away first.
pub(super) fn not_leading(case: &Case<'_>) -> Option<Hazard> {
    let (Action::Remove { member } | Action::Stop { member } | Action::Restart { member }) =
        case.action
    else {
        return None;
    };
    (case.model.leads(member) && another_could_lead(case.model, member)).then(|| Hazard::Leads {
        kind: case.action.kind(),
        member: case.label(),
    })
}

/// The successor is a healthy voter in sync, and the leader can be asked.
pub(super) fn successor(case: &Case<'_>) -> Option<Hazard> {
    let Action::MoveLeader { from, to } = case.action else {
        return None;
    };
    let able = case.model.member(to).is_some_and(could_lead);
    let asked = case
        .model
        .member(from)
        .is_some_and(|member| member.health == Health::Healthy);
    let label = |key: &MemberKey| {
        case.model
            .member(key)
            .map_or_else(String::new, |member| member.label.clone())
    };
    (!able || !asked).then(|| Hazard::BadSuccessor {
        from: label(from),
        to: label(to),
    })
}
