//! The topology file as it is written.
//!
//! These types are the one description of the format: `schemas/topology.v1.json`
//! is generated from them, a text is held against that schema before it is read
//! into them, and so neither can know a field that the other does not. Names of
//! fields are those that etcd prints.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// Which members an etcd cluster should have.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "etcdplan topology")]
pub struct Document {
    /// The version of this format: `etcdplan/v1`.
    pub api_version: String,
    /// Which cluster, and which etcd it should run.
    pub cluster: Cluster,
    /// How the cluster is reached; default: the members' clientURLs, no TLS.
    pub connect: Option<Connect>,
    /// How processes on hosts are reached.
    pub driver: Option<Driver>,
    /// Defaults for every member's host; a member's own entries win.
    pub host: Option<HostDefaults>,
    /// The members.
    pub members: Vec<Member>,
    /// The operator's choices.
    pub policy: Option<Policy>,
}

/// Which cluster, and which etcd it should run.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cluster {
    /// What people call it; etcd does not know this name.
    pub name: String,
    /// Refuse any other cluster: 16 hex digits.
    pub id: Option<String>,
    /// The etcd version that every member should run, in quotes.
    pub version: Option<String>,
}

/// How the cluster is reached. Secrets are references, never values.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Connect {
    /// Client URLs to begin with.
    pub endpoints: Option<Vec<String>>,
    /// Authorities that sign the servers' certificates; relative to this file.
    pub ca_file: Option<String>,
    /// Our certificate.
    pub cert_file: Option<String>,
    /// Its key.
    pub key_file: Option<String>,
    /// The user to log in as; the password comes by `ETCDPLAN_PASSWORD` or `passwordFile`.
    pub user: Option<String>,
    /// The file that holds the password.
    pub password_file: Option<String>,
}

/// How processes on hosts are reached.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Driver {
    /// Which driver.
    pub kind: DriverKind,
    /// Settings of `exec`.
    pub exec: Option<Exec>,
    /// Settings of `process`.
    pub process: Option<Process>,
}

/// Which driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum DriverKind {
    /// A person does it.
    Manual,
    /// A program of yours for each action.
    Exec,
    /// etcd processes on this machine.
    Process,
    /// systemd units over OpenSSH.
    Ssh,
}

/// A program for each action: an argument list, run without a shell. An action
/// that is not configured is done by hand.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Exec {
    /// Starts a member's process.
    pub start: Option<Vec<String>>,
    /// Stops it, and keeps it from coming back.
    pub stop: Option<Vec<String>>,
    /// Restarts it with the settings of the file.
    pub restart: Option<Vec<String>>,
    /// Brings its data directory to its new host.
    pub move_data: Option<Vec<String>>,
    /// Clears its data directory.
    pub wipe: Option<Vec<String>>,
    /// Prints what is there, for a recovery: whether a process runs, and whose data it is.
    pub check: Option<Vec<String>>,
    /// Gives its data directory the name `ETCDPLAN_ASIDE_DIR`.
    pub put_aside: Option<Vec<String>>,
    /// Makes its data directory from `ETCDPLAN_BACKUP`, or from `ETCDPLAN_ASIDE_DIR`.
    pub restore: Option<Vec<String>>,
    /// Starts it once with `--force-new-cluster` where its data is, and ends it.
    pub force_new: Option<Vec<String>>,
    /// Makes its old peer address lead to its new one, for a recovery.
    pub relay: Option<Vec<String>>,
    /// Lets nothing lead there any more.
    pub end_relay: Option<Vec<String>>,
    /// How long an action may take; default 2m.
    pub timeout: Option<String>,
    /// How long `moveData` and `restore` may take; default 1h.
    pub move_data_timeout: Option<String>,
}

/// etcd processes on this machine.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Process {
    /// The etcd program; default: `etcd` on PATH.
    pub etcd: Option<String>,
    /// Where data, logs, and pid files are kept; default: `.etcdplan` beside this file.
    pub root: Option<String>,
}

/// Defaults for every member's host.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HostDefaults {
    /// etcd's --data-dir.
    pub data_dir: Option<String>,
    /// etcd's --wal-dir.
    pub wal_dir: Option<String>,
    /// More environment for etcd.
    pub env: Option<BTreeMap<String, String>>,
    /// Values for the driver's programs: `ETCDPLAN_VAR_<NAME>`.
    pub vars: Option<BTreeMap<String, String>>,
}

