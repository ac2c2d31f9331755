//! What an observer sees of a simulated cluster: as the `etcd` adapter tells it.

use std::time::Duration;

use crate::amount::Size;
use crate::apply::{ObserveError, Obstacle};
use crate::member::{MemberId, Role};
use crate::observation::{
    Condition, Disturbance, FORMAT_VERSION, LiveMember, Observation, Status, Witness,
};
use crate::sim::world::{Entry, Process, World};
use crate::version::Version;

/// The time of day when the simulation begins: milliseconds since 1970.
pub(super) const EPOCH: u64 = 1_700_000_000_000;

impl World {
    /// Looks at every member.
    pub(super) fn look(&self) -> Result<Observation, ObserveError> {
        if !self.members.keys().any(|id| self.is_alive(*id)) {
            let tried = vec![("every endpoint".to_owned(), Obstacle::Refused)];
            return Err(ObserveError::NoAnswer { tried });
        }
        let mut disturbances = self.disturbances.clone();
        if !self.has_quorum() {
            disturbances.insert(Disturbance::NoQuorum);
        }
        let members = self.members.iter();
        Ok(Observation {
            format_version: FORMAT_VERSION.to_owned(),
            observed_at: "2026-01-02T03:04:05Z".to_owned(),
            cluster_id: self.cluster_id,
            members: members.map(|(id, entry)| self.member(*id, entry)).collect(),
            leader: self.leader,
            disturbances,
            cluster_version: Some(Version::new(self.version.major, self.version.minor, 0)),
        })
    }

    fn member(&self, id: MemberId, entry: &Entry) -> LiveMember {
        let process = self.process(id);
        let condition = match process {
            _ if entry.name.is_none() => Condition::Unstarted,
            Some(process) if process.frozen_since.is_none() => {
                Condition::Running(self.status(id, entry, process))
            }
            Some(_) | None => Condition::Silent {
                reason: if process.is_some() {
                    "no answer".to_owned()
                } else {
                    "connection refused".to_owned()
                },
            },
        };
        let silent = matches!(condition, Condition::Silent { .. });
        let seen_by = |other: MemberId| self.links.contains_key(&(other, id));
        let by_leader = match self.leader {
            Some(leader) if leader == id => Witness::Yes,
            Some(leader) => Witness::from(seen_by(leader)),
            None => Witness::Unknown,
        };
        let others = self.members.keys().filter(|other| **other != id);
        let by_peers = others
            .filter(|other| self.is_alive(**other))
            .any(|other| seen_by(*other));
        let port = process.is_some_and(|process| process.listens.shares_any(&entry.peer_urls));
        LiveMember {
            id,
            name: entry.name.clone(),
            peer_urls: entry.peer_urls.clone(),
            client_urls: entry.client_urls.clone(),
            role: entry.role,
            condition,
            seen_by_leader: by_leader,
            seen_by_peers: if silent {
                Witness::from(by_peers)
            } else {
                Witness::Unknown
            },
            peer_port: Witness::from(port),
        }
    }

    fn status(&self, id: MemberId, entry: &Entry, process: &Process) -> Status {
        let follows = self
            .leader
            .filter(|leader| self.has_quorum() && self.are_in_touch(id, *leader));
        let linearizable = match entry.role {
            Role::Voter => Witness::from(follows.is_some()),
            Role::Learner => Witness::Unknown,
        };
        Status {
            endpoint: process
                .client_urls
                .first()
                .map(ToString::to_string)
                .unwrap_or_default(),
            version: process.version,
            leader: follows,
            linearizable,
            term: self.term,
            raft_index: self.index,
            applied_index: if self.is_in_sync(id) { self.index } else { 0 },
            db_size: Size(20 << 10),
            started_at: Some(EPOCH + millis(process.started)),
        }
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
