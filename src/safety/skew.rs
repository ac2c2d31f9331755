//! Rules of versions: how far apart members of one cluster may be.

use crate::action::Action;
use crate::safety::{Case, Hazard};
use crate::version::Version;

/// A cluster is upgraded one minor version at a time, and etcd supports no more
/// than one between its members (ETCD 5): nobody joins or votes beside a wider gap.
pub(super) fn one_minor_apart(case: &Case<'_>) -> Option<Hazard> {
    if !lets_in(case) {
        return None;
    }
    let versions = || {
        case.model
            .members()
            .filter_map(|(_, member)| member.version)
    };
    let (oldest, newest) = (versions().min()?, versions().max()?);
    (!oldest.is_beside(newest)).then_some(Hazard::VersionSkew { oldest, newest })
}

/// A process older than the version that the cluster runs as cannot join: it
/// ends with `incompatible with current running cluster` (ETCD 2.5). Where one
/// is listed all the same, the cluster is on its way between two versions.
pub(super) fn none_older(case: &Case<'_>) -> Option<Hazard> {
    let cluster = case.model.version.filter(|_| lets_in(case))?;
    let older = |version: Version| version.is_minor_before(cluster);
    let mut members = case.model.members();
    let (member, version) = members.find_map(|(_, member)| {
        let version = member.version.filter(|version| older(*version))?;
        Some((member, version))
    })?;
    Some(Hazard::OlderThanCluster {
        member: member.label.clone(),
        version,
        cluster,
    })
}

fn lets_in(case: &Case<'_>) -> bool {
    matches!(
        case.action,
        Action::AddLearner { .. } | Action::Promote { .. }
    )
}
