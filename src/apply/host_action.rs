//! What a driver is told: one action for one member on one host.
//!
//! The executor fills a [`HostAction`] from the plan and the live member list
//! at that moment; each driver performs it, the `exec` driver by handing
//! [`HostAction::environment`] to a program.

use std::collections::BTreeMap;

use crate::member::{ClusterId, MemberId, MemberName};
use crate::topology::HostActionKind;
use crate::url::Urls;
use crate::version::Version;

/// One action for one member.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HostAction {
    /// What to do.
    pub kind: HostActionKind,
    /// The step that asks for it: `s3`.
    pub step: String,
    /// The plan of the step.
    pub plan_id: String,
    /// The cluster's name in the file.
    pub cluster: String,
    /// The member.
    pub member: MemberName,
    /// Its id, once it has one.
    pub member_id: Option<MemberId>,
    /// Whether the cluster lists it: of what happens to any other, nothing would show.
    pub membership: Membership,
    /// Where it is to run; for `stop` and `wipe`, where the process or data is.
    pub place: Place,
    /// Where it ran until now; the same as `place` where nothing moves.
    pub previous: Place,
    /// What its process is to be started with.
    pub settings: Settings,
    /// Whether its data directory must be empty or must hold its data.
    pub data: ExpectedData,
    /// The operator's values: `ETCDPLAN_VAR_<NAME>`.
    pub vars: BTreeMap<String, String>,
    /// What a recovery needs beyond all that.
    pub rescue: Option<Rescue>,
}

/// What is done on a host while a cluster comes back from a lost quorum.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rescue {
    /// The cluster that was, if anybody knows.
    pub old_cluster: Option<ClusterId>,
    /// The cluster that will be.
    pub new_cluster: ClusterId,
    /// Its `--initial-cluster-token`.
    pub token: String,
    /// What the old data directory is called afterwards: its own name and this.
    pub aside: String,
    /// The backup that is restored, as a path where etcdplan runs; none: what was put aside there.
    pub backup: Option<String>,
    /// By how much revisions are raised, where etcd's program can.
    pub revision_bump: u64,
}

/// A place where a member runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// What the member is called there.
    pub member: String,
    /// How the driver reaches the machine.
    pub host: String,
    /// The peer URLs there.
    pub peer_urls: Urls,
    /// etcd's `--data-dir` there, if the file says.
    pub data_dir: Option<String>,
}

/// What an etcd process is started with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Settings {
    /// `--initial-cluster`: every member listed at that moment, and this one.
    pub initial_cluster: String,
    /// `--initial-cluster-state`.
    pub cluster_state: ClusterState,
    /// `--advertise-client-urls`.
    pub client_urls: Urls,
    /// `--listen-peer-urls`.
    pub listen_peer_urls: Urls,
    /// `--listen-client-urls`.
    pub listen_client_urls: Urls,
    /// `--wal-dir`, if the file says.
    pub wal_dir: Option<String>,
    /// More environment.
    pub env: BTreeMap<String, String>,
    /// The etcd that it must be, where the file says and another one runs, or none.
    pub version: Option<Version>,
}

/// Whether a member is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Membership {
    /// It is.
    Listed,
    /// It was.
    Removed,
}

/// Whether a process joins a cluster or begins one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ClusterState {
    /// It joins: the only state in which apply starts a process.
    #[default]
    Existing,
    /// It begins a cluster: a sandbox.
    New,
}

/// What must be in a member's data directory before its process starts.
///
/// A wiped directory must never restart under the same member id: it has
/// forgotten its votes (ETCD 2). No driver starts a present member on one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExpectedData {
    /// A member that joins: nothing of an earlier one.
    Empty,
    /// A member that was there: its own data.
    Present,
    /// The action starts nothing.
    Any,
}

impl ExpectedData {
    /// The word for it in `ETCDPLAN_DATA`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Present => "present",
            Self::Any => "any",
        }
    }
}

