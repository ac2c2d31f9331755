//! A cluster and its machines, as far as apply sees them, with a time of their own.
//!
//! The state is an observation that calls and host actions change; a look
//! shows it with what follows from it: who leads, and whether there is quorum.

use std::collections::BTreeMap;
use std::time::Duration;

use etcdplan::apply::host_action::{ExpectedData, HostAction};
use etcdplan::apply::{Call, ObserveError};
use etcdplan::member::{MemberId, MemberName, Role};
use etcdplan::observation::{
    Condition, Disturbance, Health, LiveMember, Observation, Status, Witness,
};
use etcdplan::topology::HostActionKind;
use etcdplan::url::Urls;

/// When the processes of a new world started, in milliseconds since 1970.
const BEGAN: u64 = 1_700_000_000_000;

/// What happens on one machine.
#[derive(Clone, Debug, Default)]
struct Machine {
    /// The member whose data is there.
    data: Option<MemberId>,
    running: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) state: Observation,
    pub(crate) now: Duration,
    machines: BTreeMap<String, Machine>,
    /// The id of the member that was added last.
    pub(crate) last_id: u64,
    /// How many more looks see no member at all.
    pub(crate) unseen: usize,
    /// A member that looks cannot tell from a dead one, and for how many.
    pub(crate) flaky: Option<(MemberId, usize)>,
    /// How many more looks fall into an election.
    pub(crate) electing: usize,
    /// Whether metrics are to be seen: start times, and what members say of each other.
    pub(crate) metrics: bool,
    /// How many raft entries learners are behind, and whether each look halves it.
    pub(crate) lag: (u64, bool),
}

impl World {
    pub(crate) fn new(state: Observation) -> Self {
        let machine = |live: &LiveMember| {
            let machine = Machine {
                data: live.name.is_some().then_some(live.id),
                running: live.status().is_some(),
            };
            (host(&live.peer_urls), machine)
        };
        Self {
            machines: state.members.iter().map(machine).collect(),
            state,
            now: Duration::ZERO,
            last_id: 100,
            unseen: 0,
            flaky: None,
            electing: 0,
            metrics: true,
            lag: (0, true),
        }
    }

    /// What people call a listed member here: its name, or its host.
    pub(crate) fn label(&self, id: MemberId) -> String {
        self.state.member(id).map_or_else(
            || id.to_string(),
            |live| {
                live.name
                    .as_ref()
                    .map_or_else(|| named_by_host(&live.peer_urls), ToString::to_string)
            },
        )
    }

    /// The listed member that stories call so.
    pub(crate) fn id(&self, label: &str) -> MemberId {
        let ids = self.state.members.iter().map(|live| live.id);
        ids.into_iter()
            .find(|id| self.label(*id) == label)
            .unwrap_or_else(|| panic!("no member {label}"))
    }

    pub(crate) fn call_label(&self, call: &Call) -> String {
        match call {
            Call::AddLearner { peer_urls } => format!("addLearner {}", named_by_host(peer_urls)),
            Call::Promote { id } => format!("promote {}", self.label(*id)),
            Call::UpdatePeerUrls { id, .. } => format!("updatePeerURLs {}", self.label(*id)),
            Call::Remove { id } => format!("remove {}", self.label(*id)),
            Call::MoveLeader { to } => format!("moveLeader {}", self.label(*to)),
        }
    }

    pub(crate) fn look(&mut self) -> Result<Observation, ObserveError> {
        self.now += Duration::from_millis(5);
        let up = |live: &&mut LiveMember| live.status().is_some();
        let silent = || ObserveError::NoAnswer { tried: Vec::new() };
        if self.unseen > 0 {
            self.unseen -= 1;
            return Err(silent());
        }
        if self.state.members.iter_mut().filter(up).count() == 0 {
            return Err(silent());
        }
        self.settle();
        if self.lag.1 {
            self.lag.0 /= 2;
        }
        let mut seen = self.state.clone();
        for live in &mut seen.members {
            if let Condition::Running(status) = &mut live.condition {
                status.started_at = status.started_at.filter(|_| self.metrics);
                let behind = match live.role {
                    Role::Voter => 0,
                    Role::Learner => self.lag.0,
                };
                status.raft_index = 1_000_000;
                status.applied_index = status.raft_index - behind;
            }
            if !self.metrics {
                live.seen_by_leader = Witness::Unknown;
            }
        }
        if self.electing > 0 {
            self.electing -= 1;
            hold_election(&mut seen);
        }
        if let Some((id, left)) = self.flaky.take_if(|(_, left)| *left > 0) {
            let member = seen.members.iter_mut().find(|live| live.id == id);
            if let Some(live) = member {
                let reason = "timed out".to_owned();
                live.condition = Condition::Silent { reason };
            }
            self.flaky = Some((id, left - 1));
        }
        Ok(seen)
    }

