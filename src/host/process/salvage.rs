//! A new data directory from an old one, or from a backup, by etcd's own programs.
//!
//! The database of a member lags behind its log: what was committed last stands in the log alone
//! until etcd applies it. So a copy of the directory is started once, alone on the loopback and
//! reached by nobody, with `--force-new-cluster`: it applies its log and closes its database. That
//! database is restored under new ids; the directory itself is never touched.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use crate::apply::HostError;
use crate::apply::host_action::{HostAction, Rescue};
use crate::host::process::{cleared, failed, refused};
use crate::host::{SECRETS, copy};

/// From what a data directory is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Seed {
    /// A backup, with its digest at the end.
    Backup(PathBuf),
    /// A data directory.
    Directory(PathBuf),
}

/// What etcd says when it serves.
const SERVES: &str = "ready to serve client requests";

/// How long it has to apply its log.
const PATIENCE: Duration = Duration::from_secs(300);

/// How long it has to end.
const TERM_TO_KILL: Duration = Duration::from_secs(30);

/// How often it is looked at.
const POLL: Duration = Duration::from_millis(20);

/// Makes a data directory at a place where none is.
pub(super) async fn restore(
    etcd: &Path,
    action: &HostAction,
    rescue: &Rescue,
    seed: &Seed,
    to: &Path,
) -> Result<(), HostError> {
    match seed {
        Seed::Backup(path) => restored(etcd, action, rescue, path, Digest::AtItsEnd, to).await,
        Seed::Directory(directory) => {
            let mut name = to.as_os_str().to_owned();
            name.push(".replay");
            let replay = PathBuf::from(name);
            cleared(&replay)?;
            copy::copy_whole(directory, &replay).map_err(|error| {
                refused(format!("cannot copy {}: {error}", directory.display()))
            })?;
            replayed(etcd, action, &replay).await?;
            let database = replay.join("member/snap/db");
            restored(etcd, action, rescue, &database, Digest::None, to).await?;
            cleared(&replay)
        }
    }
}

/// Starts etcd on a copy until it has applied its log.
async fn replayed(etcd: &Path, action: &HostAction, copy: &Path) -> Result<(), HostError> {
    let mut log = copy.as_os_str().to_owned();
    log.push(".log");
    let log = PathBuf::from(log);
    let output = File::create(&log).map_err(failed)?;
    let mut command = Command::new(etcd);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .arg("--name=replay")
        .arg("--force-new-cluster")
        .arg("--data-dir")
        .arg(copy)
        .args(["--listen-client-urls=http://127.0.0.1:0"])
        .args(["--advertise-client-urls=http://127.0.0.1:0"])
        .args(["--listen-peer-urls=http://127.0.0.1:0"])
        .stdin(Stdio::null())
        .stdout(output.try_clone().map_err(failed)?)
        .stderr(output)
        .kill_on_drop(true);
    // A member that is full would refuse to go on.
    if let Some(quota) = action.settings.env.get("ETCD_QUOTA_BACKEND_BYTES") {
        command.env("ETCD_QUOTA_BACKEND_BYTES", quota);
    }
    let mut child = command.spawn().map_err(|error| spawn(etcd, &error))?;
    let begun = Instant::now();
    loop {
        let said = fs::read(&log).map_err(failed)?;
        let said = String::from_utf8_lossy(&said);
        if said.contains(SERVES) {
            break;
        }
        if let Some(status) = child.try_wait().map_err(failed)? {
            return Err(ended(etcd, status, &said));
        }
        if begun.elapsed() > PATIENCE {
            return Err(HostError::TimedOut {
                program: etcd.display().to_string(),
                limit: PATIENCE,
            });
        }
        sleep(POLL).await;
    }
    stop(&mut child).await.map_err(failed)?;
    fs::remove_file(&log).map_err(failed)
}

/// Ends it so that its database is closed.
async fn stop(child: &mut Child) -> io::Result<()> {
    let pid = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(pid) = pid.and_then(Pid::from_raw) {
        kill_process(pid, Signal::TERM)?;
    }
    match tokio::time::timeout(TERM_TO_KILL, child.wait()).await {
        Ok(status) => status.map(|_| ()),
        Err(_) => Err(io::Error::other("etcd does not end")),
    }
}

/// Whether a file has a digest that can be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Digest {
    AtItsEnd,
    None,
}

/// Lets etcd's program make a data directory.
async fn restored(
    etcd: &Path,
    action: &HostAction,
    rescue: &Rescue,
    database: &Path,
    digest: Digest,
    to: &Path,
) -> Result<(), HostError> {
    let tool = tool(etcd);
    let mut raises = command(&tool);
    raises.args(["snapshot", "restore", "--help"]);
    let help = raises
        .output()
        .await
        .map_err(|error| spawn(&tool, &error))?;
    let help = String::from_utf8_lossy(&[help.stdout, help.stderr].concat()).into_owned();
    let mut command = command(&tool);
    let urls = action.place.peer_urls.to_string();
    let name = action.member.to_string();
    let entries = action.place.peer_urls.iter();
    let entries: Vec<String> = entries.map(|url| format!("{name}={url}")).collect();
    command
        .args(["snapshot", "restore"])
        .arg(database)
        .args(["--name", &name])
        .args(["--initial-cluster", &entries.join(",")])
        .args(["--initial-cluster-token", &rescue.token])
        .args(["--initial-advertise-peer-urls", &urls])
        .arg("--data-dir")
        .arg(to);
    if digest == Digest::None {
        command.arg("--skip-hash-check");
    }
    // From etcdutl 3.5.10 and etcdctl 3.4.27 on.
    if help.contains("--bump-revision") {
        let bump = rescue.revision_bump.to_string();
        command.args(["--bump-revision", &bump, "--mark-compacted"]);
    }
    let output = command
        .output()
        .await
        .map_err(|error| spawn(&tool, &error))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(ended(&tool, output.status, &String::from_utf8_lossy(&said)))
}

/// `etcdutl` beside etcd, or `etcdctl` there, which did it up to 3.5; else `etcdutl` on `PATH`.
fn tool(etcd: &Path) -> PathBuf {
    let beside = etcd
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let found = beside.and_then(|folder| {
        let mut places = ["etcdutl", "etcdctl"].into_iter();
        places.find_map(|name| Some(folder.join(name)).filter(|path| path.exists()))
    });
    found.unwrap_or_else(|| "etcdutl".into())
}

/// Without our environment, which may hold a password or flags of etcdctl's.
fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    for secret in SECRETS {
        command.env_remove(secret);
    }
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("ETCDCTL_API", "3")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

fn spawn(program: &Path, error: &io::Error) -> HostError {
    HostError::Spawn {
        program: program.display().to_string(),
        reason: error.to_string(),
    }
}

fn ended(program: &Path, status: ExitStatus, said: &str) -> HostError {
    let last = said.lines().rev().find(|line| !line.trim().is_empty());
    let status = match last {
        Some(last) => format!("{status}: {}", last.trim()),
        None => status.to_string(),
    };
    HostError::Failed {
        program: program.display().to_string(),
        status,
    }
}
