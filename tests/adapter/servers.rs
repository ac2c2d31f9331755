//! Real etcd processes on loopback, each cluster on a network of its own.

use std::fs::File;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use etcdplan::etcd::{EtcdCluster, KnownMember, Reach};
use etcdplan::member::MemberName;
use etcdplan::url::Urls;
use rustix::process::{Pid, Signal, kill_process};

/// An etcd program and its version.
#[derive(Clone, Debug)]
pub struct Program {
    pub path: PathBuf,
    pub version: String,
}

impl Program {
    /// The programs to test: the directories in `ETCDPLAN_TEST_ETCD`, or `target/etcd/*`.
    pub fn all() -> Vec<Self> {
        let listed = std::env::var("ETCDPLAN_TEST_ETCD").unwrap_or_default();
        let mut places: Vec<PathBuf> = std::env::split_paths(&listed)
            .filter(|dir| !dir.as_os_str().is_empty())
            .collect();
        if places.is_empty() {
            let unpacked = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/etcd");
            let entries = std::fs::read_dir(unpacked).into_iter().flatten().flatten();
            places = entries
                .flat_map(|entry| [entry.path(), entry.path().join("usr/bin")])
                .collect();
            places.sort();
        }
        let programs = places.iter().map(|dir| dir.join("etcd"));
        programs
            .filter(|path| path.is_file())
            .map(|path| {
                let output = Command::new(&path).arg("--version").output().unwrap();
                let text = String::from_utf8(output.stdout).unwrap();
                let version = text.lines().next().unwrap_or_default();
                let version = version.trim_start_matches("etcd Version: ").to_owned();
                Self { path, version }
            })
            .collect()
    }

    /// Whether it is older than this minor version of etcd 3.
    pub fn before(&self, minor: u16) -> bool {
        let mut numbers = self.version.split('.');
        numbers.nth(1).unwrap().parse::<u16>().unwrap() < minor
    }
}

/// A cluster of etcd processes that ends with the value.
pub struct Servers {
    program: Program,
    network: String,
    dir: tempfile::TempDir,
    members: Vec<Server>,
}

struct Server {
    name: String,
    process: Option<Child>,
}

static NETWORKS: AtomicU8 = AtomicU8::new(1);

impl Servers {
    /// Starts `count` voters, `m1` and so on, and waits until all of them serve.
    pub fn start(program: &Program, count: usize) -> Self {
        // Parallel runs of these tests have other process ids.
        let pid = std::process::id();
        let network = format!(
            "127.{}.{}",
            100 + pid % 100,
            NETWORKS.fetch_add(1, Ordering::Relaxed)
        );
        let mut servers = Self {
            program: program.clone(),
            network,
            dir: tempfile::tempdir().unwrap(),
            members: Vec::new(),
        };
        let names: Vec<String> = (1..=count).map(|i| format!("m{i}")).collect();
        let initial: Vec<String> = (1..=count)
            .map(|i| format!("m{i}={}", servers.peer_url(i)))
            .collect();
        for name in names {
            servers.members.push(Server {
                name,
                process: None,
            });
            servers.run(servers.members.len(), &initial.join(","), "new");
        }
        servers
    }

    /// Where clients reach member `i`, counted from 1.
    pub fn client_url(&self, i: usize) -> String {
        format!("http://{}.{i}:2379", self.network)
    }

    /// Where peers reach it.
    pub fn peer_url(&self, i: usize) -> String {
        format!("http://{}.{i}:2380", self.network)
    }

    /// Starts one more process, for a member that was added at `peer_url(count + 1)`.
    pub fn join(&mut self) -> usize {
        let i = self.members.len() + 1;
        let name = format!("m{i}");
        let initial: Vec<String> = (1..=i)
            .map(|i| format!("m{i}={}", self.peer_url(i)))
            .collect();
        self.members.push(Server {
            name,
            process: None,
        });
        self.run(i, &initial.join(","), "existing");
        i
    }

    fn run(&mut self, i: usize, initial: &str, state: &str) {
        let name = self.members[i - 1].name.clone();
        let log = File::create(self.dir.path().join(format!("{name}.log"))).unwrap();
        let (peer, client) = (self.peer_url(i), self.client_url(i));
        let process = Command::new(&self.program.path)
            .args(["--name", &name, "--data-dir"])
            .arg(self.dir.path().join(&name))
            .args(["--listen-peer-urls", &peer, "--listen-client-urls", &client])
            .args(["--initial-advertise-peer-urls", &peer])
            .args(["--advertise-client-urls", &client])
            .args([
                "--initial-cluster",
                initial,
                "--initial-cluster-state",
                state,
            ])
            .args(["--unsafe-no-fsync", "--quota-backend-bytes", "16777216"])
            .env("ETCD_UNSUPPORTED_ARCH", std::env::consts::ARCH)
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.members[i - 1].process = Some(process);
    }

    /// Ends member `i` without a word.
    pub fn kill(&mut self, i: usize) {
        if let Some(mut process) = self.members[i - 1].process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Stops its clock.
    pub fn freeze(&self, i: usize) {
        self.signal(i, Signal::STOP);
    }

    /// Lets it go on.
    pub fn thaw(&self, i: usize) {
        self.signal(i, Signal::CONT);
    }

    fn signal(&self, i: usize, signal: Signal) {
        let process = self.members[i - 1].process.as_ref().unwrap();
        let pid = Pid::from_raw(i32::try_from(process.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// All that a topology file would say.
    pub fn reach(&self) -> Reach {
        let members = (1..=self.members.len()).map(|i| KnownMember {
            name: MemberName::parse(&self.members[i - 1].name).unwrap(),
            peer_urls: Urls::observed(&[self.peer_url(i)]),
            client_urls: Urls::observed(&[self.client_url(i)]),
        });
        Reach {
            members: members.collect(),
            ..Reach::default()
        }
    }

    /// Reached through the endpoint of member `i` only.
    pub fn reach_through(&self, i: usize) -> Reach {
        Reach {
            endpoints: Urls::observed(&[self.client_url(i)]),
            ..Reach::default()
        }
    }

    /// The adapter, as for a topology file.
    pub fn cluster(&self) -> EtcdCluster {
        EtcdCluster::new(self.reach())
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for i in 1..=self.members.len() {
            self.kill(i);
        }
    }
}
