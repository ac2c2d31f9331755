//! What an action on a host does: as a careful driver does it.

use etcdplan::apply::HostError;
use etcdplan::apply::host_action::{ExpectedData, HostAction};
use etcdplan::member::MemberId;
use etcdplan::topology::HostActionKind;

use crate::law::{Breach, Law};
use crate::place::{Name, Place, client, machine};
use crate::world::{Process, World};

/// What came of an action.
#[derive(Debug)]
pub(crate) struct Performed {
    pub(crate) world: World,
    pub(crate) result: Result<(), HostError>,
    /// What no driver may be told to do.
    pub(crate) breach: Option<Breach>,
}

/// The words of a driver that will not start a member where another one's data lies.
pub(crate) const HOLDS_DATA: &str = "holds the data of";

/// The words of a driver that will not start a member beside another one.
pub(crate) const RUNS_ANOTHER: &str = "runs another member";

/// More starts of one member than this are not told apart.
pub(crate) const LATEST: u8 = 8;

fn refused(reason: String) -> HostError {
    HostError::Refused { reason }
}

impl World {
    /// Performs an action on a host; repeating it is safe.
    pub(crate) fn perform(&self, action: &HostAction) -> Performed {
        let mut world = self.clone();
        let (host, previous) = (machine(&action.place.host), machine(&action.previous.host));
        let mut breach = None;
        let result = match action.kind {
            HostActionKind::Start => world.start(action, host, previous, &mut breach),
            HostActionKind::Stop => {
                world.stop(host);
                Ok(())
            }
            HostActionKind::Restart => {
                world.stop(previous);
                world.stop(host);
                world.start(action, host, previous, &mut breach)
            }
            HostActionKind::MoveData => world.move_data(previous, host),
            HostActionKind::Wipe => world.wipe(host, &mut breach),
            HostActionKind::Check
            | HostActionKind::PutAside
            | HostActionKind::Restore
            | HostActionKind::ForceNew
            | HostActionKind::Relay
            | HostActionKind::EndRelay => Err(refused("nothing is recovered here".to_owned())),
        };
        world.settle();
        Performed {
            world,
            result,
            breach,
        }
    }

    /// The world while a process that is restarted is down.
    pub(crate) fn without(&self, id: Option<MemberId>) -> Self {
        let mut world = self.clone();
        for machine in world.machines.values_mut() {
            machine.process.take_if(|process| Some(process.id) == id);
        }
        world
    }

    fn runs_on(&self, host: u8) -> bool {
        self.machines
            .get(&host)
            .is_some_and(|machine| machine.process.is_some())
    }

    fn data_on(&self, host: u8) -> Option<MemberId> {
        self.machines.get(&host)?.data
    }

    /// Ends a process, and keeps it from coming back.
    fn stop(&mut self, host: u8) {
        if let Some(machine) = self.machines.get_mut(&host) {
            machine.crashed = None;
            let ended = machine.process.take().map(|process| process.id);
            // It hands leadership over before it ends, or an election follows.
            self.leader = self.leader.filter(|leader| Some(*leader) != ended);
        }
    }

    fn start(
        &mut self,
        action: &HostAction,
        host: u8,
        previous: u8,
        breach: &mut Option<Breach>,
    ) -> Result<(), HostError> {
        let machine = self.machines.get(&host);
        if let Some(process) = machine.and_then(|machine| machine.process.as_ref()) {
            let other = process.id;
            let is_member = self.entry(other).is_some();
            return if is_member && action.member_id != Some(other) {
                Err(refused(format!("host {host} {RUNS_ANOTHER}, {other}")))
            } else {
                Ok(())
            };
        }
        if action.data == ExpectedData::Present
            && self.data_on(host).is_none()
            && !self.runs_on(previous)
        {
            let data = self.machines.entry(previous).or_default().data.take();
            self.machines.entry(host).or_default().data = data;
        }
        let found = self.data_on(host);
        let id = match (action.data, found) {
            (ExpectedData::Present, None) => {
                return Err(refused(format!("host {host} holds no data")));
            }
            (ExpectedData::Empty, Some(id)) if Some(id) != action.member_id => {
                return Err(refused(format!("host {host} {HOLDS_DATA} {id}")));
            }
            (ExpectedData::Empty | ExpectedData::Any, None) => self.join(action, breach)?,
            (_, Some(id)) => id,
        };
        if self.entry(id).is_none() {
            return Err(refused(
                "the member has been permanently removed".to_owned(),
            ));
        }
        if self.process(id).is_some() {
            *breach = Some(Law::OneProcess.broken(format!("a second process of {id} on {host}")));
        }
        let settings = &action.settings;
        let listens = if settings.listen_peer_urls.is_empty() {
            &action.place.peer_urls
        } else {
            &settings.listen_peer_urls
        };
        let listed = self.entry(id).and_then(|entry| entry.client);
        let process = Process {
            id,
            name: Name::of(&action.member),
            listens: Place::of(listens),
            client: client(&settings.client_urls).or(listed),
            behind: found.is_none(),
            frozen: false,
            cut: true,
        };
        if let Some(entry) = self.entry_mut(id) {
            entry.starts = LATEST.min(entry.starts + 1);
        }
        let machine = self.machines.entry(host).or_default();
        machine.data = Some(id);
        machine.crashed = None;
        machine.process = Some(process);
        Ok(())
    }

    /// What a process without data checks before it joins (ETCD 2); gives its id.
    fn join(
        &self,
        action: &HostAction,
        breach: &mut Option<Breach>,
    ) -> Result<MemberId, HostError> {
        let entries = action.settings.initial_cluster.split(',').count();
        if entries != self.members.len() {
            return Err(refused("member count is unequal".to_owned()));
        }
        if !self.members.iter().any(|entry| self.answers(entry.id)) {
            return Err(refused("no cluster to join is found".to_owned()));
        }
        let place = Place::of(&action.place.peer_urls);
        let own = self.members.iter().find(|entry| entry.place == place);
        let own = own.ok_or_else(|| refused(format!("nobody is listed at {place}")))?;
        if own.name.is_some() {
            let text = format!("{} starts on an empty directory", own.id);
            *breach = Some(Law::NoEmptyStart.broken(text));
        }
        Ok(own.id)
    }

    fn move_data(&mut self, previous: u8, host: u8) -> Result<(), HostError> {
        let (from, to) = (self.data_on(previous), self.data_on(host));
        if previous == host || (from.is_none() && to.is_some()) {
            return Ok(());
        }
        if self.runs_on(previous) {
            return Err(refused(format!("etcd still runs on {previous}")));
        }
        let Some(id) = from else {
            return Err(refused(format!("there is no data on {previous}")));
        };
        if to.is_some_and(|other| other != id) {
            return Err(refused(format!("host {host} holds other data")));
        }
        self.machines.entry(host).or_default().data = Some(id);
        self.machines.entry(previous).or_default().data = None;
        Ok(())
    }

    fn wipe(&mut self, host: u8, breach: &mut Option<Breach>) -> Result<(), HostError> {
        if self.runs_on(host) {
            return Err(refused(format!("etcd still runs on {host}")));
        }
        let Some(machine) = self.machines.get_mut(&host) else {
            return Ok(());
        };
        let cleared = machine.data.take();
        if let Some(id) = cleared.filter(|id| self.entry(*id).is_some()) {
            *breach = Some(Law::NoWipe.broken(format!("the data of the member {id} was cleared")));
        }
        Ok(())
    }
}
