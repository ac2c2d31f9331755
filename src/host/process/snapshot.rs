//! A new data directory from an old one, or from a backup, by etcd's own programs.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use crate::apply::HostError;
use crate::apply::host_action::{HostAction, Rescue};
use crate::host::failure::{self, failed};
use crate::host::salvage::{self, Source};
use crate::host::{SECRETS, copy, orphans};

/// From what a data directory is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Seed {
    /// A backup, with its digest at the end.
    Backup(PathBuf),
    /// A data directory.
    Directory(PathBuf),
}

/// The command of etcd's program.
pub(super) const RESTORE: [&str; 2] = ["snapshot", "restore"];

/// What is told where etcd's program cannot raise revisions.
const NOT_RAISED: &str =
    "revisions are not raised: this etcd cannot. Restart what watches or caches.";

/// Makes a data directory at a place where none is; gives what whoever is there should know.
pub(super) async fn restore(
    etcd: &Path,
    action: &HostAction,
    rescue: &Rescue,
    seed: &Seed,
    to: &Path,
) -> Result<Option<&'static str>, HostError> {
    match seed {
        Seed::Backup(path) => restored(etcd, action, rescue, path, Digest::AtItsEnd, to).await,
        Seed::Directory(directory) => {
            let mut work = to.as_os_str().to_owned();
            work.push(".replay");
            let work = PathBuf::from(work);
            let source = Source {
                data: directory,
                wal: None,
                // A member that is full would refuse to go on.
                quota: action.settings.env.get(salvage::QUOTA).map(String::as_str),
            };
            let database = salvage::database(etcd, &source, &work).await?;
            let told = restored(etcd, action, rescue, &database, Digest::None, to).await?;
            copy::cleared(&work).map_err(failed)?;
            Ok(told)
        }
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
) -> Result<Option<&'static str>, HostError> {
    let tool = tool(etcd);
    let mut help = command(&tool);
    help.args(RESTORE).arg("--help");
    let help = help
        .output()
        .await
        .map_err(|error| failure::spawn(&tool, &error))?;
    let help = String::from_utf8_lossy(&[help.stdout, help.stderr].concat()).into_owned();
    let mut command = command(&tool);
    let urls = action.place.peer_urls.to_string();
    let name = action.member.to_string();
    let entries = action.place.peer_urls.iter();
    let entries: Vec<String> = entries.map(|url| format!("{name}={url}")).collect();
    command
        .args(RESTORE)
        .arg(database)
        .args(["--name", &name])
        .args(["--initial-cluster", &entries.join(",")])
        .args(["--initial-cluster-token", &rescue.token])
        .args(["--initial-advertise-peer-urls", &urls])
        .arg(orphans::DATA_DIR)
        .arg(to);
    if digest == Digest::None {
        command.arg("--skip-hash-check");
    }
    // From etcdutl 3.5.10 and etcdctl 3.4.27 on.
    let raises = help.contains("--bump-revision");
    if raises {
        let bump = rescue.revision_bump.to_string();
        command.args(["--bump-revision", &bump, "--mark-compacted"]);
    }
    let output = command
        .output()
        .await
        .map_err(|error| failure::spawn(&tool, &error))?;
    if output.status.success() {
        return Ok((!raises).then_some(NOT_RAISED));
    }
    let said = [output.stdout, output.stderr].concat();
    Err(failure::ended(
        &tool,
        output.status,
        &String::from_utf8_lossy(&said),
    ))
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
