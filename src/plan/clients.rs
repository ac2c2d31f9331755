//! Where clients reach the cluster: a plan that is safe for the quorum can
//! still cut off an application that was never told of the new endpoints.

use std::collections::{BTreeMap, BTreeSet};

use crate::action::Kind;
use crate::member::MemberId;
use crate::observation::Observation;
use crate::plan::{Clients, Step};
use crate::topology::Topology;
use crate::url::{Url, Urls};

/// The client URLs before and after, and the step that takes the last of the old ones away.
pub(super) fn before_and_after(
    topology: &Topology,
    observation: &Observation,
    steps: &[Step],
) -> Clients {
    let before: Urls = observation
        .members
        .iter()
        .flat_map(|live| live.client_urls.iter().cloned())
        .collect();
    let after: Urls = topology
        .members
        .iter()
        .flat_map(|spec| spec.client_urls.iter().cloned())
        .collect();
    let mut open: BTreeMap<MemberId, &Urls> = observation
        .members
        .iter()
        .map(|live| (live.id, &live.client_urls))
        .collect();
    let mut cut_off_after = None;
    for step in steps {
        let Some(id) = step.member_id else { continue };
        match step.kind {
            Kind::Remove => drop(open.remove(&id)),
            Kind::Restart | Kind::Start => {
                if let Some(urls) = &step.parameters.client_urls {
                    open.insert(id, urls);
                }
            }
            Kind::AddLearner
            | Kind::Promote
            | Kind::MoveLeader
            | Kind::UpdatePeerUrls
            | Kind::MoveData
            | Kind::Stop
            | Kind::Wipe
            | Kind::Backup
            | Kind::PutAside
            | Kind::Restore
            | Kind::ForceNew
            | Kind::Relay
            | Kind::EndRelay => {}
        }
        let left: BTreeSet<&Url> = open.values().flat_map(|urls| urls.iter()).collect();
        if cut_off_after.is_none()
            && !before.iter().any(|url| left.contains(url))
            && !before.is_empty()
        {
            // A new member may open an old URL again.
            let reopened = after.iter().any(|url| before.iter().any(|old| old == url));
            cut_off_after = (!reopened).then_some(step.id);
        }
    }
    Clients {
        before,
        after,
        cut_off_after,
    }
}
