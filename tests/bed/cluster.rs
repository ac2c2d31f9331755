//! A real cluster, started by the same programs that the `exec` driver runs.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use etcd_client::{Client, MemberAddOptions};
use tokio::process::Command;
use tokio::time::sleep;

use super::member::{Member, Net, Role};
use super::server::Server;
use super::{Outcome, client, processes};

/// How long anything that a test prepares may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A cluster in a directory and a network of its own.
#[derive(Debug)]
pub struct Cluster {
    pub directory: PathBuf,
    pub net: Net,
    pub server: Server,
}

/// A member as the cluster lists it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    pub name: String,
    pub peer_urls: Vec<String>,
    pub client_urls: Vec<String>,
    pub learner: bool,
    pub id: u64,
}

/// Who leads, and in which term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leadership {
    pub leader: u64,
    pub term: u64,
}

impl Cluster {
    /// Lays out the directory: the server's programs as `bin`, the driver's as `driver`.
    pub fn lay_out(directory: PathBuf, net: Net, server: Server) -> Outcome<Self> {
        symlink(&server.directory, directory.join("bin"))?;
        let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bed/driver");
        symlink(driver, directory.join("driver"))?;
        Ok(Self {
            directory,
            net,
            server,
        })
    }

    /// Starts a new cluster of these members and waits until it works.
    pub async fn bootstrap(&self, members: &[Member]) -> Outcome<()> {
        let initial = initial_cluster(members.iter().map(|m| (m.name.clone(), m.peer_url())));
        for member in members {
            self.drive(
                "start",
                member,
                &[
                    ("ETCD_INITIAL_CLUSTER", &initial),
                    ("ETCD_INITIAL_CLUSTER_STATE", "new"),
                ],
            )
            .await?;
        }
        self.settle(members).await
    }