/// A member.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Member {
    /// etcd's --name.
    pub name: String,
    /// Where the other members reach it.
    #[serde(rename = "peerURLs")]
    pub peer_urls: Vec<String>,
    /// Where clients reach it.
    #[serde(rename = "clientURLs")]
    pub client_urls: Vec<String>,
    /// The failure domain.
    pub zone: Option<String>,
    /// Voter, or learner as a lasting state.
    pub role: Option<Role>,
    /// Pins the identity: 16 hex digits.
    pub id: Option<String>,
    /// What happens to its data when its address changes.
    pub data: Option<Data>,
    /// Any plan that removes it is refused.
    pub protect: Option<bool>,
    /// Its machine.
    pub host: Option<Host>,
}

/// Whether a member votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Counts towards quorum.
    Voter,
    /// Receives the log and does not vote.
    Learner,
}

/// What happens to a member's data when its address changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Data {
    /// Copied above policy.copyDataAbove, else sent anew.
    Auto,
    /// The driver copies it; the member keeps its id.
    Copy,
    /// It is there already: a renumbered host, a re-attached disk.
    InPlace,
    /// A new member takes its place.
    Discard,
}

/// A member's machine.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Host {
    /// How the driver reaches it; default: the host of the first peer URL.
    pub address: Option<String>,
    /// etcd's --data-dir.
    pub data_dir: Option<String>,
    /// etcd's --wal-dir.
    pub wal_dir: Option<String>,
    /// etcd's --listen-peer-urls; default: the peer URLs where their host is an IP.
    #[serde(rename = "listenPeerURLs")]
    pub listen_peer_urls: Option<Vec<String>>,
    /// etcd's --listen-client-urls; default: the client URLs where their host is an IP.
    #[serde(rename = "listenClientURLs")]
    pub listen_client_urls: Option<Vec<String>>,
    /// More environment for etcd.
    pub env: Option<BTreeMap<String, String>>,
    /// Values for the driver's programs: `ETCDPLAN_VAR_<NAME>`.
    pub vars: Option<BTreeMap<String, String>>,
}

/// The operator's choices.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Policy {
    /// How many voters must be able to fail at every moment: `auto`, or a number as a hard floor.
    pub min_can_lose: Option<MinCanLose>,
    /// `data: auto` copies the data directory above this database size; default 50MiB.
    pub copy_data_above: Option<String>,
    /// How many raft entries a learner may lag when it is promoted; default 1000.
    pub max_learner_lag: Option<u64>,
    /// Whether a backup is taken before the first step.
    pub backup: Option<Backup>,
    /// Where backups are kept.
    pub backup_dir: Option<String>,
    /// Clear the data directory of a removed member.
    pub wipe_removed: Option<bool>,
    /// What happens to a learner that does not start or catch up in time.
    pub on_failed_join: Option<OnFailedJoin>,
    /// Allow an even number of voters as the wanted end state.
    pub allow_even_voters: Option<bool>,
    /// Whether voters must be spread over zones.
    pub zone_spread: Option<ZoneSpread>,
    /// How long one step may take; default 10m.
    pub step_timeout: Option<String>,
}

/// How many voters must be able to fail at every moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum MinCanLose {
    /// A hard floor.
    Floor(u32),
    /// The word `auto`.
    Word(Auto),
}

/// The word `auto`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Auto {
    /// Take the order whose lowest can-lose is highest.
    Auto,
}

/// Whether a backup is taken before the first step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Backup {
    /// No.
    None,
    /// Yes.
    BeforeApply,
}

/// What happens to a learner that does not start or catch up in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum OnFailedJoin {
    /// It stays, and running again goes on with it.
    Keep,
    /// It is taken out again.
    Remove,
}

/// Whether voters must be spread over zones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ZoneSpread {
    /// Not looked at.
    Off,
    /// A warning where the loss of one zone would lose quorum.
    Warn,
    /// An error there.
    Require,
}

/// The JSON Schema of the format.
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(Document)
}
