//! What an observer sees: as the `etcd` adapter tells it, of etcd 3.5.

use std::collections::BTreeSet;

use etcdplan::amount::Size;
use etcdplan::apply::{ObserveError, Obstacle};
use etcdplan::member::{ClusterId, MemberId};
use etcdplan::observation::{
    Condition, Disturbance, FORMAT_VERSION, LiveMember, Observation, Status, Witness,
};
use etcdplan::version::Version;

use crate::place::{Name, client_urls};
use crate::world::{Entry, Process, World};

/// The etcd that every member runs.
pub(crate) const VERSION: Version = Version::new(3, 5, 30);

const CLUSTER: ClusterId = ClusterId::new(0xc1);

/// When the first process of a member started, in milliseconds since 1970.
const STARTED: u64 = 1_700_000_000_000;

/// Two starts of a process are so far apart.
const APART: u64 = 60_000;

/// A joiner that has not caught up is so many entries behind.
const COMMITTED: u64 = 1_000_000;

impl World {
    /// Looks at every member.
    pub(crate) fn look(&self) -> Result<Observation, ObserveError> {
        if !self.members.iter().any(|entry| self.answers(entry.id)) {
            let tried = vec![("every endpoint".to_owned(), Obstacle::Refused)];
            return Err(ObserveError::NoAnswer { tried });
        }
        let lost = self.leads().is_none().then_some(Disturbance::NoQuorum);
        Ok(Observation {
            format_version: FORMAT_VERSION.to_owned(),
            observed_at: "2026-01-02T03:04:05Z".to_owned(),
            cluster_id: CLUSTER,
            members: self
                .members
                .iter()
                .map(|entry| self.member(entry))
                .collect(),
            leader: self.leader,
            disturbances: lost.into_iter().collect::<BTreeSet<_>>(),
            cluster_version: Some(Version::new(VERSION.major, VERSION.minor, 0)),
        })
    }

    fn member(&self, entry: &Entry) -> LiveMember {
        let process = self.process(entry.id);
        let condition = match process {
            _ if entry.name.is_none() => Condition::Unstarted,
            Some(process) if !process.frozen => Condition::Running(self.status(entry, process)),
            Some(_) => silent("no answer"),
            None => silent("connection refused"),
        };
        let is_silent = matches!(condition, Condition::Silent { .. });
        // A frozen process keeps its port, and etcd 3.5 takes it for active (ETCD 0.9).
        let port = self.is_reachable(entry.id);
        let seen_by = |id: MemberId| id == entry.id || port;
        let peers = || self.members.iter().filter(|other| other.id != entry.id);
        let by_peers = || peers().any(|other| self.answers(other.id) && seen_by(other.id));
        LiveMember {
            id: entry.id,
            name: entry.name.map(Name::to_member_name),
            peer_urls: entry.place.urls(),
            client_urls: client_urls(entry.client),
            role: World::role(entry),
            condition,
            seen_by_leader: self
                .leader
                .map_or(Witness::Unknown, |id| Witness::from(seen_by(id))),
            seen_by_peers: if is_silent {
                Witness::from(by_peers())
            } else {
                Witness::Unknown
            },
            peer_port: Witness::from(port),
        }
    }

    fn status(&self, entry: &Entry, process: &Process) -> Status {
        let follows = self.leader;
        Status {
            endpoint: client_urls(process.client).to_string(),
            version: VERSION,
            leader: follows,
            // A read waits for what is committed, so a voter that has to catch up serves none.
            linearizable: if entry.votes {
                Witness::from(self.leads().is_some() && !process.behind)
            } else {
                Witness::Unknown
            },
            term: 2,
            raft_index: COMMITTED,
            applied_index: if process.behind { 0 } else { COMMITTED },
            db_size: Size(20 << 10),
            started_at: Some(STARTED + APART * u64::from(entry.starts)),
        }
    }
}

fn silent(reason: &str) -> Condition {
    let reason = reason.to_owned();
    Condition::Silent { reason }
}
