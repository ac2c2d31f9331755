//! The member list as members tell it to each other.
//!
//! A member that was started again serves no client before there is a quorum (`readyNotify` in etcd's
//! `embed/serve.go`), and one with users lets no client in. On its peer URL it shows its own member list to
//! whoever may connect there (`/members`, `etcdhttp/peer.go`).

use futures_util::future::join_all;
use serde::Deserialize;

use crate::etcd::probe::page;
use crate::etcd::{Access, Reach};
use crate::member::{ClusterId, MemberId, MemberName, Role};
use crate::observation::{
    Condition, Disturbance, FORMAT_VERSION, LiveMember, Observation, Witness,
};
use crate::url::{Url, Urls};

/// Whose member list it is.
const CLUSTER_ID: &str = "x-etcd-cluster-id";

/// An entry of the list.
#[derive(Debug, Deserialize)]
struct Entry {
    id: u64,
    #[serde(rename = "peerURLs", default)]
    peer_urls: Vec<String>,
    #[serde(default)]
    name: String,
    #[serde(rename = "clientURLs", default)]
    client_urls: Vec<String>,
    #[serde(rename = "isLearner", default)]
    is_learner: bool,
}

/// Asks every member of the file; none where nobody answers.
pub(super) async fn look(reach: &Reach, access: &Access, now: String) -> Option<Observation> {
    let asked = reach.members.iter().filter_map(|member| {
        let url = member.peer_urls.first()?;
        Some(async move { (&member.name, ask(url, access).await) })
    });
    let answers = join_all(asked).await;
    let answers: Vec<_> = answers
        .into_iter()
        .filter_map(|(name, answer)| Some((name, answer?)))
        .collect();
    let (cluster_id, entries) = answers.first().map(|(_, answer)| answer)?;
    let answered = |name: Option<&MemberName>| {
        answers
            .iter()
            .any(|(answered, (cluster, _))| Some(*answered) == name && cluster == cluster_id)
    };
    let member = |entry: &Entry| {
        let name = Some(entry.name.as_str()).filter(|name| !name.is_empty());
        let name = name.and_then(MemberName::observed);
        LiveMember {
            id: MemberId::new(entry.id),
            peer_urls: Urls::observed(&entry.peer_urls),
            client_urls: Urls::observed(&entry.client_urls),
            role: if entry.is_learner {
                Role::Learner
            } else {
                Role::Voter
            },
            condition: Condition::Silent {
                reason: "it serves no client".to_owned(),
            },
            seen_by_leader: Witness::Unknown,
            seen_by_peers: Witness::Unknown,
            peer_port: if answered(name.as_ref()) {
                Witness::Yes
            } else {
                Witness::Unknown
            },
            name,
        }
    };
    let mut members: Vec<LiveMember> = entries.iter().map(member).collect();
    members.sort_by_key(|member| member.id);
    Some(Observation {
        format_version: FORMAT_VERSION.to_owned(),
        observed_at: now,
        cluster_id: *cluster_id,
        members,
        leader: None,
        disturbances: [Disturbance::NoQuorum].into(),
        cluster_version: None,
    })
}

async fn ask(url: &Url, access: &Access) -> Option<(ClusterId, Vec<Entry>)> {
    let (head, text) = page::whole(url, "/members", access).await.ok()?;
    let id = head.headers.get(CLUSTER_ID)?.to_str().ok()?;
    let entries = serde_json::from_str(&text).ok()?;
    Some((id.parse().ok()?, entries))
}
