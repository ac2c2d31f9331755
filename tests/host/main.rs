//! The drivers on this machine: with programs of the tests in place of the operator's and of etcd.

#![cfg(test)]

mod exec;
mod manual;
mod process;
mod sandbox;
#[path = "../bed/script.rs"]
#[expect(unreachable_pub, reason = "shared with the bed")]
mod script;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use etcdplan::apply::host_action::{
    ClusterState, ExpectedData, HostAction, Membership, Place, Settings,
};
use etcdplan::apply::{HostError, HostOutcome, Hosts as _};
use etcdplan::host::Drivers;
use etcdplan::member::{MemberId, MemberName};
use etcdplan::topology::{self, HostActionKind, Topology};
use etcdplan::url::{Url, Urls};
use tempfile::TempDir;

/// A folder with a topology file's driver, and what it said.
struct Machine {
    folder: TempDir,
    topology: Topology,
    said: Vec<String>,
}

impl Machine {
    /// With this `driver:`.
    fn new(driver: &str) -> Self {
        let file = format!(
            "apiVersion: etcdplan/v1
cluster: {{ name: test }}
driver: {driver}
members:
  - {{ name: m1, peerURLs: [\"http://127.0.0.1:2380\"], clientURLs: [\"http://127.0.0.1:2379\"] }}
"
        );
        let loaded = topology::load("test.yaml", &file);
        Self {
            folder: tempfile::tempdir().unwrap(),
            topology: loaded.expect("a valid file").topology,
            said: Vec::new(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a program into the folder.
    fn program(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        script::write(&path, &format!("#!/bin/sh\n{text}\n")).unwrap();
    }

    fn perform(&mut self, action: &HostAction) -> Result<HostOutcome, HostError> {
        let folder = self.folder.path().to_owned();
        let said = &mut self.said;
        let mut drivers = Drivers::new(&self.topology, folder, |line: &str| {
            said.push(line.to_owned());
        });
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_all().build().unwrap();
        runtime.block_on(drivers.perform(action))
    }
}

fn urls(host: &str, port: u16) -> Urls {
    Urls::from_iter([Url::parse(&format!("http://{host}:{port}")).unwrap()])
}

fn place(host: &str) -> Place {
    Place {
        member: "infra3".to_owned(),
        host: host.to_owned(),
        peer_urls: urls(host, 2380),
        data_dir: None,
    }
}

/// An action for `infra3`, which moves from 10.0.4.13 to 10.0.4.14.
fn action(kind: HostActionKind) -> HostAction {
    HostAction {
        kind,
        step: "s3".to_owned(),
        plan_id: "9f2c41d000000000".to_owned(),
        cluster: "test".to_owned(),
        member: MemberName::parse("infra3").unwrap(),
        member_id: Some(MemberId::new(0x8e9e_05c5_2164_694d)),
        membership: Membership::Listed,
        rescue: None,
        place: place("10.0.4.14"),
        previous: place("10.0.4.13"),
        settings: Settings {
            initial_cluster: "infra3=http://10.0.4.14:2380".to_owned(),
            cluster_state: ClusterState::Existing,
            client_urls: urls("10.0.4.14", 2379),
            listen_peer_urls: urls("10.0.4.14", 2380),
            listen_client_urls: urls("10.0.4.14", 2379),
            wal_dir: None,
            env: BTreeMap::new(),
            version: None,
        },
        data: ExpectedData::Any,
        vars: BTreeMap::new(),
    }
}

fn lines(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}
