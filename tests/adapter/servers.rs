//! Real etcd processes on loopback, each cluster on a network of its own.

#[path = "program.rs"]
mod program;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use etcdplan::apply::{Call, CallError, Cluster as _, Depth};
use etcdplan::etcd::{Access, EtcdCluster, KnownMember, Reach};
use etcdplan::member::{MemberId, MemberName};
use etcdplan::observation::{LiveMember, Observation};
use etcdplan::url::Urls;
use etcdplan::version::Version;
use rustix::process::{Pid, Signal, kill_process};

pub(crate) use program::Program;

/// A cluster of etcd processes that ends with the value.
pub(crate) struct Servers {
    program: Program,
    network: String,
    dir: tempfile::TempDir,
    members: Vec<Server>,
}

struct Server {
    name: String,
    process: Option<Child>,
}

impl Servers {
    /// Starts `count` voters, `m1` and so on, and waits until all of them serve.
    pub(crate) fn start(program: &Program, count: usize) -> Self {
        let network = free_network();
        let mut servers = Self {
            program: program.clone(),
            network,
            dir: tempfile::tempdir().unwrap(),
            members: Vec::new(),
        };
        for i in 1..=count {
            servers.members.push(Server {
                name: format!("m{i}"),
                process: None,
            });
            servers.run(i, count, "new");
        }
        servers
    }

    /// The program beside its etcd that works on backups.
    pub(crate) fn etcdutl(&self) -> PathBuf {
        let beside = |name| self.program.path.with_file_name(name);
        let names = ["etcdutl", "etcdctl"].map(beside);
        let found = names.into_iter().find(|path| path.is_file());
        found.expect("etcd comes with etcdutl, and before 3.5 with etcdctl")
    }

    /// The data directory of member `i`.
    pub(crate) fn data(&self, i: usize) -> PathBuf {
        self.dir.path().join(&self.members[i - 1].name)
    }

    /// Starts a cluster of one on a data directory that was restored from a backup.
    pub(crate) fn restored(program: &Program, backup: &Path) -> Self {
        Self::restored_with(program, backup, &[])
    }

