//! What a plan would already have given up when a step is refused by etcd.

use std::collections::BTreeSet;

use crate::action::Action;
use crate::member::Role;
use crate::model::ClusterModel;
use crate::observation::Health;
use crate::plan::draft::Draft;

/// Whether a step comes after the removal of a voter that may be alive, and depends on it.
///
/// Where it does, and the step is one that etcd may refuse for ever, the cluster
/// is left with a voter less, and no plan brings it back.
pub(super) fn follows_removal(
    step: usize,
    drafts: &[Draft],
    predecessors: &[Vec<usize>],
    start: &ClusterModel,
) -> bool {
    let mut open = vec![step];
    let mut seen = BTreeSet::new();
    while let Some(step) = open.pop() {
        if !seen.insert(step) {
            continue;
        }
        if let Some(Action::Remove { member }) = drafts.get(step).map(|draft| &draft.action)
            && start.member(member).is_some_and(|member| {
                member.role == Role::Voter
                    && matches!(member.health, Health::Healthy | Health::Unknown)
            })
        {
            return true;
        }
        open.extend(predecessors.get(step).into_iter().flatten());
    }
    false
}
