//! The cluster and its machines: small enough to be hashed, and compared.
//!
//! There is one member list, which everybody knows at once. What the servers
//! would refuse beyond that list is accepted here: what keeps the cluster whole
//! is the rule book alone.

use std::collections::BTreeMap;
use std::fmt;

use etcdplan::apply::Call;
use etcdplan::member::{MemberId, Role};
use etcdplan::quorum::quorum;

use crate::place::{Name, Place};

/// Everything there is.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct World {
    /// The member list, in the order of the ids.
    pub(crate) members: Vec<Entry>,
    /// Whom the members follow, also where it is gone and nobody has noticed: see [`World::leads`].
    pub(crate) leader: Option<MemberId>,
    /// By the last number of their address.
    pub(crate) machines: BTreeMap<u8, Machine>,
    /// How many members were added, by anybody.
    pub(crate) born: u64,
    /// A call that may take effect later.
    pub(crate) flight: Option<Flight>,
}

/// A member as the cluster lists it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Entry {
    pub(crate) id: MemberId,
    pub(crate) name: Option<Name>,
    pub(crate) place: Place,
    /// The host of its client URL, once it is published.
    pub(crate) client: Option<u8>,
    pub(crate) votes: bool,
    /// How often its process was started: the start time that it shows.
    pub(crate) starts: u8,
}

/// What happens on one machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Machine {
    /// The member whose data is there.
    pub(crate) data: Option<MemberId>,
    pub(crate) process: Option<Process>,
    /// The process that ended by itself, and may come back.
    pub(crate) crashed: Option<Process>,
}

/// A process has the id of its data.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Process {
    pub(crate) id: MemberId,
    pub(crate) name: Name,
    pub(crate) listens: Place,
    pub(crate) client: Option<u8>,
    /// Whether it has yet to catch up.
    pub(crate) behind: bool,
    pub(crate) frozen: bool,
    /// Whether it began where the others do not look for it, and has not been reached since.
    pub(crate) cut: bool,
}

/// A call on its way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Flight {
    pub(crate) call: Call,
    /// Whether nothing but our own doing has happened since it was sent.
    pub(crate) calm: bool,
}

impl World {
    pub(crate) fn entry(&self, id: MemberId) -> Option<&Entry> {
        self.members.iter().find(|entry| entry.id == id)
    }

    pub(crate) fn entry_mut(&mut self, id: MemberId) -> Option<&mut Entry> {
        self.members.iter_mut().find(|entry| entry.id == id)
    }

    pub(crate) fn voters(&self) -> impl Iterator<Item = &Entry> {
        self.members.iter().filter(|entry| entry.votes)
    }

    pub(crate) fn role(entry: &Entry) -> Role {
        if entry.votes {
            Role::Voter
        } else {
            Role::Learner
        }
    }

    /// The process of a member, also a frozen one.
    pub(crate) fn process(&self, id: MemberId) -> Option<&Process> {
        let mut processes = self
            .machines
            .values()
            .filter_map(|machine| machine.process.as_ref());
        processes.find(|process| process.id == id)
    }

    /// Whether a member's process answers.
    pub(crate) fn answers(&self, id: MemberId) -> bool {
        self.process(id).is_some_and(|process| !process.frozen)
    }

    /// Whether a member does what a voter must do: it answers, and has what is committed.
    pub(crate) fn serves(&self, id: MemberId) -> bool {
        self.process(id)
            .is_some_and(|process| !process.frozen && !process.behind)
    }

    /// Whether the others can dial a member.
    pub(crate) fn is_reachable(&self, id: MemberId) -> bool {
        let listed = self.entry(id).map(|entry| entry.place);
        self.process(id)
            .is_some_and(|process| Some(process.listens) == listed)
    }

    /// Whether two members exchange messages: one can dial the other, or nothing has parted
    /// them since one could.
    fn are_in_touch(&self, a: MemberId, b: MemberId) -> bool {
        let is_cut = |id| self.process(id).is_none_or(|process| process.cut);
        a == b || self.is_reachable(a) || self.is_reachable(b) || !(is_cut(a) || is_cut(b))
    }

    /// Whether a voter and enough of those that count make a quorum.
    fn decides(&self, id: MemberId, counts: fn(&Self, MemberId) -> bool) -> bool {
        let others = self.voters().filter(|other| {
            other.id == id || (counts(self, other.id) && self.are_in_touch(id, other.id))
        });
        let votes = self.entry(id).is_some_and(|entry| entry.votes);
        votes && self.serves(id) && others.count() >= quorum(self.voters().count())
    }

