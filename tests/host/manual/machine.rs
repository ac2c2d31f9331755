//! A machine, as a shell there sees it.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use etcdplan::apply::host_action::{ExpectedData, HostAction};
use etcdplan::topology::HostActionKind;
use tempfile::TempDir;

use crate::manual::{commands, on};
use crate::script;

/// A machine with an etcd that opens its database and stays, as a shell there sees it.
pub(super) struct Host {
    pub(super) folder: TempDir,
}

const ETCD: &str = r#"
case $ETCD_INITIAL_CLUSTER_STATE in existing) ;; *) exit 1 ;; esac
wal=${ETCD_WAL_DIR:-$ETCD_DATA_DIR/member/wal}
mkdir -p "$ETCD_DATA_DIR/member/snap" "$wal"
echo "$ETCD_NAME" >>"$ETCD_DATA_DIR/member/snap/db"
echo log >"$wal/0.wal"
exec 9<"$ETCD_DATA_DIR/member/snap/db"
exec sleep 60
"#;

/// What reaches another machine is a shell on this one.
const SSH: &str = "shift; exec sh -c \"$*\"";

impl Host {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("etcd", ETCD), ("ssh", SSH)] {
            let path = folder.path().join(name);
            script::write(&path, &format!("#!/bin/sh\n{text}\n")).unwrap();
        }
        Self { folder }
    }

    pub(super) fn dir(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// The action on a directory of this machine, whose name is not the easiest for a shell.
    pub(super) fn on(&self, kind: HostActionKind, data: ExpectedData) -> HostAction {
        let mut action = on(kind, data);
        action.place.data_dir = Some(self.dir("it's data"));
        action.previous.data_dir = Some(self.dir("old data"));
        action.settings.wal_dir = Some(self.dir("wal"));
        action
    }

    /// Pastes the commands into a shell, and gives what it shows.
    pub(super) fn paste(&self, action: &HostAction) -> String {
        let path = format!("{}:{}", self.dir(""), std::env::var("PATH").unwrap());
        // What goes on in the background must not hold the pipe open.
        let script = format!("exec 2>&1\n{}", commands(action));
        let output = Command::new("sh")
            .args(["-c", &script])
            .current_dir(self.folder.path())
            .env("PATH", path)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// Which directory it is, whatever its name.
    pub(super) fn inode(&self, name: &str) -> u64 {
        fs::metadata(self.dir(name)).unwrap().ino()
    }

    /// How often etcd was started here.
    fn starts(&self) -> usize {
        let database = Path::new(&self.dir("it's data")).join("member/snap/db");
        let text = fs::read_to_string(database).unwrap_or_default();
        text.lines().count()
    }

    pub(super) fn started(&self, times: usize) {
        for _ in 0..500 {
            if self.starts() == times && !self.running().is_empty() {
                return;
            }
            sleep(Duration::from_millis(20));
        }
        panic!("started {} times, not {times}", self.starts());
    }

    /// Who has the database open.
    pub(super) fn running(&self) -> Vec<u32> {
        let Ok(database) = fs::canonicalize(Path::new(&self.dir("it's data/member/snap/db")))
        else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for process in fs::read_dir("/proc").unwrap().flatten() {
            let opened = fs::read_dir(process.path().join("fd"))
                .into_iter()
                .flatten();
            let mut links = opened
                .flatten()
                .filter_map(|fd| fs::read_link(fd.path()).ok());
            if links.any(|link| link == database) {
                found.extend(
                    process
                        .file_name()
                        .to_str()
                        .and_then(|pid| pid.parse::<u32>().ok()),
                );
            }
        }
        found
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.paste(&self.on(HostActionKind::Stop, ExpectedData::Any));
    }
}
