//! The state of a simulated cluster, and what happens in it as time passes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::member::{ClusterId, MemberId, MemberName, Role};
use crate::observation::Disturbance;
use crate::quorum::quorum;
use crate::sim::rules::Rules;
use crate::url::Urls;
use crate::version::Version;

/// How long followers wait for a leader that is gone (ETCD 1.5).
const ELECTION: Duration = Duration::from_secs(1);

/// How long a process goes on after it was removed (ETCD 1.5).
const LAST_BREATH: Duration = Duration::from_secs(1);

/// How long etcd 3.4 counts a frozen peer as connected (ETCD 0.9).
const FROZEN_UNNOTICED: Duration = Duration::from_secs(5);

/// The grain of time: nothing in the simulation is quicker.
const GRAIN: Duration = Duration::from_millis(50);

/// Everything there is.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) now: Duration,
    /// What the cluster runs as.
    pub(super) version: Version,
    /// What a process runs that starts from now on.
    pub(super) installed: Version,
    pub(super) cluster_id: ClusterId,
    /// The member list, as it is committed.
    pub(super) members: BTreeMap<MemberId, Entry>,
    pub(super) removed: BTreeSet<MemberId>,
    pub(super) leader: Option<MemberId>,
    pub(super) leaderless_since: Duration,
    pub(super) term: u64,
    pub(super) index: u64,
    pub(super) processes: Vec<Process>,
    /// Whose data lies where.
    pub(super) data: BTreeMap<Home, MemberId>,
    /// Machines that have another address as well, with the first.
    pub(super) renumbered: BTreeMap<String, String>,
    /// Since when the first has been connected to the second.
    pub(super) links: BTreeMap<(MemberId, MemberId), Duration>,
    /// The ids that additions got: etcd derives them from URLs and the second.
    pub(super) born: BTreeMap<(Urls, u64), MemberId>,
    pub(super) disturbances: BTreeSet<Disturbance>,
    pub(super) max_learners: usize,
    /// How long a joiner takes to catch up.
    pub(super) catch_up: Duration,
    /// What must never be done to a cluster, and was.
    pub(super) breaches: Vec<String>,
}

/// A member as the cluster lists it.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: Option<MemberName>,
    pub(super) peer_urls: Urls,
    pub(super) client_urls: Urls,
    /// What the list says.
    pub(super) role: Role,
    /// What raft does, which the list can get wrong (ETCD 0.3).
    pub(super) votes: bool,
}

/// Where a member's process and data are: as the `process` driver has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Home {
    pub(super) member: String,
    pub(super) host: String,
}

/// A running process; it has the id of its data.
#[derive(Clone, Debug)]
pub(super) struct Process {
    pub(super) home: Home,
    pub(super) id: MemberId,
    pub(super) name: MemberName,
    pub(super) version: Version,
    pub(super) listens: Urls,
    pub(super) client_urls: Urls,
    pub(super) started: Duration,
    pub(super) in_sync_from: Duration,
    pub(super) frozen_since: Option<Duration>,
    pub(super) ends: Option<Duration>,
}

impl World {
    pub(super) fn rules(&self) -> Rules {
        Rules::of(self.version)
    }

    /// The process of a member, also a frozen one.
    pub(super) fn process(&self, id: MemberId) -> Option<&Process> {
        self.processes.iter().find(|process| process.id == id)
    }

    /// Whether a member's process runs and is not frozen.
    pub(super) fn is_alive(&self, id: MemberId) -> bool {
        self.process(id)
            .is_some_and(|process| process.frozen_since.is_none())
    }

    /// Whether it has all that is committed.
    pub(super) fn is_in_sync(&self, id: MemberId) -> bool {
        self.process(id)
            .is_some_and(|process| process.in_sync_from <= self.now)
    }

    /// The members that the list calls voters.
    pub(super) fn listed_voters(&self) -> impl Iterator<Item = (&MemberId, &Entry)> {
        self.members
            .iter()
            .filter(|(_, entry)| entry.role == Role::Voter)
    }

