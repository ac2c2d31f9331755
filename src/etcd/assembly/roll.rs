//! Which member list to believe.

use std::collections::BTreeMap;

use crate::etcd::answer::{Listed, Site};
use crate::url::Url;

/// A member list that a member gave.
#[derive(Debug)]
pub(in crate::etcd) struct Roll<'a> {
    /// The members, in the order of their ids.
    pub(in crate::etcd) members: &'a [Listed],
    rank: Rank,
}

/// Greater is more believable.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// Behind a linearizable read a list is as new as the cluster's.
    behind_barrier: bool,
    /// Without one, who is in a later term and has applied more knows more.
    term: Option<u64>,
    applied_index: u64,
}

impl Roll<'_> {
    /// Whether it was read behind a linearizable read.
    pub(in crate::etcd) fn behind_barrier(&self) -> bool {
        self.rank.behind_barrier
    }
}

/// The list to believe, if any member gave one.
pub(in crate::etcd) fn roll(sites: &BTreeMap<Url, Site>) -> Option<Roll<'_>> {
    let rolls = sites.values().filter_map(|site| {
        let status = site.answered()?;
        let local = || site.local_list.as_ref()?.as_ref().ok();
        let (members, behind_barrier) = match &site.list {
            Some(list) => (list, true),
            None => (local()?, false),
        };
        let rank = Rank {
            behind_barrier,
            term: status.term,
            applied_index: status.applied_index,
        };
        Some(Roll { members, rank })
    });
    // Of equals the first, in the order of the URLs.
    rolls.reduce(|best, next| if next.rank > best.rank { next } else { best })
}
