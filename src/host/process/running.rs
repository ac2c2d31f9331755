//! Processes that run, looked up by their places.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::{Instant, sleep};

use crate::host::process::pid_file;

/// How long etcd has to end after TERM: it hands leadership over and closes its database first.
const TERM_TO_KILL: Duration = Duration::from_secs(10);

/// How often it is looked at meanwhile.
const POLL: Duration = Duration::from_millis(10);

/// A place, and the process that runs there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// The member's name.
    pub member: String,
    /// The host of its peer URL.
    pub host: String,
    /// Its folder.
    pub home: PathBuf,
    /// Its process, if it runs.
    pub pid: Option<u32>,
}

impl Running {
    /// Ends the process.
    pub async fn stop(&self) -> io::Result<()> {
        stop(&self.home).await
    }
}

/// Whether a process runs there.
pub(super) fn is_running(home: &Path) -> bool {
    pid_file::read(&home.join(pid_file::NAME)).is_some()
}

/// Ends the process there, if one runs.
pub(super) async fn stop(home: &Path) -> io::Result<()> {
    end(&home.join(pid_file::NAME)).await
}

/// Ends the process that a file names, if it runs.
pub(super) async fn end(path: &Path) -> io::Result<()> {
    let process = || pid_file::read(path).and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
    let Some(pid) = process() else { return Ok(()) };
    kill_process(pid, Signal::TERM)?;
    let begun = Instant::now();
    while process().is_some() {
        if begun.elapsed() > TERM_TO_KILL {
            kill_process(pid, Signal::KILL)?;
        }
        sleep(POLL).await;
    }
    Ok(())
}

/// Every place below a root, in the order of names.
pub(super) fn below(root: &Path) -> io::Result<Vec<Running>> {
    let mut found = Vec::new();
    for member in folders(root)? {
        for home in folders(&member)? {
            let path = home.join(pid_file::NAME);
            if path.exists() {
                let name = |path: &Path| {
                    path.file_name()
                        .unwrap_or_default()
                        .to_string_lossy()
                        .into_owned()
                };
                found.push(Running {
                    member: name(&member),
                    host: name(&home),
                    pid: pid_file::read(&path),
                    home,
                });
            }
        }
    }
    Ok(found)
}

fn folders(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries.collect::<io::Result<Vec<_>>>()?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut folders: Vec<_> = entries
        .into_iter()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    Ok(folders)
}