    /// Those that raft counts.
    pub(super) fn raft_voters(&self) -> impl Iterator<Item = MemberId> + '_ {
        self.members
            .iter()
            .filter(|(_, entry)| entry.votes)
            .map(|(id, _)| *id)
    }

    /// Whether messages go to and fro: one side can dial the other.
    pub(super) fn are_in_touch(&self, a: MemberId, b: MemberId) -> bool {
        let linked = || self.links.contains_key(&(a, b)) || self.links.contains_key(&(b, a));
        self.is_alive(a) && self.is_alive(b) && (a == b || linked())
    }

    fn reaches_quorum(&self, id: MemberId) -> bool {
        let reached = self
            .raft_voters()
            .filter(|voter| self.are_in_touch(id, *voter));
        reached.count() >= quorum(self.raft_voters().count())
    }

    /// Whether the cluster can decide anything now.
    pub(super) fn has_quorum(&self) -> bool {
        self.leader
            .is_some_and(|leader| self.reaches_quorum(leader))
    }

    /// Lets time pass.
    pub(super) fn advance(&mut self, span: Duration) {
        let end = self.now + span;
        while self.now < end {
            self.now = (self.now + GRAIN).min(end);
            self.settle();
        }
    }

    /// Lets happen what is due now.
    pub(super) fn settle(&mut self) {
        let (now, removed) = (self.now, &self.removed);
        for process in &mut self.processes {
            if removed.contains(&process.id) && process.ends.is_none() {
                process.ends = Some(now + LAST_BREATH);
            }
        }
        self.processes
            .retain(|process| process.ends.is_none_or(|end| end > now));
        self.connect();
        self.keep_leader();
        self.publish();
    }

    fn connect(&mut self) {
        let give_up = self.rules().notices_frozen_peers();
        let lost = |process: &Process| {
            let noticed = |since| give_up && self.now.saturating_sub(since) >= FROZEN_UNNOTICED;
            process.frozen_since.is_some_and(noticed)
        };
        let running: BTreeSet<MemberId> = self
            .processes
            .iter()
            .filter(|process| self.members.contains_key(&process.id) && !lost(process))
            .map(|process| process.id)
            .collect();
        self.links
            .retain(|(from, to), _| running.contains(from) && running.contains(to));
        for from in &running {
            for to in running.iter().filter(|to| *to != from) {
                if self.can_dial(*from, *to) {
                    self.links.entry((*from, *to)).or_insert(self.now);
                }
            }
        }
    }

    fn can_dial(&self, from: MemberId, to: MemberId) -> bool {
        let listed = self.members.get(&to);
        let listens = self.process(to);
        self.is_alive(from)
            && self.is_alive(to)
            && listed
                .zip(listens)
                .is_some_and(|(listed, process)| listed.peer_urls.shares_any(&process.listens))
    }

    fn keep_leader(&mut self) {
        let votes = |id: &MemberId| self.members.get(id).is_some_and(|entry| entry.votes);
        if self
            .leader
            .is_some_and(|leader| !votes(&leader) || !self.reaches_quorum(leader))
        {
            self.leader = None;
            self.leaderless_since = self.now;
        }
        if self.leader.is_some() {
            return;
        }
        let alone = self.raft_voters().count() == 1;
        if alone || self.now.saturating_sub(self.leaderless_since) >= ELECTION {
            self.leader = self.candidate();
            if self.leader.is_some() {
                self.term += 1;
                self.index += 1;
            }
        }
    }

    /// Who is elected: the voter with the lowest id that can be.
    fn candidate(&self) -> Option<MemberId> {
        self.raft_voters()
            .find(|id| self.is_in_sync(*id) && self.reaches_quorum(*id))
    }

    /// A leader that is told to end hands leadership over first.
    pub(super) fn hand_over(&mut self, leader: MemberId) {
        let heir = self
            .raft_voters()
            .find(|id| *id != leader && self.is_in_sync(*id) && self.are_in_touch(leader, *id));
        if self.leader == Some(leader) && heir.is_some() {
            self.leader = heir;
            self.term += 1;
        }
    }

    fn publish(&mut self) {
        if !self.has_quorum() {
            return;
        }
        for process in self.processes.iter().filter(|p| p.frozen_since.is_none()) {
            let Some(entry) = self.members.get_mut(&process.id) else {
                continue;
            };
            let news = entry.name.as_ref() != Some(&process.name)
                || entry.client_urls != process.client_urls;
            if news {
                entry.name = Some(process.name.clone());
                entry.client_urls = process.client_urls.clone();
                self.index += 1;
            }
        }
    }
}
