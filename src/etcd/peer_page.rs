//! The member list as members tell it to each other.
//!
//! A member that was started again serves no client before there is a quorum (`readyNotify` in etcd's
//! `embed/serve.go`), and one with users lets no client in. On its peer URL it shows its own member list to
//! whoever may connect there (`/members`, `etcdhttp/peer.go`).

use std::collections::BTreeSet;

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

/// What a member tells.
#[derive(Debug)]
struct List {
    cluster: ClusterId,
    entries: Vec<Entry>,
}

impl List {
    /// Whether both list the same members. A name is published after a start, and is not known to all at once.
    fn is(&self, other: &Self) -> bool {
        let member = |entry: &Entry| (entry.id, entry.peer_urls.clone(), entry.is_learner);
        let members = |list: &Self| list.entries.iter().map(member).collect::<BTreeSet<_>>();
        self.cluster == other.cluster && members(self) == members(other)
    }
}

/// Asks every member of the file; none where nobody answers.
pub(super) async fn look(reach: &Reach, access: &Access, now: String) -> Option<Observation> {
    let asked = reach.members.iter().filter_map(|member| {
        let url = member.peer_urls.first()?;
        Some(async move { (&member.name, ask(url, access).await) })
    });
    let answers = join_all(asked).await;
    let answers = answers
        .into_iter()
        .filter_map(|(name, list)| Some((name, list?)));
    assembled(&answers.collect::<Vec<_>>(), now)
}

/// The members as most of those that answer list them; the first, where they are even.
fn assembled(answers: &[(&MemberName, List)], now: String) -> Option<Observation> {
    let alike = |list: &List| answers.iter().filter(|(_, one)| one.is(list)).count();
    // The last of equals is taken.
    let lists = answers.iter().rev().map(|(_, list)| list);
    let told = lists.max_by_key(|list| alike(list))?;
    let answered = |name: Option<&MemberName>| {
        let mut of_it = answers
            .iter()
            .filter(|(_, list)| list.cluster == told.cluster);
        of_it.any(|(answered, _)| Some(*answered) == name)
    };
    let mut disturbances = BTreeSet::from([Disturbance::NoQuorum]);
    if alike(told) < answers.len() {
        disturbances.insert(Disturbance::ListsDiffer);
    }
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
    let mut members: Vec<LiveMember> = told.entries.iter().map(member).collect();
    members.sort_by_key(|member| member.id);
    Some(Observation {
        format_version: FORMAT_VERSION.to_owned(),
        observed_at: now,
        cluster_id: told.cluster,
        members,
        leader: None,
        disturbances,
        cluster_version: None,
    })
}

async fn ask(url: &Url, access: &Access) -> Option<List> {
    let (head, text) = page::whole(url, "/members", access).await.ok()?;
    let id = head.headers.get(CLUSTER_ID)?.to_str().ok()?;
    Some(List {
        cluster: id.parse().ok()?,
        entries: serde_json::from_str(&text).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(cluster: u64, ids: &[u64]) -> List {
        let entry = |id: &u64| Entry {
            id: *id,
            peer_urls: vec![format!("http://10.0.0.{id}:2380")],
            name: format!("m{id}"),
            client_urls: Vec::new(),
            is_learner: false,
        };
        List {
            cluster: ClusterId::new(cluster),
            entries: ids.iter().map(entry).collect(),
        }
    }

    /// Who is listed in the end, and whether all agree.
    fn told(lists: Vec<List>) -> (Vec<u64>, bool) {
        let names = ["m1", "m2", "m3"].map(|name| MemberName::parse(name).unwrap());
        let answers: Vec<_> = names.iter().zip(lists).collect();
        let told = assembled(&answers, String::new()).unwrap();
        let ids = told.members.iter().map(|member| member.id.get()).collect();
        (ids, !told.disturbances.contains(&Disturbance::ListsDiffer))
    }

    #[test]
    fn what_most_tell_counts() {
        let (old, new) = (|| list(1, &[1, 2, 3]), || list(1, &[1, 2, 3, 4]));
        assert_eq!(told(vec![old(), old()]), (vec![1, 2, 3], true));
        assert_eq!(told(vec![old(), new(), new()]), (vec![1, 2, 3, 4], false));
        assert_eq!(told(vec![new(), old()]), (vec![1, 2, 3, 4], false));
        let mut unnamed = old();
        unnamed.entries[0].name.clear();
        assert_eq!(told(vec![unnamed, old()]), (vec![1, 2, 3], true));
        assert_eq!(
            told(vec![list(2, &[7]), old(), old()]),
            (vec![1, 2, 3], false)
        );
        let names: [(&MemberName, List); 0] = [];
        assert!(assembled(&names, String::new()).is_none());
    }
}
