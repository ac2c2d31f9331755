//! `manual`: what a person is told, and that pasting it does it.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use etcdplan::apply::host_action::{ExpectedData, HostAction, Membership};
use etcdplan::apply::{HostOutcome, Hosts as _};
use etcdplan::host::{Drivers, Output, Reply, instructions};
use etcdplan::topology::HostActionKind;
use etcdplan::version::Version;
use insta::assert_snapshot;
use tempfile::TempDir;

use crate::{Machine, action, script};

/// An action on directories that the file names.
fn on(kind: HostActionKind, data: ExpectedData) -> HostAction {
    let mut action = action(kind);
    action.data = data;
    action.place.data_dir = Some("/var/lib/etcd".to_owned());
    action.previous.data_dir = Some("/var/lib/etcd".to_owned());
    action
}

fn told(action: &HostAction) -> String {
    let mut machine = Machine::new("{ kind: manual }");
    assert_eq!(machine.perform(action), Ok(HostOutcome::LeftToHand));
    assert_eq!(
        machine.said,
        instructions::of(action).lines().collect::<Vec<_>>()
    );
    machine.said.join("\n")
}

/// The commands of it: what is indented.
fn commands(action: &HostAction) -> String {
    let told = instructions::of(action);
    let indented = told.lines().filter(|line| line.starts_with("    "));
    indented.collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
fn start_of_a_new_member() {
    let mut start = on(HostActionKind::Start, ExpectedData::Empty);
    start.settings.initial_cluster =
        "infra0=http://10.0.4.11:2380,infra3=http://10.0.4.14:2380".to_owned();
    let env = (
        "ETCD_QUOTA_BACKEND_BYTES".to_owned(),
        "8589934592".to_owned(),
    );
    start.settings.env = [env].into();
    assert_snapshot!(told(&start));
}

#[test]
fn start_on_data() {
    let mut start = on(HostActionKind::Start, ExpectedData::Present);
    start.settings.wal_dir = Some("/fast/etcd wal".to_owned());
    assert_snapshot!(told(&start));
}

#[test]
fn start_without_a_directory() {
    assert_snapshot!(told(&{
        let mut start = action(HostActionKind::Start);
        start.data = ExpectedData::Empty;
        start
    }));
}

#[test]
fn restart() {
    let mut restart = on(HostActionKind::Restart, ExpectedData::Present);
    restart.settings.version = Some(Version::new(3, 5, 30));
    assert_snapshot!(told(&restart));
}

#[test]
fn stop() {
    assert_snapshot!(
        "stop_of_a_listed_member",
        told(&on(HostActionKind::Stop, ExpectedData::Any))
    );
    let mut stop = on(HostActionKind::Stop, ExpectedData::Any);
    stop.membership = Membership::Removed;
    assert_snapshot!("stop_of_a_removed_member", told(&stop));
    stop.place.data_dir = None;
    assert_snapshot!("stop_without_a_directory", told(&stop));
}

#[test]
fn move_data() {
    let mut moves = on(HostActionKind::MoveData, ExpectedData::Any);
    moves.settings.wal_dir = Some("/fast/wal".to_owned());
    assert_snapshot!("move_between_machines", told(&moves));
    moves.previous.host = moves.place.host.clone();
    assert_snapshot!("move_to_where_it_is", told(&on_one_directory(&moves)));
    moves.previous.data_dir = Some("/old/etcd".to_owned());
    assert_snapshot!("move_on_one_machine", told(&moves));
    moves.previous.data_dir = None;
    assert_snapshot!("move_without_a_directory", told(&moves));
}

fn on_one_directory(moves: &HostAction) -> HostAction {
    let mut moves = moves.clone();
    moves.previous.data_dir = moves.place.data_dir.clone();
    moves
}

#[test]
fn wipe() {
    let mut wipe = on(HostActionKind::Wipe, ExpectedData::Any);
    wipe.settings.wal_dir = Some("/fast/wal".to_owned());
    assert_snapshot!("wipe", told(&wipe));
    wipe.place.data_dir = None;
    assert_snapshot!("wipe_without_a_directory", told(&wipe));
}

/// Somebody who answers in this order; an empty word is none.
struct Person(Vec<&'static str>);

impl Output for Person {
    fn line(&mut self, _line: &str) {}

    async fn ask(&mut self, question: &str) -> Reply {
        assert!(question.contains("done"));
        match self.0.remove(0) {
            "" => Reply::Silence,
            line => Reply::Line(line.to_owned()),
        }
    }
}

/// Nothing would show that data was copied: whoever is there is asked.
#[test]
fn whoever_copies_data_says_how_it_went() {
    let machine = Machine::new("{ kind: manual }");
    let perform = |kind, answers| {
        let folder = machine.folder.path().to_owned();
        let mut drivers = Drivers::new(&machine.topology, folder, Person(answers));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(drivers.perform(&on(kind, ExpectedData::Any)))
    };
    let moves = HostActionKind::MoveData;
    let done = perform(moves, vec!["what?", "done"]);
    assert_eq!(done, Ok(HostOutcome::Performed));
    for answer in ["failed", ""] {
        let failed = perform(moves, vec![answer]).unwrap_err();
        assert_eq!(failed.to_string(), "nobody says that it was done");
    }
    let stop = perform(HostActionKind::Stop, Vec::new());
    assert_eq!(stop, Ok(HostOutcome::LeftToHand), "the cluster shows it");
}

/// A machine with an etcd that opens its database and stays, as a shell there sees it.
struct Host {
    folder: TempDir,
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
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("etcd", ETCD), ("ssh", SSH)] {
            let path = folder.path().join(name);
            script::write(&path, &format!("#!/bin/sh\n{text}\n")).unwrap();
        }
        Self { folder }
    }

    fn dir(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// The action on a directory of this machine, whose name is not the easiest for a shell.
    fn on(&self, kind: HostActionKind, data: ExpectedData) -> HostAction {
        let mut action = on(kind, data);
        action.place.data_dir = Some(self.dir("it's data"));
        action.previous.data_dir = Some(self.dir("old data"));
        action.settings.wal_dir = Some(self.dir("wal"));
        action
    }

    /// Pastes the commands into a shell, and gives what it shows.
    fn paste(&self, action: &HostAction) -> String {
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

    /// How often etcd was started here.
    fn starts(&self) -> usize {
        let database = Path::new(&self.dir("it's data")).join("member/snap/db");
        let text = fs::read_to_string(database).unwrap_or_default();
        text.lines().count()
    }

    fn started(&self, times: usize) {
        for _ in 0..500 {
            if self.starts() == times && !self.running().is_empty() {
                return;
            }
            sleep(Duration::from_millis(20));
        }
        panic!("started {} times, not {times}", self.starts());
    }

    /// Who has the database open.
    fn running(&self) -> Vec<u32> {
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

#[test]
fn what_is_pasted_starts_restarts_and_stops() {
    let host = Host::new();
    let start = host.on(HostActionKind::Start, ExpectedData::Empty);
    assert_eq!(host.paste(&start), "");
    host.started(1);
    assert!(host.paste(&start).contains("runs on"), "one is enough");

    let restart = host.on(HostActionKind::Restart, ExpectedData::Present);
    let before = host.running();
    assert_eq!(host.paste(&restart), "");
    host.started(2);
    assert_ne!(host.running(), before);

    let wipe = host.on(HostActionKind::Wipe, ExpectedData::Any);
    assert!(host.paste(&wipe).starts_with("NOT CLEARED"));
    let stop = host.on(HostActionKind::Stop, ExpectedData::Any);
    assert_eq!(host.paste(&stop), "");
    assert!(host.running().is_empty());
    assert_eq!(host.paste(&stop), "", "it may be repeated");

    // A first try of the same member is gone on with.
    assert_eq!(host.paste(&start), "");
    host.started(3);
    host.paste(&stop);
    assert_eq!(host.paste(&wipe), "");
    assert!(fs::read_dir(host.dir("wal")).unwrap().next().is_none());
    assert!(
        fs::read_dir(host.dir("it's data"))
            .unwrap()
            .next()
            .is_none()
    );
}

#[test]
fn what_is_pasted_looks_at_the_directory_first() {
    let host = Host::new();
    let present = host.on(HostActionKind::Start, ExpectedData::Present);
    assert!(host.paste(&present).starts_with("NOT STARTED"));
    // A database without its log is no data either.
    fs::create_dir_all(host.dir("it's data/member/snap")).unwrap();
    fs::write(host.dir("it's data/member/snap/db"), "").unwrap();
    assert!(host.paste(&present).starts_with("NOT STARTED"));
    let empty = host.on(HostActionKind::Start, ExpectedData::Empty);
    assert!(host.paste(&empty).starts_with("NOT STARTED"));
    assert!(host.running().is_empty());
}

#[test]
fn what_is_pasted_moves_data_whole() {
    let host = Host::new();
    let mut moves = host.on(HostActionKind::MoveData, ExpectedData::Any);
    // One WAL directory for both: the machines of this test share their disk.
    moves.settings.wal_dir = None;
    fs::create_dir_all(host.dir("old data/member/snap")).unwrap();
    fs::write(host.dir("old data/member/snap/db"), "data").unwrap();
    assert_eq!(host.paste(&moves), "");
    let database = |dir: &str| fs::read_to_string(host.dir(&format!("{dir}/member/snap/db")));
    assert_eq!(database("it's data").unwrap(), "data");
    assert_eq!(database("old data.moved-away").unwrap(), "data");
    assert!(!Path::new(&host.dir("old data")).exists());
    assert!(host.paste(&moves).contains("NOT COPIED"));
    assert_eq!(database("it's data").unwrap(), "data");
}

/// Another etcd of the same machine is not touched.
#[test]
fn only_the_process_on_the_directory_is_ended() {
    let host = Host::new();
    let database = host.dir("other");
    fs::write(&database, "").unwrap();
    let mut other: Child = Command::new("sleep")
        .arg("60")
        .stdin(fs::File::open(&database).unwrap())
        .spawn()
        .unwrap();
    host.paste(&host.on(HostActionKind::Start, ExpectedData::Empty));
    host.started(1);
    host.paste(&host.on(HostActionKind::Stop, ExpectedData::Any));
    assert!(host.running().is_empty());
    assert_eq!(other.try_wait().unwrap(), None);
    other.kill().unwrap();
    other.wait().unwrap();
}
