//! Reading a backup with etcd's own program: the proof that a restore will.
//!
//! `etcdutl` does it from etcd 3.5 on, and `etcdctl` up to then; from 3.6 on `etcdctl` has no
//! such command any more.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use serde::Deserialize;
use tokio::process::Command;

use crate::backup::{BackupError, Reading};
use crate::version::Version;

/// The first version whose `etcdctl` cannot read a backup.
const WITHOUT: (u16, u16) = (3, 6);

/// The program that reads a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tool {
    /// There is none.
    Absent,
    /// This one.
    Program(PathBuf),
}

/// What it prints of a backup (etcd `etcdutl/snapshot/v3_snapshot.go`, `Status`).
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    revision: u64,
    total_key: u64,
}

impl Tool {
    /// The first `etcdutl` on `PATH`, else the first `etcdctl` there that still can.
    pub async fn find() -> Self {
        if let Some(program) = on_path("etcdutl") {
            return Self::Program(program);
        }
        match on_path("etcdctl") {
            Some(program) if reads_backups(&program).await => Self::Program(program),
            Some(_) | None => Self::Absent,
        }
    }

    /// Reads a backup; `what` is what it is called in an error.
    pub async fn read(&self, file: &Path, what: &str) -> Result<Reading, BackupError> {
        let Self::Program(program) = self else {
            return Ok(Reading::NotRead);
        };
        let unreadable = |reason: String| BackupError::Unreadable {
            program: program.display().to_string(),
            what: what.to_owned(),
            reason,
        };
        // A path that begins with a dash is no flag.
        let file = std::path::absolute(file).map_err(|error| unreadable(error.to_string()))?;
        let mut command = command(program);
        command.args(["snapshot", "status", "--write-out", "json"]);
        let output = command.arg(&file).output().await;
        let output = output.map_err(|error| unreadable(error.to_string()))?;
        if !output.status.success() {
            return Err(unreadable(last_words(&output)));
        }
        let status: Status = serde_json::from_slice(&output.stdout)
            .map_err(|error| unreadable(format!("its answer is not understood: {error}")))?;
        Ok(Reading::Read {
            revision: status.revision,
            keys: status.total_key,
            program: program.clone(),
        })
    }
}

/// Without our environment, which may hold a password or flags of etcdctl's.
fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("ETCDCTL_API", "3")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

async fn reads_backups(etcdctl: &Path) -> bool {
    let Ok(output) = command(etcdctl).arg("version").output().await else {
        return false;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let version = text
        .lines()
        .find_map(|line| line.strip_prefix("etcdctl version: "));
    let version = version.and_then(|version| version.trim().parse::<Version>().ok());
    version.is_some_and(|version| (version.major, version.minor) < WITHOUT)
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let is_program = |path: &PathBuf| {
        let metadata = fs::metadata(path);
        metadata.is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
    };
    let places = env::split_paths(&path).map(|folder| folder.join(name));
    places.into_iter().find(is_program)
}

/// The last line that it said before it failed.
fn last_words(output: &Output) -> String {
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    let said = String::from_utf8_lossy(&said);
    let last = said.lines().rev().find(|line| !line.trim().is_empty());
    let status = output.status.to_string();
    last.map_or(status.clone(), |last| format!("{status}: {}", last.trim()))
}
