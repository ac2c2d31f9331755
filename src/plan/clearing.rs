//! Whose directory is cleared: a `wipe` is planned only where it can be nobody else's.
//!
//! A driver is told a host and a directory. Of a member that is replaced on
//! its host the file says which; of any other that leaves, all that is known is
//! the host of its peer URL and the file's default. Where another member may
//! have the same directory of the same host, nothing is cleared:
//!
//! ```text
//! live voters=(m1* m2 m3), one host; host.dataDir is /d, and so is m1's
//! wanted m1 m2, wipeRemoved     ->   remove m3, stop m3, and a warning that names m1
//! ```

use std::path::Path;

use crate::diff::{Change, ChangeKind};
use crate::observation::LiveMember;
use crate::topology::{Driver, MemberSpec, Topology};
use crate::url::Urls;

/// Where a member's data is, as far as it is known.
#[derive(Clone, Debug)]
pub(super) struct Holding<'a> {
    /// What people call the member.
    name: String,
    peer_urls: &'a Urls,
    /// How the driver reaches the machine, where the file says.
    address: Option<&'a str>,
    dir: Option<&'a str>,
    wal_dir: Option<&'a str>,
}

impl<'a> Holding<'a> {
    /// What an entry says.
    pub(super) fn wanted(spec: &'a MemberSpec) -> Self {
        Self {
            name: spec.name.to_string(),
            peer_urls: &spec.peer_urls,
            address: Some(&spec.host.address),
            dir: spec.host.data_dir.as_deref(),
            wal_dir: spec.host.wal_dir.as_deref(),
        }
    }

    /// What is known of a live member: all of its entry but the place, where it has one.
    pub(super) fn live(
        topology: &'a Topology,
        live: &'a LiveMember,
        spec: Option<&'a MemberSpec>,
    ) -> Self {
        let there = spec.filter(|spec| spec.peer_urls.shares_host(&live.peer_urls));
        let default = &topology.host;
        let (dir, wal_dir) = spec.map_or((&default.data_dir, &default.wal_dir), |spec| {
            (&spec.host.data_dir, &spec.host.wal_dir)
        });
        Self {
            name: live.label(),
            peer_urls: &live.peer_urls,
            address: there.map(|spec| spec.host.address.as_str()),
            dir: dir.as_deref(),
            wal_dir: wal_dir.as_deref(),
        }
    }

    /// Whether one takes the other's name on the same host: programs may go by it.
    pub(super) fn takes_name(&self, other: &Self) -> bool {
        self.name == other.name && self.shares_host(other)
    }

    fn shares_host(&self, other: &Self) -> bool {
        let is_at = |address: Option<&str>, urls: &Urls| {
            address.is_some_and(|address| urls.iter().any(|url| url.host() == address))
        };
        self.peer_urls.shares_host(other.peer_urls)
            || is_at(self.address, other.peer_urls)
            || is_at(other.address, self.peer_urls)
            || (self.address.is_some() && self.address == other.address)
    }

    /// Whether both may be the same directory of the same host.
    pub(super) fn meets(&self, other: &Self) -> bool {
        let within = |one: &str, other: &str| {
            let (one, other) = (Path::new(one), Path::new(other));
            one.starts_with(other) || other.starts_with(one)
        };
        let theirs = || other.dir.iter().chain(&other.wal_dir);
        let mut mine = self.dir.iter().chain(&self.wal_dir);
        let same_dir = mine.any(|one| theirs().any(|dir| within(one, dir)));
        // Without a directory, programs go by the name.
        let unsaid = self.dir.is_none() || other.dir.is_none();
        self.shares_host(other) && (same_dir || (unsaid && self.name == other.name))
    }
}

/// Whose data might be cleared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rival {
    /// This member's.
    Member(String),
    /// A program would be told no directory at all.
    Anybody,
}

/// Whether the new member runs where the old one's data is.
pub(super) fn takes_place(spec: &MemberSpec, live: &LiveMember) -> bool {
    spec.peer_urls.shares_host(&live.peer_urls)
}

/// The member whose data might be cleared with that of the one that leaves by this change.
///
/// One that only arrives there later is none: it comes after the clearing, by `rules`.
pub(super) fn rival(topology: &Topology, changes: &[Change], index: usize) -> Option<Rival> {
    let change = changes.get(index)?;
    let live = change.live()?;
    let own = change.spec();
    if own.is_some_and(|spec| takes_place(spec, live)) {
        return None;
    }
    let cleared = Holding::live(topology, live, None);
    if cleared.dir.is_none() && matches!(topology.driver, Driver::Exec(_)) {
        return Some(Rival::Anybody);
    }
    let named = |spec: &MemberSpec| spec.name.to_string();
    let mut others: Vec<(String, Holding<'_>)> = Vec::new();
    others.extend(own.map(|spec| (named(spec), Holding::wanted(spec))));
    let rest = changes.iter().enumerate().filter(|(at, _)| *at != index);
    for (live, other) in rest.filter_map(|(_, other)| Some((other.live()?, other))) {
        let spec = other.spec();
        others.push((live.label(), Holding::live(topology, live, spec)));
        let stays = spec.filter(|_| !arrives(other));
        others.extend(stays.map(|spec| (live.label(), Holding::wanted(spec))));
    }
    let changes = |spec: &&MemberSpec| {
        let mut specs = changes.iter().filter_map(Change::spec);
        specs.any(|other| other.name == spec.name)
    };
    let unchanged = topology.members.iter().filter(|spec| !changes(spec));
    others.extend(unchanged.map(|spec| (named(spec), Holding::wanted(spec))));
    let met = others.into_iter().find(|(_, other)| cleared.meets(other));
    met.map(|(label, _)| Rival::Member(label))
}

/// Whether the wanted place is one that the member only comes to.
fn arrives(change: &Change) -> bool {
    match &change.kind {
        ChangeKind::Add { .. } | ChangeKind::Replace { .. } => true,
        ChangeKind::Alter { tasks, .. } => tasks.move_from.is_some(),
        ChangeKind::Remove { .. } => false,
    }
}
