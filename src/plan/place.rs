//! Where members run: whose place a member takes, and who must be gone from it first.
//!
//! etcd compares peer URLs only. A new member that shares nothing but a client
//! URL or a data directory with one that leaves is listed all right, and its
//! process can never start; worse, it could start on the other's data.

use std::collections::BTreeSet;

use crate::action::Kind;
use crate::diff::change::Process;
use crate::diff::{Change, ChangeKind};
use crate::observation::LiveMember;
use crate::plan::draft::Draft;
use crate::plan::graph::{Cycle, StepGraph};
use crate::topology::{Driver, MemberSpec, Topology};
use crate::url::{Url, Urls};

/// Requires that a place is left before another member takes it.
pub(super) fn left_first(
    graph: &mut StepGraph,
    drafts: &[Draft],
    changes: &[Change],
    topology: &Topology,
) -> Result<(), Cycle> {
    for (leaving, _) in changes.iter().enumerate() {
        let steps_of = |change: usize| {
            let steps = drafts.iter().enumerate();
            steps.filter(move |(_, draft)| draft.change == change)
        };
        let Some((last, _)) = steps_of(leaving).next_back() else {
            continue;
        };
        for taking in successors(leaving, changes, topology) {
            let adds = |change: &Change| {
                matches!(
                    change.kind,
                    ChangeKind::Add { .. } | ChangeKind::Replace { .. }
                )
            };
            let is_new = changes.get(taking).is_some_and(adds);
            let comes = |draft: &Draft| !is_new || draft.action.kind() == Kind::AddLearner;
            if let Some((first, _)) = steps_of(taking).find(|(_, draft)| comes(draft)) {
                let why = "nothing runs there any more when another member takes its place";
                graph.require(last, first, why)?;
            }
        }
    }
    Ok(())
}

/// Whether another member takes the data directory of one that leaves, so that it
/// must be cleared.
pub(super) fn directory_is_taken(leaving: usize, changes: &[Change], topology: &Topology) -> bool {
    let Some(live) = changes.get(leaving).and_then(Change::live) else {
        return false;
    };
    successors(leaving, changes, topology).any(|taking| {
        let spec = changes.get(taking).and_then(Change::spec);
        spec.is_some_and(|spec| shares_directory(spec, live, topology))
    })
}

/// The changes whose members take the place that this one leaves.
fn successors<'a>(
    leaving: usize,
    changes: &'a [Change],
    topology: &'a Topology,
) -> impl Iterator<Item = usize> + 'a {
    let left = changes.get(leaving).filter(|change| leaves_place(change));
    let live = left.and_then(Change::live);
    let others = changes.iter().enumerate();
    others
        .filter(move |(index, change)| {
            *index != leaving
                && comes_to_place(change)
                && live
                    .zip(change.spec())
                    .is_some_and(|(live, spec)| clashes(spec, live, topology))
        })
        .map(|(index, _)| index)
}

fn leaves_place(change: &Change) -> bool {
    match &change.kind {
        ChangeKind::Add { .. } => false,
        ChangeKind::Remove { .. } | ChangeKind::Replace { .. } => true,
        ChangeKind::Alter { tasks, .. } => tasks.process != Process::Keep,
    }
}

fn comes_to_place(change: &Change) -> bool {
    match &change.kind {
        ChangeKind::Add { .. } | ChangeKind::Replace { .. } => true,
        ChangeKind::Remove { .. } => false,
        ChangeKind::Alter { tasks, .. } => tasks.process != Process::Keep,
    }
}

/// Whether a member cannot run as wanted while this one runs, or its data lies there.
fn clashes(spec: &MemberSpec, live: &LiveMember, topology: &Topology) -> bool {
    let same_host = spec.peer_urls.shares_host(&live.peer_urls)
        || spec.client_urls.shares_host(&live.client_urls);
    let wanted = [
        &spec.peer_urls,
        &spec.client_urls,
        &spec.host.listen_peer_urls,
        &spec.host.listen_client_urls,
    ];
    let wanted: BTreeSet<u16> = wanted.into_iter().flat_map(ports).collect();
    let used = [&live.peer_urls, &live.client_urls];
    let port_is_used = used
        .into_iter()
        .flat_map(ports)
        .any(|port| wanted.contains(&port));
    same_host && (port_is_used || shares_directory(spec, live, topology))
}

fn ports(urls: &Urls) -> impl Iterator<Item = u16> + '_ {
    urls.iter().filter_map(Url::port)
}

/// Whether the data directory is one for both: the file's default for the host. A
/// driver that makes one of its own for each member has none in common, and one that
/// further members of the file share on that host says nothing.
fn shares_directory(spec: &MemberSpec, live: &LiveMember, topology: &Topology) -> bool {
    let same = |other: &MemberSpec| {
        other.host.data_dir == spec.host.data_dir && other.peer_urls.shares_host(&spec.peer_urls)
    };
    spec.host.data_dir.is_some()
        && spec.host.data_dir == topology.host.data_dir
        && !matches!(topology.driver, Driver::Process(_))
        && spec.peer_urls.shares_host(&live.peer_urls)
        && topology.members.iter().filter(|other| same(other)).count() == 1
}
