//! What members disagree on.

use std::collections::BTreeSet;

use crate::etcd::answer::{Answers, Follows, Listed, Site, StatusAnswer};
use crate::etcd::assembly::Found;
use crate::member::{MemberId, Role};
use crate::observation::{Disturbance, LiveMember, Witness};

/// The leader that every member follows that follows one.
///
/// A member without a leader disputes nothing: it is cut off, and its health says so.
pub(super) fn leader(found: &Found<'_>, list: &[Listed]) -> Option<MemberId> {
    let mut leaders = followed(found.values().map(|(_, site)| *site)).map(|(leader, _)| leader);
    let leader = leaders.next()?;
    let agreed = leaders.all(|other| other == leader);
    (agreed && list.iter().any(|member| member.id == leader)).then_some(leader)
}

/// The highest term that any member tells.
pub(super) fn term(found: &Found<'_>) -> Option<u64> {
    let statuses = found.values().filter_map(|(_, site)| site.answered());
    statuses.filter_map(|status| status.term).max()
}

/// Whether members disagree in a way that may pass by itself in a moment.
pub(in crate::etcd) fn unsettled(answers: &Answers) -> bool {
    let views = views(answers.sites.values());
    let lists: BTreeSet<_> = answers
        .sites
        .values()
        .filter_map(|s| s.list.as_ref())
        .collect();
    views.len() > 1 || lists.len() > 1
}

/// The highest term in which some member follows a leader.
pub(in crate::etcd) fn highest_term(answers: &Answers) -> Option<u64> {
    followed(answers.sites.values()).map(|(_, term)| term).max()
}

/// Everything that makes a membership change unwise now.
///
/// `earlier_term` is the highest term of a first look, if there was one.
pub(super) fn disturbances(
    found: &Found<'_>,
    members: &[LiveMember],
    earlier_term: Option<u64>,
) -> BTreeSet<Disturbance> {
    let sites = || found.values().map(|(_, site)| *site);
    let mut all: BTreeSet<Disturbance> = sites()
        .filter_map(Site::answered)
        .flat_map(|status| status.disturbances.iter().cloned())
        .collect();
    let leaders: BTreeSet<_> = followed(sites()).map(|(leader, _)| leader).collect();
    if leaders.len() > 1 {
        all.insert(Disturbance::LeaderDisputed);
    }
    let terms: BTreeSet<_> = followed(sites()).map(|(_, term)| term).collect();
    let rose = earlier_term.is_some_and(|earlier| terms.last().is_some_and(|t| *t > earlier));
    if terms.len() > 1 || rose {
        all.insert(Disturbance::TermMoving);
    }
    let lists: BTreeSet<_> = sites().filter_map(|site| site.list.as_ref()).collect();
    if lists.len() > 1 {
        all.insert(Disturbance::ListsDiffer);
    }
    let reads = |member: &LiveMember| {
        let status = member.status();
        member.role == Role::Voter && status.is_some_and(|s| s.linearizable == Witness::Yes)
    };
    if !members.iter().any(reads) {
        all.insert(Disturbance::NoQuorum);
    }
    all
}

fn views<'a>(sites: impl Iterator<Item = &'a Site>) -> BTreeSet<(MemberId, u64)> {
    followed(sites).collect()
}

/// The leader and term of each member that says whom it follows.
fn followed<'a>(sites: impl Iterator<Item = &'a Site>) -> impl Iterator<Item = (MemberId, u64)> {
    sites
        .filter_map(Site::answered)
        .filter_map(|status: &StatusAnswer| match status.follows {
            Follows::Member(leader) => Some((leader, status.term?)),
            Follows::Somebody | Follows::Nobody => None,
        })
}