    /// Registers a learner, and does not start it.
    pub async fn register(&self, via: &Member, learner: &Member) -> Outcome<()> {
        let mut voter = client::to(&via.endpoint()).await?;
        let begun = Instant::now();
        loop {
            let options = MemberAddOptions::new().with_is_learner();
            match voter.member_add([learner.peer_url()], Some(options)).await {
                Ok(_) => return Ok(()),
                // etcd's rule: all voters connected for 5 s.
                Err(error)
                    if error.to_string().contains("unhealthy cluster")
                        && begun.elapsed() < PATIENCE =>
                {
                    sleep(Duration::from_millis(200)).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Starts a learner that is registered beside these members.
    pub async fn join(&self, members: &[Member], learner: &Member) -> Outcome<()> {
        let all = members.iter().chain([learner]);
        let initial = initial_cluster(all.map(|m| (m.name.clone(), m.peer_url())));
        let environment = [
            ("ETCD_INITIAL_CLUSTER", initial.as_str()),
            ("ETCD_INITIAL_CLUSTER_STATE", "existing"),
        ];
        self.drive("start", learner, &environment).await
    }

    /// Kills a member's process as a crash would.
    pub async fn kill(&self, member: &Member) -> Outcome<()> {
        self.drive("kill", member, &[]).await
    }

    /// Restarts a member under this name, and waits until the cluster lists it so.
    pub async fn rename(&self, member: &Member) -> Outcome<()> {
        self.drive("restart", member, &[]).await?;
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Ok(listed) = self.listed(member).await
                && listed
                    .iter()
                    .any(|one| one.name == member.name && one.client_urls == [member.client_url()])
            {
                return Ok(());
            }
            sleep(Duration::from_millis(50)).await;
        }
        Err(format!("{} did not publish its name", member.name).into())
    }

    /// Runs one of the driver's programs as etcdplan would, for what a test prepares.
    pub async fn drive(&self, action: &str, member: &Member, more: &[(&str, &str)]) -> Outcome<()> {
        let output = Command::new(format!("driver/{action}"))
            .current_dir(&self.directory)
            .stdin(Stdio::null())
            .env("ETCDPLAN_HOST", &member.host)
            .env("ETCDPLAN_DATA_DIR", DATA_DIR)
            .env("ETCD_NAME", &member.name)
            .env("ETCD_DATA_DIR", DATA_DIR)
            .env("ETCD_INITIAL_ADVERTISE_PEER_URLS", member.peer_url())
            .env("ETCD_LISTEN_PEER_URLS", member.peer_url())
            .env("ETCD_ADVERTISE_CLIENT_URLS", member.client_url())
            .env("ETCD_LISTEN_CLIENT_URLS", member.endpoint())
            .envs(ETCD_ENVIRONMENT)
            .envs(more.iter().copied())
            .output()
            .await?;
        if !output.status.success() {
            let told = String::from_utf8_lossy(&output.stderr);
            return Err(format!(
                "driver/{action} for {}: {}: {told}",
                member.name, output.status
            )
            .into());
        }
        Ok(())
    }

    /// Waits until each of these members is started, agrees on the leader, and serves what it may serve.
    pub async fn settle(&self, members: &[Member]) -> Outcome<()> {
        let begun = Instant::now();
        loop {
            let problem = match self.unsettled(members).await {
                Ok(None) => return Ok(()),
                Ok(Some(problem)) => problem,
                Err(error) => error.to_string(),
            };
            if begun.elapsed() > PATIENCE {
                return Err(
                    format!("the cluster did not settle: {problem}\n{}", self.logs()).into(),
                );
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn unsettled(&self, members: &[Member]) -> Outcome<Option<String>> {
        let voters: Vec<&Member> = members.iter().filter(|m| m.role == Role::Voter).collect();
        let first = voters.first().ok_or("no voter")?;
        let listed = self.listed(first).await?;
        let mut terms = BTreeMap::new();
        for member in members {
            let Some(_) = listed.iter().find(|one| one.name == member.name) else {
                return Ok(Some(format!("{} has not started", member.name)));
            };
            let status = client::status(&member.endpoint()).await?;
            terms.insert((status.leader(), status.raft_term()), &member.name);
        }
        if terms.len() != 1 || terms.keys().any(|(leader, _)| *leader == 0) {
            return Ok(Some(format!("(leader, term): {terms:?}")));
        }
        for voter in voters {
            if !client::has_quorum(&voter.endpoint()).await {
                return Ok(Some(format!("{} sees no quorum", voter.name)));
            }
        }
        Ok(None)
    }

    /// The member list, as this member knows it behind a linearizable read.
    pub async fn listed(&self, via: &Member) -> Outcome<Vec<Listed>> {
        let mut voter = client::to(&via.endpoint()).await?;
        voter.get("barrier", None).await?;
        list(&mut voter).await
    }

    /// The member list as this member has it, with or without quorum.
    pub async fn listed_locally(&self, via: &Member) -> Outcome<Vec<Listed>> {
        list(&mut client::to(&via.endpoint()).await?).await
    }

    pub async fn leadership(&self, via: &Member) -> Outcome<Leadership> {
        let status = client::status(&via.endpoint()).await?;
        let (leader, term) = (status.leader(), status.raft_term());
        Ok(Leadership { leader, term })
    }

    /// Makes this member the leader.
    pub async fn crown(&self, members: &[Member], leader: &Member) -> Outcome<()> {
        let wanted = client::status(&leader.endpoint()).await?;
        let wanted = wanted
            .header()
            .ok_or("a status without a header")?
            .member_id();
        for member in members {
            let status = client::status(&member.endpoint()).await?;
            let id = status
                .header()
                .ok_or("a status without a header")?
                .member_id();
            if id == status.leader() && id != wanted {
                client::to(&member.endpoint())
                    .await?
                    .move_leader(wanted)
                    .await?;
            }
        }
        self.settle(members).await
    }

    /// Writes this many MiB, and waits until no database grows any more: a server commits
    /// what it has answered up to a tenth of a second later.
    pub async fn fill(&self, members: &[Member], mebibytes: usize) -> Outcome<()> {
        let mut voter = client::to(&members[0].endpoint()).await?;
        for number in 0..mebibytes {
            voter
                .put(format!("fill/{number}"), vec![b'x'; 1 << 20], None)
                .await?;
        }
        let mut earlier = Vec::new();
        loop {
            let mut sizes = Vec::new();
            for member in members {
                let mut client = client::to(&member.endpoint()).await?;
                sizes.push(client.status().await?.db_size());
            }
            if sizes == earlier {
                return Ok(());
            }
            earlier = sizes;
            sleep(Duration::from_millis(500)).await;
        }
    }

    /// How many etcd processes run.
    pub fn processes(&self) -> usize {
        processes::etcds(&self.directory).len()
    }

    /// Whether an etcd of this cluster has ever said this.
    pub fn has_logged(&self, words: &str) -> bool {
        let logs = log_files(&self.directory).into_iter();
        let mut texts = logs.filter_map(|path| fs::read_to_string(path).ok());
        texts.any(|text| text.contains(words))
    }

    /// The ends of all logs, without what etcd repeats while a member is away.
    pub fn logs(&self) -> String {
        let mut told = String::new();
        for path in log_files(&self.directory) {
            let text = fs::read_to_string(&path).unwrap_or_default();
            let lines: Vec<&str> = text
                .lines()
                .filter(|line| !REPEATED.iter().any(|part| line.contains(part)))
                .collect();
            let tail = lines.iter().skip(lines.len().saturating_sub(12));
            told += &format!("--- {}\n", path.display());
            for line in tail {
                told += &line.chars().take(300).collect::<String>();
                told.push('\n');
            }
        }
        told
    }
}

const REPEATED: [&str; 3] = [
    "prober detected",
    "failed to reach the peer",
    "failed to get version",
];

/// `--data-dir`, the same on every machine as people have it.
pub const DATA_DIR: &str = "/var/lib/etcd";

/// What every member's etcd gets. Losing power is not what is tested.
pub const ETCD_ENVIRONMENT: [(&str, &str); 1] = [("ETCD_UNSAFE_NO_FSYNC", "true")];

async fn list(client: &mut Client) -> Outcome<Vec<Listed>> {
    let answer = client.member_list().await?;
    let mut all: Vec<Listed> = answer
        .members()
        .iter()
        .map(|member| Listed {
            name: member.name().to_owned(),
            peer_urls: member.peer_urls().to_vec(),
            client_urls: member.client_urls().to_vec(),
            learner: member.is_learner(),
            id: member.id(),
        })
        .collect();
    all.sort();
    Ok(all)
}

pub fn initial_cluster(entries: impl Iterator<Item = (String, String)>) -> String {
    let entries: Vec<String> = entries.map(|(name, url)| format!("{name}={url}")).collect();
    entries.join(",")
}

/// The logs of both drivers: below `hosts/<address>` and `members/<name>/<address>`.
fn log_files(directory: &Path) -> Vec<PathBuf> {
    let below = |path: PathBuf| -> Vec<PathBuf> {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    };
    let mut found: Vec<PathBuf> = below(directory.join("hosts"))
        .into_iter()
        .chain(
            below(directory.join("sandbox/members"))
                .into_iter()
                .flat_map(below),
        )
        .map(|machine| machine.join("etcd.log"))
        .filter(|log| log.is_file())
        .collect();
    found.sort();
    found
}
