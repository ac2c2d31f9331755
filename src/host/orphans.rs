//! What a run that was killed has left at work: programs of etcd's that go on without it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf, absolute};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::{Instant, sleep};

use crate::apply::HostError;
use crate::host::failure::{failed, refused};
use crate::machine::start_of;

/// The flag before a data directory.
pub(super) const DATA_DIR: &str = "--data-dir";

/// How long an etcd that works alone has to end: it closes its database first.
pub(super) const TERM_TO_KILL: Duration = Duration::from_secs(30);

/// How often it is looked at.
const POLL: Duration = Duration::from_millis(20);

/// Ends every process that was started with these words and this data directory, also where it has
/// opened nothing there yet, and waits until it holds nothing any more.
pub(super) async fn end(data: &Path, words: &[&str]) -> Result<(), HostError> {
    let data = resolved(&absolute(data).map_err(failed)?);
    let begun = Instant::now();
    let mut orphans = BTreeMap::new();
    loop {
        for pid in started_on(&data, words) {
            orphans.insert(pid, start_of(pid));
        }
        // One that is dying shows its words no more.
        orphans.retain(|pid, start| start.is_some() && start_of(*pid) == *start);
        if orphans.is_empty() {
            return Ok(());
        }
        if begun.elapsed() > 2 * TERM_TO_KILL {
            let place = data.display();
            return Err(refused(format!("a process works on {place}")));
        }
        let signal = if begun.elapsed() < TERM_TO_KILL {
            Signal::TERM
        } else {
            Signal::KILL
        };
        let pids = orphans.keys().filter_map(|pid| i32::try_from(*pid).ok());
        for pid in pids.filter_map(Pid::from_raw) {
            // It may have ended by itself.
            let _ = kill_process(pid, signal);
        }
        sleep(POLL).await;
    }
}

fn started_on(data: &Path, words: &[&str]) -> Vec<u32> {
    let is_orphan = |process: &Path| {
        let line = fs::read(process.join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line);
        let arguments: Vec<&str> = line.split('\0').collect();
        let place = arguments
            .iter()
            .skip_while(|word| **word != DATA_DIR)
            .nth(1);
        let folder = fs::read_link(process.join("cwd"));
        words.iter().all(|word| arguments.contains(word))
            && place.is_some_and(|place| {
                folder.is_ok_and(|folder| resolved(&folder.join(place)) == data)
            })
    };
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let orphans = processes.filter(|process| is_orphan(&process.path()));
    let pids = orphans.filter_map(|process| process.file_name().to_str()?.parse().ok());
    pids.collect()
}

/// A path without links, as far as it is there.
fn resolved(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn what_was_started_there_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().canonicalize().unwrap();
        let data = folder.join("data");
        let mut shell = Command::new("sh");
        shell.current_dir(&folder).stdin(Stdio::piped());
        // It waits, and keeps these arguments.
        shell.args(["-c", "read line; :", "one", "two", DATA_DIR, "data"]);
        let mut child = shell.spawn().unwrap();
        // Until it is the shell, its arguments are ours.
        while started_on(&data, &["one"]).is_empty() {
            std::thread::yield_now();
        }
        assert!(started_on(&data, &["one", "three"]).is_empty());
        assert!(started_on(&folder, &["one"]).is_empty());
        assert_eq!(started_on(&data, &["one", "two"]).len(), 1);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(end(&data, &["two"])).unwrap();
        assert!(started_on(&data, &["one"]).is_empty());
        assert!(!child.wait().unwrap().success());
    }
}