    /// The same, with more flags for the restore.
    pub(crate) fn restored_with(program: &Program, backup: &Path, flags: &[&str]) -> Self {
        let mut servers = Self {
            program: program.clone(),
            network: free_network(),
            dir: tempfile::tempdir().unwrap(),
            members: vec![Server {
                name: "m1".to_owned(),
                process: None,
            }],
        };
        let peer = servers.peer_url(1);
        let restore = Command::new(servers.etcdutl())
            .env("ETCDCTL_API", "3")
            .args(["snapshot", "restore"])
            .arg(backup)
            .args(flags)
            .args(["--name", "m1", "--initial-cluster", &format!("m1={peer}")])
            .args(["--initial-advertise-peer-urls", &peer, "--data-dir"])
            .arg(servers.dir.path().join("m1"))
            .output()
            .unwrap();
        let said = [restore.stdout, restore.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(restore.status.success(), "{said}");
        servers.restart(1);
        servers
    }

    /// The version that runs.
    pub(crate) fn version(&self) -> Version {
        self.program.version.parse().unwrap()
    }

    /// The address of member `i`, counted from 1.
    pub(crate) fn address(&self, i: usize) -> String {
        format!("{}.{i}", self.network)
    }

    /// Where clients reach it.
    pub(crate) fn client_url(&self, i: usize) -> String {
        format!("http://{}:2379", self.address(i))
    }

    /// Where peers reach it.
    pub(crate) fn peer_url(&self, i: usize) -> String {
        format!("http://{}:2380", self.address(i))
    }

    /// Its peer URLs, as calls take them.
    pub(crate) fn peer_urls(&self, i: usize) -> Urls {
        Urls::observed(&[self.peer_url(i)])
    }

    /// Starts one more process, for a member that was added at `peer_url(count + 1)`.
    pub(crate) fn join(&mut self) -> usize {
        let i = self.members.len() + 1;
        self.members.push(Server {
            name: format!("m{i}"),
            process: None,
        });
        self.run(i, i, "existing");
        self.bootstrapped(i);
        i
    }

    /// Waits until a joiner knows the cluster, and starts it again where it gave up, as a unit manager
    /// does: it does where the first peer that it asks is late or lags.
    fn bootstrapped(&mut self, i: usize) {
        let started = Instant::now();
        let dir = self.dir.path().join(&self.members[i - 1].name);
        while !dir.join("member/wal").exists() {
            let log = std::fs::read_to_string(dir.with_extension("log")).unwrap();
            assert!(started.elapsed() < Duration::from_secs(40), "{log}");
            let process = self.members[i - 1].process.as_mut().unwrap();
            if process.try_wait().unwrap().is_some() {
                self.restart(i);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Starts member `i` again, on its data if it has any.
    pub(crate) fn restart(&mut self, i: usize) {
        self.run(i, self.members.len(), "existing");
    }

    /// Starts member `i`, told of the first `count`.
    fn run(&mut self, i: usize, count: usize, state: &str) {
        let initial: Vec<String> = (1..=count)
            .map(|i| format!("m{i}={}", self.peer_url(i)))
            .collect();
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
                &initial.join(","),
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
    pub(crate) fn kill(&mut self, i: usize) {
        if let Some(mut process) = self.members[i - 1].process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Stops its clock.
    pub(crate) fn freeze(&self, i: usize) {
        self.signal(i, Signal::STOP);
    }

    /// Lets it go on.
    pub(crate) fn thaw(&self, i: usize) {
        self.signal(i, Signal::CONT);
    }

    fn signal(&self, i: usize, signal: Signal) {
        let process = self.members[i - 1].process.as_ref().unwrap();
        let pid = Pid::from_raw(i32::try_from(process.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// All that a topology file would say.
    pub(crate) fn reach(&self) -> Reach {
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
    pub(crate) fn reach_through(&self, i: usize) -> Reach {
        Reach {
            endpoints: Urls::observed(&[self.client_url(i)]),
            ..Reach::default()
        }
    }

    /// The adapter, as for a topology file.
    pub(crate) fn cluster(&self) -> EtcdCluster {
        EtcdCluster::new(self.reach(), Access::default())
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for i in 1..=self.members.len() {
            self.kill(i);
        }
    }
}

/// A part of 127.0.0.0/8 that nobody uses: other runs of these tests have other process ids.
pub(crate) fn free_network() -> String {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let network = format!("127.{}.{number}", 64 + std::process::id() % 190);
        if std::net::TcpListener::bind(format!("{network}.1:2380")).is_ok() {
            return network;
        }
    }
}

/// Runs a test on a cluster of `count` members of every minor version.
pub(crate) fn with(count: usize, test: &impl AsyncFn(&mut Servers)) {
    for program in Program::newest() {
        println!("etcd {}", program.version);
        let mut servers = Servers::start(&program, count);
        run(test(&mut servers));
    }
}

/// Sends a call until etcd has judged it: it says "not yet" while a member is new, and raft drops
/// a change that comes before the last one is applied there, of which 3.4 and 3.5 tell the caller
/// nothing (etcd#14040).
pub(crate) async fn insist(
    cluster: &mut EtcdCluster,
    via: MemberId,
    call: &Call,
) -> Result<(), CallError> {
    let started = Instant::now();
    loop {
        let outcome = cluster.send(via, call).await;
        let unjudged = matches!(
            outcome,
            Err(CallError::NotYet { .. } | CallError::Unanswered { .. })
        );
        if !unjudged || started.elapsed().as_secs() > 25 {
            println!("{call:?} took {}", elapsed(started));
            return outcome;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Runs a future as the program does, on one thread.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(future)
}

/// Looks until something is seen.
pub(crate) async fn until(
    cluster: &mut EtcdCluster,
    expected: impl Fn(&Observation) -> bool,
) -> Observation {
    let started = Instant::now();
    loop {
        let seen = cluster.observe(Depth::Whole).await;
        match seen {
            Ok(seen) if expected(&seen) => return seen,
            other => assert!(started.elapsed() < Duration::from_secs(20), "{other:#?}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Looks until the log stands still: a new cluster writes its version and its members' names.
pub(crate) async fn settled(cluster: &mut EtcdCluster, voters: usize) -> Observation {
    let mut last = until(cluster, |o| o.standing().healthy == voters).await;
    loop {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let seen = until(cluster, |o| o.standing().healthy == voters).await;
        let status = |o: &Observation| o.leader_status().map(|s| s.raft_index);
        if status(&seen) == status(&last) {
            return seen;
        }
        last = seen;
    }
}

/// Which of the processes a member is, by the last part of its address.
pub(crate) fn index_of(member: &LiveMember) -> usize {
    let name = member.label();
    name.trim_start_matches('m').parse().unwrap()
}

/// Time since then, for people.
pub(crate) fn elapsed(started: Instant) -> String {
    format!("{} ms", started.elapsed().as_millis())
}

/// Writes that only tests make.
pub(crate) mod writing {
    use super::Servers;

    /// Announces that every member will run the minor version before.
    pub(crate) async fn enable_downgrade(servers: &Servers) {
        let client = etcd_client::Client::connect([servers.client_url(1)], None).await;
        let version = servers.version();
        let target = format!("{}.{}.0", version.major, version.minor - 1);
        let mut maintenance = client.unwrap().maintenance_client();
        let enable = etcd_client::DowngradeOptions::Enable(target);
        maintenance.downgrade(enable).await.unwrap();
    }

    /// Fills the database until etcd raises its alarm.
    pub(crate) async fn fill(servers: &Servers) {
        let mut client = etcd_client::Client::connect([servers.client_url(1)], None)
            .await
            .unwrap();
        let megabyte = vec![0; 1 << 20];
        for i in 0..64 {
            if client
                .put(format!("fill/{i}"), megabyte.clone(), None)
                .await
                .is_err()
            {
                return;
            }
        }
    }
}
