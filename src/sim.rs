//! A cluster that exists only in memory, with its machines and its time.
//!
//! Layer 6. [`Sim`] implements every port that a run of a plan needs, so that
//! the executor performs whole plans in microseconds. It refuses what real
//! servers refuse, each version as it does (`rules`); one table of calls holds
//! it against them. Time passes only when somebody sleeps or looks.
//!
//! It is simpler than etcd: there is one member list, which everybody knows at
//! once; who answers is reached by everybody; elections take one second and
//! the lowest id wins.

mod look;
mod machines;
mod request;
mod rules;
mod world;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use crate::apply::host_action::HostAction;
use crate::apply::{
    Call, CallError, Clock, Cluster, Depth, HostError, HostOutcome, Hosts, ObserveError, answer,
};
use crate::member::{MemberId, MemberName, Role};
use crate::observation::{Condition, Disturbance, Health, LiveMember, Observation};
use crate::sim::world::{Entry, Process, World};
use crate::version::Version;

pub use request::{Answer, Request};

/// When the simulation begins: everybody has been connected for long.
const BEGIN: Duration = Duration::from_secs(3_600);

/// How long a look takes.
const LOOK: Duration = Duration::from_millis(5);

/// How long a joiner takes to catch up, unless told otherwise.
const CATCH_UP: Duration = Duration::from_millis(200);

/// A simulated cluster; its clones are the same cluster.
#[derive(Clone, Debug)]
pub struct Sim {
    world: Rc<RefCell<World>>,
}

impl Sim {
    /// The cluster that was observed: members that did not answer are dead if
    /// no peer saw them, else frozen.
    pub fn of(observation: &Observation, version: Version) -> Self {
        let mut world = World {
            now: BEGIN,
            version,
            installed: version,
            cluster_id: observation.cluster_id,
            members: BTreeMap::new(),
            removed: BTreeSet::new(),
            leader: observation.leader,
            leaderless_since: Duration::ZERO,
            term: 2,
            index: 10_000,
            processes: Vec::new(),
            data: BTreeMap::new(),
            renumbered: BTreeMap::new(),
            links: BTreeMap::new(),
            born: BTreeMap::new(),
            disturbances: observation.disturbances.clone(),
            max_learners: 1,
            catch_up: CATCH_UP,
            breaches: Vec::new(),
        };
        world.disturbances.remove(&Disturbance::NoQuorum);
        for live in &observation.members {
            world.found(live);
        }
        world.now = Duration::ZERO;
        world.settle();
        world.freeze_unknown(observation);
        world.leaderless_since = Duration::ZERO;
        world.now = BEGIN;
        world.settle();
        Self {
            world: Rc::new(RefCell::new(world)),
        }
    }

    /// Sends a call to a member, and says what etcd answers.
    pub fn request(&self, via: MemberId, request: &Request) -> Answer {
        self.world.borrow_mut().serve(via, request)
    }

    /// Looks at the cluster.
    pub fn look(&self) -> Result<Observation, ObserveError> {
        self.world.borrow_mut().advance(LOOK);
        self.world.borrow().look()
    }

    /// Lets time pass.
    pub fn pass(&self, span: Duration) {
        self.world.borrow_mut().advance(span);
    }

    /// Starts the process of a listed member where it is listed, on its data or without.
    pub fn start(&self, id: MemberId, name: &MemberName) {
        self.world.borrow_mut().launch(id, name);
    }

    /// Starts every member with `--max-learners`, where its version has it.
    pub fn allow_learners(&self, count: usize) {
        self.world.borrow_mut().max_learners = count;
    }

    /// Gives a machine another address: both are the same machine from now on.
    pub fn renumber(&self, from: &str, to: &str) {
        let mut world = self.world.borrow_mut();
        world.renumbered.insert(to.to_owned(), from.to_owned());
    }

    /// Puts another etcd on every machine: a process that starts from now on runs it.
    pub fn install(&self, version: Version) {
        self.world.borrow_mut().installed = version;
    }

    /// Ends a member's process without a word.
    pub fn kill(&self, id: MemberId) {
        let mut world = self.world.borrow_mut();
        world.processes.retain(|process| process.id != id);
        world.settle();
    }

    /// Freezes a member's process.
    pub fn freeze(&self, id: MemberId) {
        let mut world = self.world.borrow_mut();
        let now = world.now;
        let process = world.processes.iter_mut().find(|process| process.id == id);
        if let Some(process) = process {
            process.frozen_since = Some(now);
        }
        world.settle();
    }

    /// What must never be done to a cluster, and was.
    pub fn breaches(&self) -> Vec<String> {
        self.world.borrow().breaches.clone()
    }

    /// The members whose processes run, listed or not, in the order of their ids.
    pub fn running(&self) -> Vec<MemberId> {
        let world = self.world.borrow();
        let mut ids: Vec<_> = world.processes.iter().map(|process| process.id).collect();
        ids.sort();
        ids
    }
}

impl World {
    fn found(&mut self, live: &LiveMember) {
        let entry = Entry {
            name: live.name.clone(),
            peer_urls: live.peer_urls.clone(),
            client_urls: live.client_urls.clone(),
            role: live.role,
            votes: live.role == Role::Voter,
        };
        self.members.insert(live.id, entry);
        let Some(name) = &live.name else { return };
        let home = self.home(name.as_str(), &live.peer_urls);
        self.data.insert(home.clone(), live.id);
        if live.health() == Health::Dead {
            return;
        }
        self.processes.push(Process {
            home,
            id: live.id,
            name: name.clone(),
            version: self.version,
            listens: live.peer_urls.clone(),
            client_urls: live.client_urls.clone(),
            started: Duration::ZERO,
            in_sync_from: Duration::ZERO,
            frozen_since: None,
            ends: None,
        });
    }

    fn freeze_unknown(&mut self, observation: &Observation) {
        for process in &mut self.processes {
            let live = observation.member(process.id);
            if live.is_some_and(|live| {
                matches!(
                    live.condition,
                    Condition::Barred { .. } | Condition::Silent { .. }
                )
            }) {
                process.frozen_since = Some(Duration::ZERO);
            }
        }
    }
}

impl Cluster for Sim {
    async fn observe(&mut self, _depth: Depth) -> Result<Observation, ObserveError> {
        self.look()
    }

    async fn send(&mut self, via: MemberId, call: &Call) -> Result<(), CallError> {
        match self.request(via, &Request::from(call)) {
            Answer::Done => Ok(()),
            Answer::Refused(words) => Err(answer::judge(words.to_owned())),
            Answer::Silence => Err(answer::judge("no answer within 5s".to_owned())),
        }
    }
}

impl Hosts for Sim {
    async fn perform(&mut self, action: &HostAction) -> Result<HostOutcome, HostError> {
        self.world.borrow_mut().perform(action)?;
        Ok(HostOutcome::Performed)
    }
}

impl Clock for Sim {
    fn now(&self) -> Duration {
        self.world.borrow().now
    }

    async fn sleep(&self, span: Duration) {
        self.pass(span);
    }
}
