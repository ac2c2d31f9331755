//! What a simulated etcd answers to a membership call.
//!
//! The checks stand in etcd's order: those of the member that serves the call,
//! then those of every member when the change is applied (ETCD 1).

use std::time::Duration;

use crate::apply::Call;
use crate::member::{MemberId, Role};
use crate::quorum::quorum;
use crate::sim::rules::words;
use crate::sim::world::{Entry, World};
use crate::url::{Url, Urls};

/// How long a peer must have been connected to count (ETCD 0.6).
const SETTLED: Duration = Duration::from_secs(5);

/// How long a caller waits for an answer that does not come.
const CALLER_WAITS: Duration = Duration::from_secs(5);

/// How long a transfer of leadership takes (ETCD 1.6).
const TRANSFER: Duration = Duration::from_millis(100);

/// A call of etcd's membership API, also one that `etcdplan` never makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// `MemberAdd`.
    Add {
        /// Its peer URLs, well formed or not.
        peer_urls: Urls,
        /// `isLearner`.
        learner: bool,
    },
    /// `MemberPromote`.
    Promote {
        /// The learner.
        id: MemberId,
    },
    /// `MemberUpdate`.
    Update {
        /// The member.
        id: MemberId,
        /// Its new peer URLs.
        peer_urls: Urls,
    },
    /// `MemberRemove`.
    Remove {
        /// The member.
        id: MemberId,
    },
    /// `MoveLeader`.
    MoveLeader {
        /// Who is to lead.
        to: MemberId,
    },
}

impl From<&Call> for Request {
    fn from(call: &Call) -> Self {
        match call.clone() {
            Call::AddLearner { peer_urls } => Self::Add {
                peer_urls,
                learner: true,
            },
            Call::Promote { id } => Self::Promote { id },
            Call::UpdatePeerUrls { id, peer_urls } => Self::Update { id, peer_urls },
            Call::Remove { id } => Self::Remove { id },
            Call::MoveLeader { to } => Self::MoveLeader { to },
        }
    }
}

/// What etcd answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is done.
    Done,
    /// It is refused, in etcd's own words.
    Refused(&'static str),
    /// Nothing, until the caller gives up.
    Silence,
}

type Checked = Result<(), &'static str>;

fn demand(holds: bool, words: &'static str) -> Checked {
    if holds { Ok(()) } else { Err(words) }
}

impl World {
    /// Serves a call at one member.
    pub(super) fn serve(&mut self, via: MemberId, request: &Request) -> Answer {
        let serves = self.is_alive(via) && self.members.contains_key(&via);
        if !serves {
            return Answer::Silence;
        }
        if self.members.get(&via).is_some_and(|entry| !entry.votes) {
            return Answer::Refused(words::LEARNER_SERVES_NOT);
        }
        if let Err(words) = self.before_proposal(via, request) {
            return Answer::Refused(words);
        }
        let leader = self
            .leader
            .filter(|leader| self.has_quorum() && self.are_in_touch(via, *leader));
        if leader.is_none() {
            self.advance(CALLER_WAITS);
            return Answer::Silence;
        }
        self.propose(request)
    }

    /// What the member checks that serves the call.
    fn before_proposal(&self, via: MemberId, request: &Request) -> Checked {
        match request {
            Request::Add { peer_urls, learner } => {
                let well_formed = peer_urls.iter().all(|url| Url::parse(url.as_str()).is_ok());
                demand(well_formed && !peer_urls.is_empty(), words::BAD_URLS)?;
                demand(*learner || self.enough_to_add(), words::NOT_STARTED)?;
                demand(self.connected_to_add(via), words::UNHEALTHY)
            }
            // The leader checks it, and without one nobody does.
            Request::Promote { id } if self.has_quorum() => self.may_promote(*id),
            Request::Promote { .. } | Request::Update { .. } => Ok(()),
            Request::Remove { id } => self.may_remove(via, *id),
            Request::MoveLeader { to } => {
                demand(self.leader == Some(via), words::NOT_LEADER)?;
                let votes = self.members.get(to).map(|entry| entry.role);
                demand(votes == Some(Role::Voter), words::BAD_TRANSFEREE)
            }
        }
    }

    /// Voters with a name: they have started once.
    fn started(&self) -> usize {
        self.listed_voters()
            .filter(|(_, entry)| entry.name.is_some())
            .count()
    }

    /// Voters that the member has been connected to for long enough, and itself.
    fn settled(&self, via: MemberId) -> usize {
        let for_long = |since: &Duration| self.now.saturating_sub(*since) > SETTLED;
        self.listed_voters()
            .filter(|(id, _)| **id == via || self.links.get(&(via, **id)).is_some_and(for_long))
            .count()
    }

    fn enough_to_add(&self) -> bool {
        let (voters, started) = (self.listed_voters().count(), self.started());
        (voters == 1 && started == 1) || started >= quorum(voters + 1)
    }

    fn connected_to_add(&self, via: MemberId) -> bool {
        let (voters, settled) = (self.listed_voters().count(), self.settled(via));
        if self.rules().adds_beside_unconnected() {
            voters == 1 || settled >= quorum(voters + 1)
        } else {
            settled == voters
        }
    }

