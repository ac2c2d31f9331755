//! A local cluster of real etcd processes, for trying things.
//!
//! Layer 6. The only code that creates a cluster: `plan` changes one that is
//! there. Each member has a loopback address of its own, and the processes are
//! those of the `process` driver, so that plan and apply go on from here.

mod first_start;
mod folder;

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use crate::apply::host_action::HostAction;
use crate::apply::{Cluster as _, Depth, HostError};
use crate::etcd::{Access, EtcdCluster, Reach};
use crate::host::{Processes, Running};
use crate::observation::{Health, LiveMember};
use crate::sandbox::first_start::first_start;
use crate::topology::{self, Driver, Problems, ProcessDriver, Topology};
use crate::url::{Scheme, Url};

/// The name of the topology file in a sandbox's folder.
pub const FILE: &str = "topology.yaml";

/// The ports of every member, each on an address of its own.
const PEER_PORT: u16 = 2380;
const CLIENT_PORT: u16 = 2379;

/// How long a new cluster may take to elect a leader: normally 1 to 2 s.
const ELECTION: Duration = Duration::from_secs(30);

/// How often it is asked meanwhile.
const POLL: Duration = Duration::from_millis(50);

/// What a sandbox is made of.
#[derive(Clone, Debug)]
pub struct Options {
    /// Its folder.
    pub dir: PathBuf,
    /// Its name.
    pub name: String,
    /// How many members.
    pub members: u8,
    /// The etcd program: a path, or a name on `PATH`.
    pub etcd: String,
    /// The address of the first member; the others follow.
    pub first_address: Ipv4Addr,
}

/// How `up` ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Up {
    /// The cluster was created.
    Created {
        /// How many members it has.
        members: usize,
    },
    /// It was there and runs.
    Running {
        /// How many members it has by now.
        members: usize,
    },
}

/// Why a sandbox could not be made.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum SandboxError {
    /// The folder holds a sandbox that does not run.
    #[error("{} holds a sandbox whose members do not all serve", dir.display())]
    #[diagnostic(code(E0501), help("clear it first: etcdplan sandbox down --dir {}", dir.display()))]
    Stopped {
        /// The folder.
        dir: PathBuf,
    },
    /// The folder is somebody else's.
    #[error("{} is not empty, and no sandbox", dir.display())]
    #[diagnostic(
        code(E0508),
        help("name a folder that is not there yet, as in --dir sandbox")
    )]
    Foreign {
        /// The folder.
        dir: PathBuf,
    },
    /// An address is taken, or is not this machine's.
    #[error("cannot listen on {address}: {source}")]
    #[diagnostic(
        code(E0502),
        help("choose other addresses: --first-address 127.0.1.11")
    )]
    Address {
        /// The address.
        address: SocketAddr,
        /// The system's words.
        source: io::Error,
    },
    /// An address outside of the loopback range.
    #[error("{address} is not a loopback address")]
    #[diagnostic(
        code(E0503),
        help("a sandbox is for this machine only: --first-address 127.0.0.11")
    )]
    NotLoopback {
        /// The address.
        address: Ipv4Addr,
    },
    /// A process did not start.
    #[error("cannot start {member}: {source}")]
    #[diagnostic(code(E0504), help("name the etcd program: --etcd PATH"))]
    Start {
        /// The member.
        member: String,
        /// Why not.
        source: HostError,
    },
    /// No leader.
    #[error("the new cluster has no leader after {ELECTION:?}")]
    #[diagnostic(code(E0505), help("see the etcd.log files under {}", dir.display()))]
    NoLeader {
        /// The folder.
        dir: PathBuf,
    },
    /// Files.
    #[error("cannot use {}: {source}", path.display())]
    #[diagnostic(code(E0506))]
    Files {
        /// The file or folder.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// What was asked for makes no valid topology, as a cluster without a name.
    #[error("what is asked for makes no valid topology")]
    #[diagnostic(code(E0507), help("{}", told(.0)))]
    File(Box<Problems>),
}

fn told(problems: &Problems) -> String {
    let each = problems.list.iter();
    let each: Vec<_> = each
        .map(|problem| format!("{}: {}", problem.message, problem.help))
        .collect();
    each.join("\n")
}

/// Creates the sandbox and waits until it has a leader.
pub async fn up(options: &Options) -> Result<Up, SandboxError> {
    let dir = &options.dir;
    let files = |source| SandboxError::Files {
        path: dir.clone(),
        source,
    };
    if folder::is_ours(dir) {
        let members = serving(dir).await;
        return members
            .map(|members| Up::Running { members })
            .ok_or_else(|| SandboxError::Stopped { dir: dir.clone() });
    }
    if !folder::is_free(dir).map_err(files)? {
        return Err(SandboxError::Foreign { dir: dir.clone() });
    }
    let text = written(options)?;
    folder::claim(dir, &text).map_err(files)?;
    let started = start(options, &text).await;
    if started.is_err() {
        // A sandbox that did not come up leaves nothing behind.
        down(dir, Data::Cleared).await?;
    }
    let members = options.members.into();
    started.map(|()| Up::Created { members })
}

/// How many members a sandbox has, if all of them serve; its file may want others by now.
async fn serving(dir: &Path) -> Option<usize> {
    let file = dir.join(FILE);
    let text = fs::read_to_string(&file).ok()?;
    let loaded = topology::load(&file.display().to_string(), &text).ok()?;
    let mut cluster = EtcdCluster::new(Reach::from(&loaded.topology), Access::default());
    let seen = cluster.observe(Depth::Glance).await.ok()?;
    let serve = |live: &LiveMember| live.health() == Health::Healthy;
    let whole = seen.leader.is_some() && seen.members.iter().all(serve);
    whole.then_some(seen.members.len())
}

