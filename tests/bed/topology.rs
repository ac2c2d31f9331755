//! The topology file of a test.

use std::fs;
use std::path::PathBuf;

use super::Outcome;
use super::cluster::{Cluster, DATA_DIR, ETCD_ENVIRONMENT};
use super::member::{Member, Role};

/// How etcdplan reaches processes in a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driver {
    Exec,
    /// `exec`, by way of `driver/watched`.
    Watched,
    /// `exec`, by way of `driver/hooked`.
    Hooked,
    Process,
}

/// What is written into a topology file besides the members.
#[derive(Clone, Debug)]
pub struct Topology {
    pub driver: Driver,
    /// Lines below `cluster:`.
    pub cluster: Vec<String>,
    /// `connect.endpoints`, needed where no wanted member is live.
    pub endpoints: Vec<String>,
    /// More lines below `connect:`.
    pub connect: Vec<String>,
    /// More of `host.env`.
    pub env: Vec<(&'static str, String)>,
    pub members: Vec<Member>,
}

impl Topology {
    /// A file that wants these members of a cluster of those.
    pub fn new(driver: Driver, live: &[Member], wanted: &[Member]) -> Self {
        let kept = |member: &Member| {
            wanted
                .iter()
                .any(|other| other.client_url() == member.client_url())
        };
        let endpoints = if live.iter().any(kept) {
            Vec::new()
        } else {
            live.iter().map(Member::client_url).collect()
        };
        Self {
            driver,
            cluster: Vec::new(),
            endpoints,
            connect: Vec::new(),
            env: Vec::new(),
            members: wanted.to_vec(),
        }
    }

    /// Writes it into the cluster's directory.
    pub fn write(&self, cluster: &Cluster, file: &str) -> Outcome<PathBuf> {
        let path = cluster.directory.join(file);
        fs::write(&path, self.text(cluster))?;
        Ok(path)
    }

    fn text(&self, cluster: &Cluster) -> String {
        let mut text = "apiVersion: etcdplan/v1\ncluster:\n  name: test\n".to_owned();
        for line in &self.cluster {
            text += &format!("  {line}\n");
        }
        if !self.endpoints.is_empty() || !self.connect.is_empty() {
            text += "connect:\n";
        }
        if !self.endpoints.is_empty() {
            text += &format!("  endpoints: {:?}\n", self.endpoints);
        }
        for line in &self.connect {
            text += &format!("  {line}\n");
        }
        text += &self.settings(cluster);
        text += "members:\n";
        for member in &self.members {
            text += &entry(member);
        }
        text
    }

    /// Driver, hosts, and policy.
    pub fn settings(&self, cluster: &Cluster) -> String {
        let mut text = String::new();
        match self.driver {
            Driver::Exec | Driver::Watched | Driver::Hooked => {
                text += "driver:\n  kind: exec\n  exec:\n";
                for action in [
                    "start", "stop", "restart", "moveData", "wipe", "check", "putAside", "restore",
                    "forceNew", "relay", "endRelay",
                ] {
                    let program = match self.driver {
                        Driver::Watched => format!("driver/watched, {action}"),
                        Driver::Hooked => format!("driver/hooked, {action}"),
                        Driver::Exec | Driver::Process => format!("driver/{action}"),
                    };
                    text += &format!("    {action}: [{program}]\n");
                }
                text += "    timeout: 1m\n";
            }
            Driver::Process => {
                let etcd = cluster.server.directory.join("etcd");
                text += &format!(
                    "driver:\n  kind: process\n  process: {{ etcd: {}, root: sandbox/members }}\n",
                    etcd.display()
                );
            }
        }
        text += "host:\n";
        if self.driver != Driver::Process {
            text += &format!("  dataDir: {DATA_DIR}\n");
        }
        text += "  env:\n";
        for (name, value) in ETCD_ENVIRONMENT {
            text += &format!("    {name}: \"{value}\"\n");
        }
        for (name, value) in &self.env {
            text += &format!("    {name}: \"{value}\"\n");
        }
        // What the tests want is not for etcdplan to judge.
        text += "policy:\n  allowEvenVoters: true\n  stepTimeout: 1m\n";
        text
    }
}

/// A member as an entry of the list.
pub fn entry(member: &Member) -> String {
    let mut text = format!(
        "  - name: {}\n    peerURLs: [\"{}\"]\n    clientURLs: [\"{}\"]\n",
        member.name,
        member.peer_url(),
        member.client_url()
    );
    if member.endpoint() != member.client_url() {
        text += &format!(
            "    host: {{ listenClientURLs: [\"{}\"] }}\n",
            member.endpoint()
        );
    }
    if member.role == Role::Learner {
        text += "    role: learner\n";
    }
    if let Some(data) = member.data {
        text += &format!("    data: {data}\n");
    }
    text
}
