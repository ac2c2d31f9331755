//! What is pasted does what it says, in a shell of this machine.

use std::fs;
use std::path::Path;
use std::process::{Child, Command};

use etcdplan::apply::host_action::{ExpectedData, Rescue};
use etcdplan::member::ClusterId;
use etcdplan::topology::HostActionKind;

use crate::manual::machine::Host;
use crate::script;

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
    fs::create_dir(host.dir("it's data")).unwrap();
    let dirs = ["old data", "it's data"].map(|dir| host.inode(dir));
    assert_eq!(host.paste(&moves), "");
    let database = |dir: &str| fs::read_to_string(host.dir(&format!("{dir}/snap/db")));
    assert_eq!(database("it's data/member").unwrap(), "data");
    assert_eq!(database("old data/member.moved-away").unwrap(), "data");
    assert!(!Path::new(&host.dir("old data/member")).exists());
    assert!(host.paste(&moves).contains("NOT COPIED"));
    assert_eq!(database("it's data/member").unwrap(), "data");
    // A mount point cannot be renamed.
    assert_eq!(["old data", "it's data"].map(|dir| host.inode(dir)), dirs);
}

/// A log with a directory of its own, brought from a machine where everything is below `there`.
#[test]
fn what_is_pasted_moves_a_log_of_its_own() {
    let host = Host::new();
    let ssh = r#"shift; exec sh -c "$(echo "$*" | sed "s,$PWD/wal,$PWD/there/wal,g")""#;
    let path = host.folder.path().join("ssh");
    script::write(&path, &format!("#!/bin/sh\n{ssh}\n")).unwrap();
    let mut moves = host.on(HostActionKind::MoveData, ExpectedData::Any);
    moves.previous.host = "another".to_owned();
    for file in [
        "there/wal/0.wal",
        "there/wal/1.wal",
        "old data/member/snap/db",
    ] {
        fs::create_dir_all(Path::new(&host.dir(file)).parent().unwrap()).unwrap();
        fs::write(host.dir(file), file).unwrap();
    }
    assert_eq!(host.paste(&moves), "");
    let text = |file: &str| fs::read_to_string(host.dir(file)).unwrap();
    assert_eq!(text("wal/1.wal"), "there/wal/1.wal");
    assert_eq!(text("there/wal.moved-away/1.wal"), "there/wal/1.wal");
    assert!(!Path::new(&host.dir("wal.partial")).exists());
    assert!(!Path::new(&host.dir("there/wal/1.wal")).exists());
    assert_eq!(host.paste(&moves).matches("NOT COPIED").count(), 2);
    assert_eq!(text("wal/1.wal"), "there/wal/1.wal");
}

/// etcd's tool, which makes a directory where none is.
const ETCDUTL: &str = r#"
case "$*" in *--help*) echo --bump-revision; exit ;; esac
until [ "$1" = --data-dir ]; do shift; done
mkdir "$2" && mkdir -p "$2/member/snap" "$2/member/wal"
echo new >"$2/member/snap/db" && echo new >"$2/member/wal/0.wal"
"#;

/// Our own, which finds a whole copy of the old data.
const SALVAGE: &str = r#"
[ "$(cat "$2/member/snap/db" "$2/member/wal/0.wal")" = "oldold" ]
"#;

#[test]
fn what_is_pasted_begins_anew_from_the_old_data() {
    let host = Host::new();
    for (name, text) in [("etcdutl", ETCDUTL), ("etcdplan", SALVAGE)] {
        script::write(
            &host.folder.path().join(name),
            &format!("#!/bin/sh\n{text}\n"),
        )
        .unwrap();
    }
    for file in ["it's data/member/snap/db", "wal/0.wal"] {
        fs::create_dir_all(Path::new(&host.dir(file)).parent().unwrap()).unwrap();
        fs::write(host.dir(file), "old").unwrap();
    }
    let dir = host.inode("it's data");
    let with_rescue = |kind| {
        let mut action = host.on(kind, ExpectedData::Any);
        action.rescue = Some(Rescue {
            old_cluster: Some(ClusterId::new(1)),
            new_cluster: ClusterId::new(2),
            token: "token".to_owned(),
            aside: ".before-1".to_owned(),
            backup: None,
            revision_bump: 10,
        });
        action
    };
    let text = |file: &str| fs::read_to_string(host.dir(file)).unwrap();
    let is_there = |file: &str| Path::new(&host.dir(file)).exists();

    let put_aside = with_rescue(HostActionKind::PutAside);
    for _ in 0..2 {
        assert_eq!(host.paste(&put_aside), "");
        assert_eq!(text("it's data/member.before-1/snap/db"), "old");
        assert_eq!(text("wal.before-1/0.wal"), "old");
        assert!(!is_there("it's data/member") && !is_there("wal/0.wal"));
    }

    let restore = with_rescue(HostActionKind::Restore);
    script::write(&host.folder.path().join("etcdplan"), "#!/bin/sh\nexit 1\n").unwrap();
    assert!(host.paste(&restore).starts_with("NOT RESTORED"));
    assert!(!is_there("it's data/member") && !is_there("wal/0.wal"));
    script::write(
        &host.folder.path().join("etcdplan"),
        &format!("#!/bin/sh\n{SALVAGE}\n"),
    )
    .unwrap();
    assert_eq!(host.paste(&restore), "RESTORED\n");
    assert_eq!(text("it's data/member/snap/db"), "new\n");
    assert_eq!(text("wal/0.wal"), "new\n");
    assert!(
        !is_there("it's data/member/wal"),
        "the log has a directory of its own"
    );
    let left: Vec<_> = fs::read_dir(host.dir("it's data")).unwrap().collect();
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(host.paste(&restore).starts_with("NOT RESTORED"));
    // What was put aside stays so, also if that is pasted again now.
    assert_eq!(host.paste(&put_aside), "");
    assert_eq!(text("wal.before-1/0.wal"), "old");
    // A mount point cannot be renamed.
    assert_eq!(host.inode("it's data"), dir);
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
