//! What is wanted: the topology file, once it has proved valid.
//!
//! Layer 1. [`load`] turns text into a [`Topology`] or into every [`Problem`]
//! of the text at once:
//!
//! ```text
//! text -> node -> structure (held against the schema) -> document -> validate -> Topology
//! ```
//!
//! A `Topology` in hand is valid: names and URLs are unique and well formed,
//! relative paths are as written, and each member's host has the file's
//! defaults filled in.

pub mod document;
mod finding;
mod lines;
mod load;
mod members;
mod mend;
mod node;
mod path;
mod problem;
mod structure;
mod unique;
mod validate;
mod value;
mod wording;

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::amount::{Size, Span};
use crate::member::{ClusterId, MemberId, MemberName, Role};
use crate::url::Urls;
use crate::version::Version;

pub use load::{Loaded, SIZE_LIMIT, load, read};
pub use problem::{Code, Label, Problem, Problems};

/// A valid topology file, normalised; the form in which a plan carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Topology {
    /// Which cluster, and which etcd it should run.
    pub cluster: ClusterSpec,
    /// How the cluster is reached.
    pub connect: Connect,
    /// How processes on hosts are reached.
    pub driver: Driver,
    /// Defaults for hosts; a removed member has nothing else.
    pub host: HostDefaults,
    /// The members, in the order of the file.
    pub members: Vec<MemberSpec>,
    /// The operator's choices.
    pub policy: Policy,
}

/// The cluster as the file names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClusterSpec {
    /// What people call it; etcd does not know this name.
    pub name: String,
    /// Refuse any other cluster.
    pub id: Option<ClusterId>,
    /// The etcd version that every member should run.
    pub version: Option<Version>,
}

/// How the cluster is reached. Secrets are references.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Connect {
    /// Client URLs to begin with; empty: the members' client URLs.
    pub endpoints: Urls,
    /// Authorities that sign the servers' certificates.
    pub ca_file: Option<String>,
    /// Our certificate.
    pub cert_file: Option<String>,
    /// Its key.
    pub key_file: Option<String>,
    /// The user to log in as.
    pub user: Option<String>,
    /// Where the password stands.
    pub password_file: Option<String>,
}

/// How processes on hosts are reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Driver {
    /// A person does it.
    #[default]
    Manual,
    /// A program of the operator's for each action.
    Exec(ExecDriver),
    /// etcd processes on this machine.
    Process(ProcessDriver),
}

/// The programs of the `exec` driver, each an argument list run without a shell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExecDriver {
    /// The configured actions; any other is done by hand.
    pub actions: BTreeMap<HostActionKind, Vec<String>>,
    /// How long an action may take.
    pub timeout: Span,
    /// How long `moveData` may take.
    pub move_data_timeout: Span,
}

/// Settings of the `process` driver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProcessDriver {
    /// The etcd program; a bare name is looked up on `PATH`.
    pub etcd: String,
    /// Where data, logs and pid files of the members are kept.
    pub root: String,
}

/// What a driver does on a host.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum HostActionKind {
    /// Start the member's process.
    Start,
    /// Stop it, and keep it from coming back.
    Stop,
    /// Stop and start it with the settings of the file.
    Restart,
    /// Bring the data directory to the member's new host.
    MoveData,
    /// Clear the data directory.
    Wipe,
    /// Look whether a process runs there and what lies in its data directory; changes nothing.
    Check,
    /// Give the data directory a name at which nothing starts it.
    PutAside,
    /// Make the data directory from a backup, or from one that was put aside.
    Restore,
    /// Make the member, where its data is, the only one of its cluster.
    ForceNew,
    /// Make the member's old peer address lead to its new one, for the other members.
    Relay,
    /// Let nothing lead there any more.
    EndRelay,
}

impl HostActionKind {
    /// Every action, in the order of the documentation.
    pub const ALL: [Self; 11] = [
        Self::Start,
        Self::Stop,
        Self::Restart,
        Self::MoveData,
        Self::Wipe,
        Self::Check,
        Self::PutAside,
        Self::Restore,
        Self::ForceNew,
        Self::Relay,
        Self::EndRelay,
    ];

    /// The name of the action, as in files and in `ETCDPLAN_ACTION`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
            Self::MoveData => "moveData",
            Self::Wipe => "wipe",
            Self::Check => "check",
            Self::PutAside => "putAside",
            Self::Restore => "restore",
            Self::ForceNew => "forceNew",
            Self::Relay => "relay",
            Self::EndRelay => "endRelay",
        }
    }
}