    fn has_quorum(&self) -> bool {
        let voters = || {
            self.state
                .members
                .iter()
                .filter(|live| live.role == Role::Voter)
        };
        let up = voters().filter(|live| live.status().is_some()).count();
        up > voters().count() / 2
    }

    /// What follows from who runs: the leader, and what members say.
    fn settle(&mut self) {
        let quorum = self.has_quorum();
        let leads = |live: &LiveMember| live.role == Role::Voter && live.status().is_some();
        let leader = self.state.leader.and_then(|id| self.state.member(id));
        if !quorum || !leader.is_some_and(leads) {
            let next = self.state.members.iter().find(|live| leads(live));
            self.state.leader = next.filter(|_| quorum).map(|live| live.id);
        }
        self.state.disturbances.clear();
        if !quorum {
            self.state.disturbances.insert(Disturbance::NoQuorum);
        }
        let leader = self.state.leader;
        for live in &mut self.state.members {
            let running = matches!(live.condition, Condition::Running(_));
            live.seen_by_leader = leader.map_or(Witness::Unknown, |_| Witness::from(running));
            live.peer_port = Witness::from(running);
            if let Condition::Running(status) = &mut live.condition {
                status.leader = leader;
                status.linearizable = match live.role {
                    Role::Voter => Witness::from(quorum),
                    Role::Learner => Witness::Unknown,
                };
            }
        }
    }

    /// Carries out a call, or says in etcd's words why not.
    pub(crate) fn carry_out(&mut self, call: &Call) -> Result<(), String> {
        assert!(self.has_quorum(), "a call without quorum hangs: {call:?}");
        let error = |words: &str| Err(format!("etcdserver: {words}"));
        match call {
            Call::AddLearner { peer_urls } => {
                let taken = |live: &LiveMember| live.peer_urls.shares_any(peer_urls);
                if self.state.members.iter().any(taken) {
                    return error("Peer URLs already exists");
                }
                self.add(peer_urls.clone(), Role::Learner);
            }
            Call::Promote { id } => match self.member(*id) {
                None => return error("member not found"),
                Some(live) if live.role == Role::Voter => {
                    return error("can only promote a learner member");
                }
                Some(live) => live.role = Role::Voter,
            },
            Call::UpdatePeerUrls { id, peer_urls } => match self.member(*id) {
                None => return error("member not found"),
                Some(live) => live.peer_urls = peer_urls.clone(),
            },
            Call::Remove { id } => {
                if self.state.member(*id).is_none() {
                    return error("member not found");
                }
                assert_ne!(self.state.leader, Some(*id), "a leader was removed");
                self.state.members.retain(|live| live.id != *id);
            }
            Call::MoveLeader { to } => self.state.leader = Some(*to),
        }
        Ok(())
    }

    pub(crate) fn add(&mut self, peer_urls: Urls, role: Role) {
        self.last_id += 1;
        self.state.members.push(LiveMember {
            id: MemberId::new(self.last_id),
            name: None,
            peer_urls,
            client_urls: Urls::default(),
            role,
            condition: Condition::Unstarted,
            seen_by_leader: Witness::No,
            seen_by_peers: Witness::Unknown,
            peer_port: Witness::No,
        });
        self.state.members.sort_by_key(|live| live.id);
    }

    pub(crate) fn member(&mut self, id: MemberId) -> Option<&mut LiveMember> {
        self.state.members.iter_mut().find(|live| live.id == id)
    }

    /// Ends a process, as a crash does.
    pub(crate) fn kill(&mut self, id: MemberId) {
        let host = self.state.member(id).map(|live| host(&live.peer_urls));
        if let Some(machine) = host.and_then(|host| self.machines.get_mut(&host)) {
            machine.running = false;
        }
        self.silence(id);
    }

    /// A restart policy brings a process back, where its data is or was.
    pub(crate) fn revive(&mut self, id: MemberId) {
        let base = self.state.members.iter().find(|live| live.id != id);
        let status = base.and_then(|live| live.status()).unwrap().clone();
        let live = self.member(id).unwrap();
        live.condition = Condition::Running(Status {
            endpoint: live.client_urls.to_string(),
            ..status
        });
    }

    fn silence(&mut self, id: MemberId) {
        if let Some(live) = self.member(id) {
            let reason = "connection refused".to_owned();
            live.condition = Condition::Silent { reason };
        }
    }

