//! What a call of etcd's membership API does to the cluster.

use etcdplan::apply::Call;
use etcdplan::member::MemberId;

use crate::place::Place;
use crate::world::{Entry, World};

/// The first id that an added member gets.
const FIRST_ADDED: u64 = 101;

impl World {
    /// Whether a call that is sent to this member gets anywhere.
    pub(crate) fn accepts(&self, via: MemberId) -> bool {
        self.can_commit() && self.answers(via) && self.entry(via).is_some_and(|e| e.votes)
    }

    /// Whether a change of the members can be committed: enough voters have what was committed before.
    pub(crate) fn can_commit(&self) -> bool {
        self.leads().is_some() && self.has_quorum()
    }

    /// The world after a call, or etcd's words. It checks only what is checked
    /// when a change is applied, by every member.
    pub(crate) fn after(&self, call: &Call) -> Result<Self, &'static str> {
        let mut next = self.clone();
        match call {
            Call::AddLearner { peer_urls } => next.add(Place::of(peer_urls), false)?,
            Call::Promote { id } => {
                let entry = next.entry_mut(*id).ok_or("etcdserver: member not found")?;
                if entry.votes {
                    return Err("etcdserver: can only promote a learner member");
                }
                entry.votes = true;
            }
            Call::UpdatePeerUrls { id, peer_urls } => {
                let place = Place::of(peer_urls);
                if next.members.iter().any(|e| e.id != *id && e.place == place) {
                    return Err("etcdserver: Peer URLs already exists");
                }
                let entry = next.entry_mut(*id).ok_or("etcdserver: member not found")?;
                entry.place = place;
            }
            Call::Remove { id } => {
                next.entry(*id).ok_or("etcdserver: member not found")?;
                next.members.retain(|entry| entry.id != *id);
            }
            Call::MoveLeader { to } => {
                if !next.could_lead(*to) {
                    return Err("etcdserver: request timed out, leader transfer took too long");
                }
                next.leader = Some(*to);
            }
        }
        next.settle();
        Ok(next)
    }

    /// Lists a member that has not started.
    pub(crate) fn add(&mut self, place: Place, votes: bool) -> Result<(), &'static str> {
        if self.members.iter().any(|entry| entry.place == place) {
            return Err("etcdserver: Peer URLs already exists");
        }
        if !votes && self.members.iter().any(|entry| !entry.votes) {
            return Err("etcdserver: too many learner members in cluster");
        }
        self.members.push(Entry {
            id: MemberId::new(FIRST_ADDED + self.born),
            name: None,
            place,
            client: None,
            votes,
            starts: 0,
        });
        self.born += 1;
        Ok(())
    }
}