/// What becomes of the data when a sandbox goes down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data {
    /// It is removed, and the folder with it if nothing of somebody else's is in it.
    Cleared,
    /// It stays.
    Kept,
}

/// Ends every process of the sandbox, also of members that a plan added, and says how many
/// there were; none where there is no sandbox.
pub async fn down(dir: &Path, data: Data) -> Result<Option<usize>, SandboxError> {
    let files = |source| SandboxError::Files {
        path: dir.to_owned(),
        source,
    };
    if !folder::is_ours(dir) {
        return Ok(None);
    }
    let running: Vec<Running> = status(dir)?
        .into_iter()
        .filter(|place| place.pid.is_some())
        .collect();
    for place in &running {
        place.stop().await.map_err(files)?;
    }
    if data == Data::Cleared {
        folder::clear(dir).map_err(files)?;
    }
    Ok(Some(running.len()))
}

/// Every place of the sandbox, and the process that runs there.
pub fn status(dir: &Path) -> Result<Vec<Running>, SandboxError> {
    let settings = ProcessDriver {
        etcd: String::new(),
        root: ROOT.to_owned(),
    };
    Processes::new(&settings, dir)
        .places()
        .map_err(|source| SandboxError::Files {
            path: dir.to_owned(),
            source,
        })
}

/// The root of the `process` driver, beside the topology file.
const ROOT: &str = "members";

/// The topology file of a new sandbox.
fn written(options: &Options) -> Result<String, SandboxError> {
    if !options.first_address.is_loopback() {
        return Err(SandboxError::NotLoopback {
            address: options.first_address,
        });
    }
    let etcd = if options.etcd.contains('/') {
        let path = Path::new(&options.etcd);
        let absolute = path.canonicalize().map_err(|source| SandboxError::Files {
            path: path.to_owned(),
            source,
        })?;
        absolute.display().to_string()
    } else {
        options.etcd.clone()
    };
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let even = if options.members.is_multiple_of(2) {
        "  allowEvenVoters: true\n"
    } else {
        ""
    };
    let mut text = format!(
        "# A sandbox: etcd processes on this machine. Change it, then: etcdplan plan -f {FILE}\n\
         apiVersion: etcdplan/v1\n\
         cluster:\n  name: {}\n\
         driver:\n  kind: process\n  process: {{ etcd: {}, root: {ROOT} }}\n\
         policy:\n  stepTimeout: 1m\n{even}\
         members:\n",
        quoted(&options.name),
        quoted(&etcd),
    );
    for number in 0..options.members {
        let address = Ipv4Addr::from_bits(options.first_address.to_bits() + u32::from(number));
        text.push_str(&member(number, address));
    }
    Ok(text)
}

fn member(number: u8, address: Ipv4Addr) -> String {
    format!(
        "  - name: infra{number}\n    peerURLs: [http://{address}:{PEER_PORT}]\n    \
         clientURLs: [http://{address}:{CLIENT_PORT}]\n"
    )
}

async fn start(options: &Options, text: &str) -> Result<(), SandboxError> {
    let name = options.dir.join(FILE).display().to_string();
    let loaded =
        topology::load(&name, text).map_err(|problems| SandboxError::File(Box::new(problems)))?;
    let topology = loaded.topology;
    let Driver::Process(settings) = &topology.driver else {
        return Ok(());
    };
    for url in topology
        .members
        .iter()
        .flat_map(|member| member.peer_urls.iter().chain(&member.client_urls))
    {
        free(url)?;
    }
    let processes = Processes::new(settings, &options.dir);
    let members = topology.members.iter();
    let starts: Vec<_> = members.map(|one| first_start(&topology, one)).collect();
    let failed = |start: &HostAction, source| SandboxError::Start {
        member: start.member.to_string(),
        source,
    };
    for start in &starts {
        let started = processes.perform(start).await;
        started.map_err(|source| failed(start, source))?;
    }
    let begun = Instant::now();
    let mut cluster = EtcdCluster::new(Reach::from(&topology), Access::default());
    while begun.elapsed() < ELECTION {
        for start in &starts {
            let survives = processes.survives(start);
            survives.map_err(|source| failed(start, source))?;
        }
        // Until every port is open there is nothing to ask.
        if listening(&topology).await {
            let look = cluster.observe(Depth::Glance).await;
            if look.is_ok_and(|seen| {
                seen.leader.is_some() && seen.standing().healthy == topology.members.len()
            }) {
                return Ok(());
            }
        }
        sleep(POLL).await;
    }
    Err(SandboxError::NoLeader {
        dir: options.dir.clone(),
    })
}

async fn listening(topology: &Topology) -> bool {
    for url in topology
        .members
        .iter()
        .flat_map(|member| &member.client_urls)
    {
        if TcpStream::connect(url.authority()).await.is_err() {
            return false;
        }
    }
    true
}

/// Whether nobody listens there yet.
fn free(url: &Url) -> Result<(), SandboxError> {
    debug_assert_eq!(url.scheme(), Some(Scheme::Http));
    let ip: IpAddr = url
        .host()
        .parse()
        .unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let address = SocketAddr::new(ip, url.port().unwrap_or_default());
    TcpListener::bind(address)
        .map(drop)
        .map_err(|source| SandboxError::Address { address, source })
}