    /// Performs an action on a machine, as a careful driver does.
    pub(crate) fn perform(&mut self, action: &HostAction) -> Result<(), String> {
        let place = action.place.host.clone();
        let machine = self.machines.entry(place.clone()).or_default();
        match action.kind {
            HostActionKind::Stop => {
                machine.running = false;
                if let Some(id) = action.member_id {
                    assert_ne!(self.led_with_others(), Some(id), "a leader was stopped");
                    self.silence(id);
                }
            }
            HostActionKind::Start if machine.running => {}
            HostActionKind::Start | HostActionKind::Restart => self.start(action)?,
            HostActionKind::MoveData => {
                let previous = self
                    .machines
                    .entry(action.previous.host.clone())
                    .or_default();
                assert!(!previous.running, "data of a running process was copied");
                let data = previous.data.take();
                let machine = self.machines.entry(place).or_default();
                machine.data = data.or(machine.data);
            }
            HostActionKind::Wipe => {
                assert!(!machine.running, "data of a running process was cleared");
                machine.data = None;
            }
            HostActionKind::Check
            | HostActionKind::PutAside
            | HostActionKind::Restore
            | HostActionKind::ForceNew
            | HostActionKind::Relay
            | HostActionKind::EndRelay => {
                panic!("nothing is recovered here");
            }
        }
        Ok(())
    }

    /// The leader, where another member could lead.
    fn led_with_others(&self) -> Option<MemberId> {
        let able =
            |live: &&LiveMember| live.role == Role::Voter && live.health() == Health::Healthy;
        let others = self.state.members.iter().filter(able).count() > 1;
        self.state.leader.filter(|_| others)
    }

    fn start(&mut self, action: &HostAction) -> Result<(), String> {
        let id = action.member_id.expect("a started member is listed");
        assert!(
            self.state.member(id).is_some(),
            "a started member is listed"
        );
        if action.kind == HostActionKind::Restart {
            assert_ne!(self.led_with_others(), Some(id), "a leader was restarted");
            // A host that was renumbered has its data with it.
            let previous = self.machines.remove(&action.previous.host);
            if let Some(previous) = previous {
                self.machines.insert(action.place.host.clone(), previous);
            }
        }
        let machine = self.machines.entry(action.place.host.clone()).or_default();
        match (action.data, machine.data) {
            (ExpectedData::Present, Some(owner)) if owner == id => {}
            (ExpectedData::Empty, None) => {}
            // Started before, and gone before it could publish its name.
            (ExpectedData::Empty, Some(owner)) if owner == id => {}
            (expected, found) => return Err(format!("expects {expected:?}, finds {found:?}")),
        }
        machine.data = Some(id);
        machine.running = true;
        let started = BEGAN + 60_000 + u64::try_from(self.now.as_millis()).unwrap();
        let version = self.state.cluster_version.unwrap();
        let live = self.member(id).unwrap();
        live.name = Some(MemberName::parse(action.member.as_str()).unwrap());
        live.client_urls = action.settings.client_urls.clone();
        live.condition = Condition::Running(Status {
            endpoint: live.client_urls.to_string(),
            version,
            leader: None,
            linearizable: Witness::Unknown,
            term: 2,
            raft_index: 100,
            applied_index: 100,
            db_size: etcdplan::amount::Size(20 << 10),
            started_at: Some(started),
        });
        Ok(())
    }

    /// The machines on which a process runs.
    pub(crate) fn running(&self) -> Vec<&str> {
        let running = self.machines.iter().filter(|(_, machine)| machine.running);
        running.map(|(host, _)| host.as_str()).collect()
    }

    /// The machines on which a process of a listed member should run.
    pub(crate) fn listed(&self) -> Vec<String> {
        let mut hosts: Vec<_> = self
            .state
            .members
            .iter()
            .map(|live| host(&live.peer_urls))
            .collect();
        hosts.sort();
        hosts
    }
}

/// Everybody answers, and nobody leads yet.
fn hold_election(seen: &mut Observation) {
    seen.leader = None;
    seen.disturbances.insert(Disturbance::NoQuorum);
    for live in &mut seen.members {
        live.seen_by_leader = Witness::Unknown;
        if let Condition::Running(status) = &mut live.condition {
            status.leader = None;
            status.linearizable = Witness::No;
        }
    }
}

fn host(urls: &Urls) -> String {
    urls.first().unwrap().host().to_owned()
}

fn named_by_host(urls: &Urls) -> String {
    format!("m{}", host(urls).rsplit('.').next().unwrap())
}