    /// Whether a voter would be elected: one that has to catch up gives its vote too.
    pub(crate) fn could_lead(&self, id: MemberId) -> bool {
        self.decides(id, Self::answers)
    }

    /// Who leads; nobody, where the one that was followed is gone.
    pub(crate) fn leads(&self) -> Option<MemberId> {
        self.leader.filter(|leader| self.could_lead(*leader))
    }

    /// Whether the cluster can decide now, with or without an election: counted among processes
    /// that really run and have what is committed.
    pub(crate) fn has_quorum(&self) -> bool {
        self.voters()
            .any(|voter| self.decides(voter.id, Self::serves))
    }

    /// How many members vote in one of two worlds only.
    pub(crate) fn voters_changed(&self, other: &Self) -> usize {
        let missing = |a: &Self, b: &Self| {
            let votes = |id| b.entry(id).is_some_and(|entry| entry.votes);
            a.voters().filter(|voter| !votes(voter.id)).count()
        };
        missing(self, other) + missing(other, self)
    }

    /// Lets happen what takes no time: the only voter elects itself, and processes publish what
    /// they are called.
    pub(crate) fn settle(&mut self) {
        if self
            .leader
            .is_some_and(|leader| self.entry(leader).is_none())
        {
            self.leader = None;
        }
        let voters: Vec<MemberId> = self.voters().map(|voter| voter.id).collect();
        if let [sole] = voters.as_slice()
            && self.could_lead(*sole)
        {
            self.leader = Some(*sole);
        }
        let listed: Vec<MemberId> = self.members.iter().map(|entry| entry.id).collect();
        for machine in self.machines.values_mut() {
            machine
                .crashed
                .take_if(|process| !listed.contains(&process.id));
        }
        for (id, place) in self.members.iter().map(|entry| (entry.id, entry.place)) {
            let mut processes = self
                .machines
                .values_mut()
                .filter_map(|m| m.process.as_mut());
            if let Some(process) = processes.find(|process| process.id == id) {
                process.cut &= process.listens != place;
            }
        }
        self.machines
            .retain(|_, machine| *machine != Machine::default());
        if self.leads().is_none() {
            return;
        }
        for entry in &mut self.members {
            let mut processes = self.machines.values().filter_map(|m| m.process.as_ref());
            if let Some(process) = processes.find(|p| p.id == entry.id && !p.frozen) {
                entry.name = Some(process.name);
                entry.client = process.client.or(entry.client);
            }
        }
    }

    /// Forgets how often processes were started: only a run compares.
    pub(crate) fn forget_starts(&mut self) {
        for entry in &mut self.members {
            entry.starts = 0;
        }
    }
}

impl fmt::Debug for World {
    /// Cluster notation, then the processes of no member, and where data lies:
    /// `voters=(m1* m2! m3) learners=(m4?) data=(1:m1)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |votes: bool| {
            let members = self.members.iter().filter(|entry| entry.votes == votes);
            let words = members.map(|entry| {
                let name = entry
                    .name
                    .map_or_else(|| "-".to_owned(), |name| name.to_string());
                let sign = match self.process(entry.id) {
                    None => "!",
                    Some(process) if process.frozen => "~",
                    Some(process) if process.behind => "<",
                    Some(_) => "",
                };
                let leads = if self.leader == Some(entry.id) {
                    "*"
                } else {
                    ""
                };
                let away = if sign == "!" || self.is_reachable(entry.id) {
                    ""
                } else {
                    "/away"
                };
                format!(
                    "{name}#{}@{}{leads}{sign}{away}",
                    entry.id.get(),
                    entry.place
                )
            });
            words.collect::<Vec<_>>().join(" ")
        };
        write!(f, "voters=({}) learners=({})", side(true), side(false))?;
        for (host, machine) in &self.machines {
            let data = machine.data.map_or(0, MemberId::get);
            let process = machine
                .process
                .as_ref()
                .map_or(0, |process| process.id.get());
            if data != process {
                write!(f, " {host}:data={data},process={process}")?;
            }
        }
        if let Some(flight) = &self.flight {
            write!(f, " in flight: {:?}", flight.call)?;
        }
        Ok(())
    }
}
