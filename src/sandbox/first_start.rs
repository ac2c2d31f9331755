//! How a member of a new cluster is started: every one is told of all.

use crate::apply::host_action::{
    ClusterState, ExpectedData, HostAction, Membership, Place, Settings,
};
use crate::topology::{HostActionKind, MemberSpec, Topology};

/// The start of a member on an empty directory, in a cluster that it begins with the others.
pub(super) fn first_start(topology: &Topology, member: &MemberSpec) -> HostAction {
    let place = Place {
        member: member.name.to_string(),
        host: member.host.address.clone(),
        peer_urls: member.peer_urls.clone(),
        data_dir: member.host.data_dir.clone(),
    };
    let entries = topology.members.iter().flat_map(|member| {
        member
            .peer_urls
            .iter()
            .map(|url| format!("{}={url}", member.name))
    });
    HostAction {
        kind: HostActionKind::Start,
        step: String::new(),
        plan_id: String::new(),
        cluster: topology.cluster.name.clone(),
        member: member.name.clone(),
        member_id: None,
        membership: Membership::Listed,
        rescue: None,
        previous: place.clone(),
        place,
        settings: Settings {
            initial_cluster: entries.collect::<Vec<_>>().join(","),
            cluster_state: ClusterState::New,
            client_urls: member.client_urls.clone(),
            listen_peer_urls: member.host.listen_peer_urls.clone(),
            listen_client_urls: member.host.listen_client_urls.clone(),
            wal_dir: member.host.wal_dir.clone(),
            env: member.host.env.clone(),
            version: None,
        },
        data: ExpectedData::Empty,
        vars: member.host.vars.clone(),
    }
}
