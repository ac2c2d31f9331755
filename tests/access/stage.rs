//! A cluster that lets clients in as its mode says, and who use it.

use std::fs;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::bed::Outcome;
use crate::bed::cluster::{Cluster, initial_cluster};
use crate::bed::member::{Member, Role};
use crate::bed::program::{Run, Running};
use crate::bed::topology::{Driver, Topology};
use crate::mode::{Mode, PASSWORD, ROOT, Users};
use crate::pki::{FOLDER, Pki};

/// How long anything that a test prepares may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The machines that a certificate is for. Whoever connects on loopback comes from the first.
const MACHINES: std::ops::RangeInclusive<u8> = 1..=9;
const COMES_FROM: &str = "127.0.0.1";

/// What etcd takes for the hash of a password, at the least: a login is asked for, not its price.
const BCRYPT_COST: &str = "4";

/// A cluster of three to begin with.
pub(crate) struct Stage<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) mode: Mode,
    /// What it consists of by now.
    pub(crate) members: Vec<Member>,
    /// More that every etcd gets.
    extra: Vec<(&'static str, String)>,
    pub(crate) has_users: bool,
}

impl<'a> Stage<'a> {
    /// Starts the cluster, and sets its users up.
    pub(crate) async fn set(
        cluster: &'a Cluster,
        mode: Mode,
        extra: Vec<(&'static str, String)>,
    ) -> Outcome<Self> {
        if mode.has_tls() {
            let pki = Pki::found(&cluster.directory)?;
            let hosts = MACHINES.map(|number| cluster.net.host(number));
            pki.sign_server(hosts.chain([COMES_FROM.to_owned()]).collect())?;
            let client = match mode.users {
                Users::ByCertificate => ROOT,
                Users::None | Users::ByPassword => "somebody",
            };
            pki.sign_client(client)?;
        }
        let mut stage = Self {
            cluster,
            mode,
            members: Vec::new(),
            extra,
            has_users: false,
        };
        stage.members = (1..=3).map(|number| stage.member(number)).collect();
        for member in &stage.members {
            stage.start(member, &stage.members, "new").await?;
        }
        stage.settle().await?;
        if mode.users != Users::None {
            stage.enable_users().await?;
        }
        stage.is_closed().await?;
        Ok(stage)
    }

    /// The voter of this number.
    pub(crate) fn member(&self, number: u8) -> Member {
        let schemes = (self.mode.schemes)(number);
        self.cluster.net.member(number).schemes(schemes)
    }

    async fn start(&self, member: &Member, all: &[Member], state: &str) -> Outcome<()> {
        let initial = initial_cluster(all.iter().map(|m| (m.name.clone(), m.peer_url())));
        let environment = self.environment();
        let mut given: Vec<(&str, &str)> = environment
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        given.push(("ETCD_INITIAL_CLUSTER", &initial));
        given.push(("ETCD_INITIAL_CLUSTER_STATE", state));
        self.cluster.drive("start", member, &given).await
    }

    /// Adds a learner for good.
    pub(crate) async fn add_learner(&mut self, number: u8) -> Outcome<()> {
        let learner = self.member(number).learner();
        let (name, url) = (&learner.name, format!("--peer-urls={}", learner.peer_url()));
        self.until("a learner is added", async || {
            let arguments = ["member", "add", name, "--learner", &url];
            self.etcdctl(&arguments).await.is_ok()
        })
        .await?;
        self.members.push(learner);
        let learner = self.member(number).learner();
        self.start(&learner, &self.members, "existing").await?;
        self.until("the learner has started", async || {
            let listed = self.etcdctl(&["member", "list"]).await;
            let started = format!("started, {}", learner.name);
            listed.is_ok_and(|told| told.contains(&started))
        })
        .await
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        let mut all = self.mode.environment(&self.cluster.directory);
        all.push(("ETCD_BCRYPT_COST", BCRYPT_COST.to_owned()));
        all.extend(self.extra.iter().cloned());
        all
    }

    async fn enable_users(&mut self) -> Outcome<()> {
        match self.mode.users {
            Users::None => return Ok(()),
            Users::ByCertificate => {
                self.etcdctl(&["user", "add", ROOT, "--no-password"])
                    .await?
            }
            Users::ByPassword => {
                let password = format!("{ROOT}:{PASSWORD}");
                self.etcdctl(&["user", "add", &password]).await?
            }
        };
        // It exists from the beginning, and for a user of this name only.
        self.etcdctl(&["user", "grant-role", ROOT, ROOT]).await?;
        self.etcdctl(&["auth", "enable"]).await?;
        self.has_users = true;
        Ok(())
    }

    /// Fails where somebody without credentials may write, and should not.
    pub(crate) async fn is_closed(&self) -> Outcome<()> {
        let mut command = self.bare_etcdctl();
        if self.mode.has_tls() {
            command.args(["--cacert", &format!("{FOLDER}/ca.crt")]);
        }
        if self.mode.client_certificates {
            // It knocks again until its time is up.
            command.args(["--command-timeout", "2s"]);
        }
        let wrote = command.args(["put", "key", "value"]).output().await?;
        let is_open = !self.mode.client_certificates && self.mode.users == Users::None;
        if wrote.status.success() == is_open {
            return Ok(());
        }
        Err("clients are not let in as the mode says".into())
    }

    /// Waits until every voter serves.
    pub(crate) async fn settle(&self) -> Outcome<()> {
        self.until("every voter serves", async || {
            let health = self.etcdctl(&["endpoint", "health"]).await;
            health.is_ok()
        })
        .await
    }

    /// Waits until something holds.
    pub(crate) async fn until(&self, what: &str, holds: impl AsyncFn() -> bool) -> Outcome<()> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if holds().await {
                return Ok(());
            }
            sleep(Duration::from_millis(200)).await;
        }
        Err(format!("not in {PATIENCE:?}: {what}").into())
    }

    /// The client URLs of all voters, as `--endpoints` takes them.
    pub(crate) fn endpoints(&self) -> String {
        let voters = self.members.iter().filter(|one| one.role == Role::Voter);
        let urls: Vec<String> = voters.map(Member::client_url).collect();
        urls.join(",")
    }

    /// The flags that stand for what the file says of the connection, but for the user.
    pub(crate) fn reached(&self) -> Vec<String> {
        let mut flags = vec!["--endpoints".to_owned(), self.endpoints()];
        for (flag, _, file) in self.mode.files() {
            flags.extend([flag.to_owned(), file]);
        }
        flags
    }

    /// The flags that stand for what the file says of the connection.
    pub(crate) fn flags(&self) -> Vec<String> {
        let mut flags = self.reached();
        if self.mode.users == Users::ByPassword {
            flags.extend(["--user".to_owned(), ROOT.to_owned()]);
        }
        flags
    }

    /// A file that wants these members, and says how they are reached.
    pub(crate) fn write(&self, wanted: &[Member], file: &str) -> Outcome<()> {
        self.wanting(wanted, self.mode.users)
            .write(self.cluster, file)?;
        Ok(())
    }

    /// The same, for somebody else.
    pub(crate) fn wanting(&self, wanted: &[Member], users: Users) -> Topology {
        let mut topology = Topology::new(Driver::Exec, &self.members, wanted);
        for (_, field, file) in self.mode.files() {
            topology.connect.push(format!("{field}: {file}"));
        }
        if users == Users::ByPassword {
            topology.connect.push(format!("user: {ROOT}"));
        }
        topology.env = self.environment();
        topology
    }

    /// Runs etcdplan as the one who may do everything.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Outcome<Run> {
        let environment: &[(&str, &str)] = match self.mode.users {
            Users::ByPassword => &[("ETCDPLAN_PASSWORD", PASSWORD)],
            Users::None | Users::ByCertificate => &[],
        };
        self.run_as(arguments, environment).await
    }

    /// Runs etcdplan with these variables.
    pub(crate) async fn run_as(
        &self,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Outcome<Run> {
        let running = Running::start_with(&self.cluster.directory, arguments, environment)?;
        running.ended().await
    }

    /// A file of the cluster's directory.
    pub(crate) fn read(&self, file: &str) -> Outcome<String> {
        Ok(fs::read_to_string(self.cluster.directory.join(file))?)
    }
}

/// An error that shows the whole run, unless it ended so.
pub(crate) fn expect(run: &Run, code: i32) -> Outcome<()> {
    if run.code == Some(code) {
        return Ok(());
    }
    Err(format!("this was to end with {code}:\n{}", run.told()).into())
}