/// Defaults for every member's host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HostDefaults {
    /// etcd's `--data-dir`.
    pub data_dir: Option<String>,
    /// etcd's `--wal-dir`.
    pub wal_dir: Option<String>,
    /// More environment for etcd.
    pub env: BTreeMap<String, String>,
    /// Values for the driver's programs: `ETCDPLAN_VAR_<NAME>`.
    pub vars: BTreeMap<String, String>,
}

/// One wanted member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemberSpec {
    /// etcd's `--name`.
    pub name: MemberName,
    /// Where the other members reach it.
    #[serde(rename = "peerURLs")]
    pub peer_urls: Urls,
    /// Where clients reach it.
    #[serde(rename = "clientURLs")]
    pub client_urls: Urls,
    /// The failure domain.
    pub zone: Option<String>,
    /// Voter, or learner as a lasting state.
    pub role: Role,
    /// Pins the identity.
    pub id: Option<MemberId>,
    /// What happens to its data when its address changes.
    pub data: DataPolicy,
    /// Whether a plan that removes it is refused.
    pub protect: bool,
    /// Its machine, with the file's defaults filled in.
    pub host: Host,
    /// The line of the file where its entry begins; not part of the topology.
    #[serde(skip)]
    pub line: usize,
}

/// A member's machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Host {
    /// How the driver reaches the machine; default: the host of the first peer URL.
    pub address: String,
    /// etcd's `--data-dir`.
    pub data_dir: Option<String>,
    /// etcd's `--wal-dir`.
    pub wal_dir: Option<String>,
    /// etcd's `--listen-peer-urls`; default: the peer URLs where their host is an IP.
    #[serde(rename = "listenPeerURLs")]
    pub listen_peer_urls: Urls,
    /// etcd's `--listen-client-urls`; default: likewise.
    #[serde(rename = "listenClientURLs")]
    pub listen_client_urls: Urls,
    /// More environment for etcd.
    pub env: BTreeMap<String, String>,
    /// Values for the driver's programs.
    pub vars: BTreeMap<String, String>,
}

/// What happens to a member's data when its address changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum DataPolicy {
    /// Copied above `policy.copyDataAbove`, else sent again by the leader.
    #[default]
    Auto,
    /// The driver copies the data directory; the member keeps its id.
    Copy,
    /// The data is there already: a renumbered host, a re-attached disk.
    InPlace,
    /// A new member takes its place.
    Discard,
}

/// The operator's choices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// How many voters must be able to fail at every moment.
    pub min_can_lose: MinCanLose,
    /// `data: auto` copies above this database size.
    pub copy_data_above: Size,
    /// How many raft entries a learner may lag when it is promoted.
    pub max_learner_lag: u64,
    /// Whether a backup is taken first.
    pub backup: Backup,
    /// Where backups are kept.
    pub backup_dir: Option<String>,
    /// Whether the data directory of a removed member is cleared.
    pub wipe_removed: bool,
    /// What happens to a learner that does not start or catch up in time.
    pub on_failed_join: OnFailedJoin,
    /// Whether an even number of voters may be wanted.
    pub allow_even_voters: bool,
    /// Whether voters must be spread over zones.
    pub zone_spread: ZoneSpread,
    /// How long one step may take.
    pub step_timeout: Span,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            min_can_lose: MinCanLose::Auto,
            copy_data_above: Size(50 << 20),
            max_learner_lag: 1000,
            backup: Backup::None,
            backup_dir: None,
            wipe_removed: false,
            on_failed_join: OnFailedJoin::Keep,
            allow_even_voters: false,
            zone_spread: ZoneSpread::Warn,
            step_timeout: Span(Duration::from_secs(600)),
        }
    }
}

/// How many voters must be able to fail at every moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum MinCanLose {
    /// As many as the best order allows; a warning where that is none.
    #[default]
    Auto,
    /// A hard floor.
    #[serde(untagged)]
    Floor(u32),
}

/// Whether a backup is taken before the first step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Backup {
    /// No.
    #[default]
    None,
    /// Yes.
    BeforeApply,
}

/// What happens to a learner that does not start or catch up in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum OnFailedJoin {
    /// It stays, and running again goes on with it.
    #[default]
    Keep,
    /// It is taken out again.
    Remove,
}

/// Whether voters must be spread over zones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ZoneSpread {
    /// Not looked at.
    Off,
    /// A warning where the loss of one zone would lose quorum.
    #[default]
    Warn,
    /// An error there.
    Require,
}

impl Topology {
    /// The wanted member of this name; names are unique in a valid file.
    pub fn member(&self, name: &MemberName) -> Option<&MemberSpec> {
        self.members.iter().find(|member| member.name == *name)
    }
}