    fn may_promote(&self, id: MemberId) -> Checked {
        let entry = self.members.get(&id);
        demand(entry.is_some(), words::NOT_FOUND)?;
        demand(
            self.is_in_sync(id) || entry.is_some_and(|entry| entry.votes && entry.name.is_some()),
            words::NOT_IN_SYNC,
        )?;
        let voters = self.listed_voters().count();
        demand(self.started() + 1 >= quorum(voters + 1), words::NOT_STARTED)
    }

    fn may_remove(&self, via: MemberId, id: MemberId) -> Checked {
        let entry = self.members.get(&id);
        if entry.is_some_and(|entry| entry.role == Role::Learner) {
            return Ok(());
        }
        let others: Vec<_> = self
            .listed_voters()
            .filter(|(other, _)| **other != id)
            .collect();
        let started = others.iter().filter(|(_, entry)| entry.name.is_some());
        demand(started.count() >= quorum(others.len()), words::NOT_STARTED)?;
        if id != via && !self.links.contains_key(&(via, id)) {
            return Ok(());
        }
        let voters = self.listed_voters().count();
        let left = self.settled(via).saturating_sub(1);
        demand(left > voters.saturating_sub(1) / 2, words::UNHEALTHY)
    }

    /// What every member checks when the change is applied, and the change itself.
    fn propose(&mut self, request: &Request) -> Answer {
        let answer = match request {
            Request::Add { peer_urls, learner } => self.add(peer_urls, *learner),
            Request::Promote { id } => self.promote(*id),
            Request::Update { id, peer_urls } => self.update(*id, peer_urls),
            Request::Remove { id } => self.remove(*id),
            Request::MoveLeader { to } => return self.move_leader(*to),
        };
        self.index += 1;
        self.settle();
        match answer {
            Ok(()) => Answer::Done,
            Err(words) => Answer::Refused(words),
        }
    }

    fn is_taken(&self, urls: &Urls, except: Option<MemberId>) -> bool {
        self.members
            .iter()
            .any(|(id, entry)| Some(*id) != except && entry.peer_urls.shares_any(urls))
    }

    fn add(&mut self, urls: &Urls, learner: bool) -> Checked {
        let fresh = MemberId::new(0x1000 + u64::try_from(self.born.len()).unwrap_or(0));
        let id = *self
            .born
            .entry((urls.clone(), self.now.as_secs()))
            .or_insert(fresh);
        demand(!self.removed.contains(&id), words::NOT_FOUND)?;
        demand(!self.members.contains_key(&id), words::ID_EXISTS)?;
        demand(!self.is_taken(urls, None), words::URLS_EXIST)?;
        let learners = self.members.values().filter(|m| m.role == Role::Learner);
        demand(
            !learner || learners.count() < self.rules().learners(self.max_learners),
            words::TOO_MANY_LEARNERS,
        )?;
        let entry = Entry {
            name: None,
            peer_urls: urls.clone(),
            client_urls: Urls::default(),
            role: if learner { Role::Learner } else { Role::Voter },
            votes: !learner,
        };
        self.members.insert(id, entry);
        Ok(())
    }

    fn promote(&mut self, id: MemberId) -> Checked {
        let entry = self.members.get_mut(&id).ok_or(words::NOT_FOUND)?;
        demand(entry.role == Role::Learner, words::NOT_A_LEARNER)?;
        entry.role = Role::Voter;
        entry.votes = true;
        Ok(())
    }

    fn update(&mut self, id: MemberId, urls: &Urls) -> Checked {
        demand(self.members.contains_key(&id), words::NOT_FOUND)?;
        demand(!self.is_taken(urls, Some(id)), words::URLS_EXIST)?;
        let (now, keeps) = (self.now, self.rules().keeps_updated_learners());
        let malformed = urls.is_empty() || urls.iter().any(|url| Url::parse(url.as_str()).is_err());
        if malformed {
            self.breaches
                .push(format!("{id} got peer URLs that crash the others: {urls}"));
        }
        let entry = self.members.get_mut(&id).ok_or(words::NOT_FOUND)?;
        entry.peer_urls = urls.clone();
        if entry.role == Role::Learner && !keeps {
            entry.role = Role::Voter;
            self.breaches.push(format!(
                "{id} is a learner that the list calls a voter, at {now:?}"
            ));
        }
        Ok(())
    }

    fn remove(&mut self, id: MemberId) -> Checked {
        self.members.remove(&id).ok_or(words::NOT_FOUND)?;
        self.removed.insert(id);
        Ok(())
    }

    fn move_leader(&mut self, to: MemberId) -> Answer {
        if self.leader == Some(to) {
            return Answer::Done;
        }
        let able = self
            .leader
            .is_some_and(|leader| self.are_in_touch(leader, to));
        if !able || !self.is_in_sync(to) {
            self.advance(CALLER_WAITS);
            return Answer::Silence;
        }
        self.advance(TRANSFER);
        self.leader = Some(to);
        self.term += 1;
        self.index += 1;
        self.settle();
        Answer::Done
    }
}
