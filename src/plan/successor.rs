//! Who takes leadership: an old settled voter that stays, with a log in sync.
//!
//! The planner asks when it puts a transfer before a step, and apply asks
//! where leadership has come back to a member whose turn it is: one rule.

use std::collections::BTreeSet;

use crate::action::{Action, MemberKey};
use crate::model::{ClusterModel, Lag};
use crate::safety::could_lead;

/// Whether the action takes its member down, for a moment or for good.
pub fn takes_down(action: &Action) -> bool {
    match action {
        Action::Remove { .. } | Action::Stop { .. } | Action::Restart { .. } => true,
        Action::AddLearner { .. }
        | Action::Start { .. }
        | Action::Promote { .. }
        | Action::MoveLeader { .. }
        | Action::UpdatePeerUrls { .. }
        | Action::MoveData { .. }
        | Action::Wipe { .. } => false,
    }
}

/// Chooses who leads instead of `from`; `goes_down` are the members that a
/// later step takes down, `is_new` tells those that were not there before the plan.
///
/// A member that stays spares a second transfer; one that was there before the
/// plan has been connected for longer; a log known to be in sync makes the
/// transfer short; the id decides the rest, so that two looks agree.
pub fn choose(
    model: &ClusterModel,
    from: &MemberKey,
    goes_down: &BTreeSet<MemberKey>,
    is_new: impl Fn(&MemberKey) -> bool,
) -> Option<MemberKey> {
    let able = model
        .voters()
        .filter(|(key, member)| *key != from && could_lead(member));
    let best = able.min_by_key(|(key, member)| {
        (
            goes_down.contains(*key),
            is_new(key),
            member.lag != Lag::InSync,
            (*key).clone(),
        )
    });
    best.map(|(key, _)| key.clone())
}
