//! What happens to a cluster without us.
//!
//! Some of it is bound to happen, and is free; some is a fault, and costs a
//! part of the budget; somebody else's change costs too.

use etcdplan::apply::Call;
use etcdplan::member::MemberId;

use crate::machines::LATEST;
use crate::place::Place;
use crate::world::World;

/// Where somebody else adds a member.
const ELSEWHERE: Place = Place {
    host: 39,
    port: 2380,
};

/// The peer port to which somebody else moves a member.
const OTHER_PORT: u16 = 2399;

/// What happens without us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// Time passes: joiners catch up, and processes that were removed end.
    Settle,
    /// Somebody clears a directory, as a driver asked.
    Clear(u8),
    /// Members notice that the one they follow is gone.
    Notice,
    /// A voter is elected where nobody leads.
    Elect(MemberId),
    /// A process that ended by itself comes back.
    Return(u8),
    /// A frozen process goes on.
    Thaw(u8),
    /// A call takes effect late.
    Arrive,
    /// A call is lost on its way.
    Vanish,
    /// A process ends by itself.
    Kill(u8),
    /// A process freezes.
    Freeze(u8),
    /// Another voter is elected.
    Depose(MemberId),
    /// Somebody else calls.
    Foreign(Call),
    /// Somebody else adds a voter, as etcdctl does it.
    ForeignVoter,
}

impl Event {
    /// Whether it is a fault that costs.
    pub(crate) fn costs(&self) -> bool {
        match self {
            Self::Settle
            | Self::Clear(_)
            | Self::Notice
            | Self::Elect(_)
            | Self::Return(_)
            | Self::Thaw(_)
            | Self::Arrive
            | Self::Vanish => false,
            Self::Kill(_)
            | Self::Freeze(_)
            | Self::Depose(_)
            | Self::Foreign(_)
            | Self::ForeignVoter => true,
        }
    }
}

impl World {
    /// What is bound to happen.
    pub(crate) fn free_events(&self, events: &mut Vec<Event>) {
        if self.settled() != *self {
            events.push(Event::Settle);
        }
        if self.leader.is_some() && self.leads().is_none() {
            events.push(Event::Notice);
        }
        if self.leader.is_none() {
            let candidates = self.voters().filter(|voter| self.could_lead(voter.id));
            events.extend(candidates.map(|voter| Event::Elect(voter.id)));
        }
        for (host, machine) in &self.machines {
            let comes_back = |id: MemberId| {
                machine.process.is_none() && machine.data == Some(id) && self.process(id).is_none()
            };
            if machine
                .crashed
                .as_ref()
                .is_some_and(|process| comes_back(process.id))
            {
                events.push(Event::Return(*host));
            }
            if machine
                .process
                .as_ref()
                .is_some_and(|process| process.frozen)
            {
                events.push(Event::Thaw(*host));
            }
        }
        if self.flight.is_some() {
            if self.can_commit() {
                events.push(Event::Arrive);
            }
            events.push(Event::Vanish);
        }
    }

    /// The directories of machines on which nothing runs, and that hold the data of no member.
    pub(crate) fn leftovers(&self, events: &mut Vec<Event>) {
        for (host, machine) in &self.machines {
            let is_left = machine.data.is_some_and(|id| self.entry(id).is_none());
            if is_left && machine.process.is_none() {
                events.push(Event::Clear(*host));
            }
        }
    }

    /// Faults of members.
    pub(crate) fn faults(&self, events: &mut Vec<Event>) {
        for (host, machine) in &self.machines {
            let process = machine.process.as_ref();
            let process = process.filter(|process| !process.frozen);
            if process.is_some_and(|process| self.entry(process.id).is_some()) {
                events.push(Event::Kill(*host));
                events.push(Event::Freeze(*host));
            }
        }
    }

    /// Elections that nobody asked for.
    pub(crate) fn elections(&self, events: &mut Vec<Event>) {
        if self.leads().is_some() {
            let others = self.voters().filter(|voter| Some(voter.id) != self.leader);
            let able = others.filter(|voter| self.could_lead(voter.id));
            events.extend(able.map(|voter| Event::Depose(voter.id)));
        }
    }

    /// What somebody else may do to the members.
    pub(crate) fn foreign(&self, events: &mut Vec<Event>) {
        if !self.can_commit() {
            return;
        }
        let peer_urls = ELSEWHERE.urls();
        events.push(Event::Foreign(Call::AddLearner { peer_urls }));
        events.push(Event::ForeignVoter);
        for entry in &self.members {
            let id = entry.id;
            events.push(Event::Foreign(Call::Remove { id }));
            if entry.votes {
                let place = Place {
                    port: OTHER_PORT,
                    ..entry.place
                };
                let peer_urls = place.urls();
                events.push(Event::Foreign(Call::UpdatePeerUrls { id, peer_urls }));
            } else {
                events.push(Event::Foreign(Call::Promote { id }));
            }
        }
    }

    /// The world once everything is back that may come back by itself.
    pub(crate) fn healed(&self) -> Self {
        let mut next = self.clone();
        for machine in next.machines.values_mut() {
            if machine.process.is_none() {
                machine.process = machine.crashed.take();
            }
            if let Some(process) = &mut machine.process {
                process.frozen = false;
                process.behind = false;
            }
        }
        next.settle();
        next
    }

    fn settled(&self) -> Self {
        let mut next = self.clone();
        let listed: Vec<MemberId> = self.members.iter().map(|entry| entry.id).collect();
        for machine in next.machines.values_mut() {
            machine
                .process
                .take_if(|process| !listed.contains(&process.id));
            if let Some(process) = machine.process.as_mut().filter(|p| !p.frozen) {
                process.behind &= self.leads().is_none();
            }
        }
        next.settle();
        next
    }

    /// The world after an event; nothing where it changes nothing.
    pub(crate) fn after_event(&self, event: &Event) -> Option<Self> {
        let mut next = self.clone();
        match event {
            Event::Settle => next = self.settled(),
            Event::Clear(host) => next.machines.get_mut(host)?.data = None,
            Event::Notice => next.leader = None,
            Event::Elect(id) | Event::Depose(id) => next.leader = Some(*id),
            Event::Return(host) => {
                let machine = next.machines.get_mut(host)?;
                let id = machine.crashed.as_ref()?.id;
                machine.process = machine.crashed.take();
                machine.process.as_mut()?.cut = true;
                // It was another process that led.
                next.leader = next.leader.filter(|leader| *leader != id);
                let entry = next.entry_mut(id)?;
                entry.starts = LATEST.min(entry.starts + 1);
            }
            Event::Thaw(host) => next.machines.get_mut(host)?.process.as_mut()?.frozen = false,
            Event::Kill(host) => {
                let machine = next.machines.get_mut(host)?;
                machine.crashed = machine.process.take();
            }
            Event::Freeze(host) => next.machines.get_mut(host)?.process.as_mut()?.frozen = true,
            Event::Arrive => {
                let flight = next.flight.take()?;
                if let Ok(after) = next.after(&flight.call) {
                    next = after;
                }
            }
            Event::Vanish => next.flight = None,
            Event::Foreign(call) => next = self.after(call).ok()?,
            Event::ForeignVoter => next.add(ELSEWHERE, true).ok()?,
        }
        next.settle();
        Some(next)
    }
}