impl HostAction {
    /// The environment that a driver's program gets (DESIGN 8): lists are comma
    /// separated, and the `ETCD_*` part is ready for etcd.
    pub fn environment(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        let Self {
            kind,
            step,
            plan_id,
            cluster,
            member,
            member_id,
            membership: _,
            place,
            previous,
            settings,
            data,
            vars,
            rescue,
        } = self;
        let mut set = |name: &str, value: String| all.insert(name.to_owned(), value);
        set("ETCDPLAN_ACTION", kind.name().to_owned());
        set("ETCDPLAN_STEP", step.clone());
        set("ETCDPLAN_PLAN_ID", plan_id.clone());
        set("ETCDPLAN_CLUSTER", cluster.clone());
        set("ETCDPLAN_MEMBER", member.to_string());
        set(
            "ETCDPLAN_MEMBER_ID",
            member_id.map(|id| id.to_string()).unwrap_or_default(),
        );
        set("ETCDPLAN_HOST", place.host.clone());
        set("ETCDPLAN_PREVIOUS_HOST", previous.host.clone());
        set("ETCDPLAN_PEER_URLS", place.peer_urls.to_string());
        set(
            "ETCDPLAN_PREVIOUS_PEER_URLS",
            previous.peer_urls.to_string(),
        );
        set("ETCDPLAN_CLIENT_URLS", settings.client_urls.to_string());
        set(
            "ETCDPLAN_DATA_DIR",
            place.data_dir.clone().unwrap_or_default(),
        );
        set(
            "ETCDPLAN_PREVIOUS_DATA_DIR",
            previous.data_dir.clone().unwrap_or_default(),
        );
        set("ETCDPLAN_DATA", data.name().to_owned());
        if let Some(rescue) = rescue {
            let aside = |dir: &String| format!("{dir}{}", rescue.aside);
            let old_cluster = rescue.old_cluster.map(|id| id.to_string());
            set("ETCDPLAN_CLUSTER_ID", old_cluster.unwrap_or_default());
            set("ETCDPLAN_NEW_CLUSTER_ID", rescue.new_cluster.to_string());
            set(
                "ETCDPLAN_ASIDE_DIR",
                place.data_dir.as_ref().map(aside).unwrap_or_default(),
            );
            if let Some(dir) = &settings.wal_dir {
                set("ETCDPLAN_ASIDE_WAL_DIR", aside(dir));
            }
            set("ETCDPLAN_BACKUP", rescue.backup.clone().unwrap_or_default());
            set("ETCDPLAN_REVISION_BUMP", rescue.revision_bump.to_string());
            set("ETCD_INITIAL_CLUSTER_TOKEN", rescue.token.clone());
        }
        for (name, value) in vars {
            set(
                &format!("ETCDPLAN_VAR_{}", name.to_uppercase()),
                value.clone(),
            );
        }
        all.extend(self.etcd_environment());
        all
    }

    /// The part of the environment that etcd itself reads.
    pub fn etcd_environment(&self) -> BTreeMap<String, String> {
        let Settings {
            initial_cluster,
            cluster_state,
            client_urls,
            listen_peer_urls,
            listen_client_urls,
            wal_dir,
            env,
            version: _,
        } = &self.settings;
        let mut etcd = env.clone();
        let mut set = |name: &str, value: String| etcd.insert(name.to_owned(), value);
        set("ETCD_NAME", self.member.to_string());
        set("ETCD_INITIAL_CLUSTER", initial_cluster.clone());
        let state = match cluster_state {
            ClusterState::Existing => "existing",
            ClusterState::New => "new",
        };
        set("ETCD_INITIAL_CLUSTER_STATE", state.to_owned());
        set(
            "ETCD_INITIAL_ADVERTISE_PEER_URLS",
            self.place.peer_urls.to_string(),
        );
        set("ETCD_ADVERTISE_CLIENT_URLS", client_urls.to_string());
        set("ETCD_LISTEN_PEER_URLS", listen_peer_urls.to_string());
        set("ETCD_LISTEN_CLIENT_URLS", listen_client_urls.to_string());
        if let Some(dir) = &self.place.data_dir {
            set("ETCD_DATA_DIR", dir.clone());
        }
        if let Some(dir) = wal_dir {
            set("ETCD_WAL_DIR", dir.clone());
        }
        etcd
    }
}
