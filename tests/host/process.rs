//! `process`: etcd on this machine.

use std::fs;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

use etcdplan::apply::HostOutcome;
use etcdplan::apply::host_action::{ExpectedData, HostAction};
use etcdplan::member::MemberId;
use etcdplan::topology::HostActionKind;

use crate::{Machine, action};

/// With a program in place of etcd that writes into its data directory and stays.
fn machine() -> Machine {
    let machine = Machine::new("{ kind: process, process: { etcd: ./etcd, root: members } }");
    machine.program(
        "etcd",
        "mkdir -p $ETCD_DATA_DIR; echo $$ >>$ETCD_DATA_DIR/db; exec sleep 60",
    );
    machine
}

/// The action at one place, as for a member that does not move.
fn here(kind: HostActionKind, data: ExpectedData) -> HostAction {
    let mut action = action(kind);
    action.previous = action.place.clone();
    action.data = data;
    action
}

fn home(machine: &Machine, host: &str) -> PathBuf {
    machine.path("members/infra3").join(host)
}

fn starts(machine: &Machine, host: &str) -> usize {
    let data = home(machine, host).join("data/db");
    fs::read_to_string(data).map_or(0, |text| text.lines().count())
}

/// It writes a moment after it was started.
fn was_started_once(machine: &Machine, host: &str) -> bool {
    (0..1000).any(|_| {
        sleep(Duration::from_millis(5));
        starts(machine, host) == 1
    })
}

fn stop(machine: &mut Machine) {
    let stopped = machine.perform(&here(HostActionKind::Stop, ExpectedData::Any));
    assert_eq!(stopped, Ok(HostOutcome::Performed));
}

#[test]
fn start_and_stop_may_be_repeated() {
    let mut machine = machine();
    let start = here(HostActionKind::Start, ExpectedData::Empty);
    machine.perform(&start).unwrap();
    machine.perform(&start).unwrap();
    assert!(was_started_once(&machine, "10.0.4.14"));
    stop(&mut machine);
    stop(&mut machine);
}

/// A pid that has been given to another process since is not ours to end.
#[test]
fn a_pid_is_trusted_only_with_its_start_time() {
    let mut machine = machine();
    machine
        .perform(&here(HostActionKind::Start, ExpectedData::Empty))
        .unwrap();
    let file = home(&machine, "10.0.4.14").join("etcd.pid");
    let ours = fs::read_to_string(&file).unwrap();
    let mut stranger = std::process::Command::new("sleep")
        .arg("60")
        .spawn()
        .unwrap();
    let (_, started) = ours.split_once(' ').unwrap();
    fs::write(&file, format!("{} {started}", stranger.id())).unwrap();
    stop(&mut machine);
    assert_eq!(stranger.try_wait().unwrap(), None, "it was left alone");
    stranger.kill().unwrap();
    stranger.wait().unwrap();
    fs::write(&file, ours).unwrap();
    stop(&mut machine);
}

#[test]
fn what_ends_at_once_was_not_started() {
    let mut machine = machine();
    machine.program("etcd", "echo member count is unequal; exit 1");
    let start = here(HostActionKind::Start, ExpectedData::Empty);
    // On a busy machine it may take longer to end than it is looked at.
    let said = (0..20).find_map(|_| machine.perform(&start).err());
    insta::assert_snapshot!(said.unwrap(), @"`etcd` ended with an error: member count is unequal");
}

/// A member that has forgotten its votes must never vote again.
#[test]
fn a_present_member_never_starts_on_an_empty_directory() {
    let mut machine = machine();
    let start = here(HostActionKind::Start, ExpectedData::Present);
    let refused = machine.perform(&start).unwrap_err().to_string();
    assert!(refused.contains("holds no data"), "{refused}");
    assert_eq!(starts(&machine, "10.0.4.14"), 0);
}

#[test]
fn a_new_member_never_starts_on_old_data() {
    let mut machine = machine();
    let data = home(&machine, "10.0.4.14").join("data");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("db"), "another's\n").unwrap();
    let start = here(HostActionKind::Start, ExpectedData::Empty);
    let refused = machine.perform(&start).unwrap_err().to_string();
    assert!(refused.contains("clear it first"), "{refused}");
    machine
        .perform(&here(HostActionKind::Wipe, ExpectedData::Any))
        .unwrap();
    machine.perform(&start).unwrap();
    stop(&mut machine);
}

#[test]
fn data_is_not_cleared_under_a_process() {
    let mut machine = machine();
    machine
        .perform(&here(HostActionKind::Start, ExpectedData::Empty))
        .unwrap();
    let wipe = here(HostActionKind::Wipe, ExpectedData::Any);
    let refused = machine.perform(&wipe).unwrap_err().to_string();
    assert!(refused.contains("still runs"), "{refused}");
    assert!(was_started_once(&machine, "10.0.4.14"));
    stop(&mut machine);
    machine.perform(&wipe).unwrap();
    machine.perform(&wipe).unwrap();
    assert_eq!(starts(&machine, "10.0.4.14"), 0);
}

/// A machine on which `infra3` was, with some data.
fn moving() -> Machine {
    let machine = machine();
    let data = home(&machine, "10.0.4.13").join("data/member");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("wal"), "entries").unwrap();
    machine
}

#[test]
fn moved_data_is_whole_and_the_old_is_put_aside() {
    let mut machine = moving();
    let to = home(&machine, "10.0.4.14");
    // What an interrupted copy has left.
    fs::create_dir_all(to.join("data.partial/member")).unwrap();
    fs::write(to.join("data.partial/member/half"), "ent").unwrap();
    for _ in 0..2 {
        machine.perform(&action(HostActionKind::MoveData)).unwrap();
        assert_eq!(
            fs::read_to_string(to.join("data/member/wal")).unwrap(),
            "entries"
        );
        assert!(!to.join("data/member/half").exists());
        assert!(!to.join("data.partial").exists());
    }
    let from = home(&machine, "10.0.4.13");
    assert!(!from.join("data").exists());
    assert!(from.join("data.moved-away/member/wal").exists());
}

#[test]
fn a_failed_copy_leaves_the_data_where_it_was() {
    let mut machine = moving();
    let to = home(&machine, "10.0.4.14");
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::write(&to, "a file in the way").unwrap();
    let failed = machine
        .perform(&action(HostActionKind::MoveData))
        .unwrap_err();
    assert!(failed.to_string().contains("cannot copy"), "{failed}");
    assert!(home(&machine, "10.0.4.13").join("data/member/wal").exists());
}

#[test]
fn data_is_not_copied_under_a_process() {
    let mut machine = machine();
    let mut start = here(HostActionKind::Start, ExpectedData::Empty);
    start.place = action(HostActionKind::Start).previous;
    start.previous = start.place.clone();
    machine.perform(&start).unwrap();
    let failed = machine
        .perform(&action(HostActionKind::MoveData))
        .unwrap_err();
    assert!(failed.to_string().contains("still runs"), "{failed}");
    start.kind = HostActionKind::Stop;
    machine.perform(&start).unwrap();
}

/// Another member's data, where this one is to be or was.
fn strangers(machine: &Machine, host: &str) -> PathBuf {
    let home = home(machine, host);
    fs::create_dir_all(home.join("data/member")).unwrap();
    fs::write(home.join("data/member/wal"), "another's").unwrap();
    fs::write(home.join("joined"), "0000000000000001").unwrap();
    home
}

/// What an earlier member has left where the copy belongs is neither taken for it nor lost.
#[test]
fn stale_data_is_put_aside_for_the_copy() {
    let mut machine = moving();
    let to = strangers(&machine, "10.0.4.14");
    for _ in 0..2 {
        machine.perform(&action(HostActionKind::MoveData)).unwrap();
        let there = |name: &str| fs::read_to_string(to.join(name)).unwrap();
        assert_eq!(there("data/member/wal"), "entries");
        assert_eq!(there("data.moved-away/member/wal"), "another's");
        assert_eq!(there("joined"), "8e9e05c52164694d");
    }
    let from = home(&machine, "10.0.4.13");
    assert!(from.join("data.moved-away/member/wal").exists());
}

/// The copy was whole, and only the old directory not yet put aside; or, after that, the old
/// process was started again, so that the copy is of an earlier time.
#[test]
fn a_copy_counts_only_where_it_is_still_the_same() {
    for stands in ["entries", "earlier"] {
        let mut machine = moving();
        let (from, to) = (home(&machine, "10.0.4.13"), home(&machine, "10.0.4.14"));
        fs::create_dir_all(to.join("data/member")).unwrap();
        fs::write(to.join("data/member/wal"), stands).unwrap();
        machine.perform(&action(HostActionKind::MoveData)).unwrap();
        let there = fs::read_to_string(to.join("data/member/wal")).unwrap();
        assert_eq!(there, "entries");
        assert!(!from.join("data").exists());
        assert_eq!(to.join("data.moved-away").exists(), stands == "earlier");
    }
}

#[test]
fn anothers_data_is_not_brought() {
    let mut machine = machine();
    let from = strangers(&machine, "10.0.4.13");
    let refused = machine.perform(&action(HostActionKind::MoveData));
    let refused = refused.unwrap_err().to_string();
    assert!(
        refused.contains("the data of member 0000000000000001"),
        "{refused}"
    );
    assert!(from.join("data/member/wal").exists());
    assert!(!home(&machine, "10.0.4.14").join("data").exists());
}

#[test]
fn anothers_data_is_neither_started_nor_cleared() {
    let mut machine = machine();
    let there = strangers(&machine, "10.0.4.14");
    for (kind, data) in [
        (HostActionKind::Start, ExpectedData::Present),
        (HostActionKind::Restart, ExpectedData::Present),
        (HostActionKind::Start, ExpectedData::Empty),
        (HostActionKind::Wipe, ExpectedData::Any),
    ] {
        let refused = machine.perform(&here(kind, data)).unwrap_err().to_string();
        assert!(
            refused.contains("holds the data of") || refused.contains("it is the data of"),
            "{refused}"
        );
        assert!(there.join("data/member/wal").exists());
    }
    assert_eq!(starts(&machine, "10.0.4.14"), 0);
}

/// Two members of one name on one host: what is done to one is not done to the other.
#[test]
fn anothers_process_is_left_alone() {
    let mut machine = machine();
    let mut other = here(HostActionKind::Start, ExpectedData::Empty);
    other.member_id = Some(MemberId::new(1));
    machine.perform(&other).unwrap();
    stop(&mut machine);
    for kind in [
        HostActionKind::Start,
        HostActionKind::Restart,
        HostActionKind::MoveData,
    ] {
        let refused = machine.perform(&action(kind));
        assert!(refused.is_err(), "{refused:?}");
    }
    machine.perform(&other).unwrap();
    assert!(
        was_started_once(&machine, "10.0.4.14"),
        "it runs all the time"
    );
    other.kind = HostActionKind::Stop;
    machine.perform(&other).unwrap();
}

/// A member that takes the name of one that was removed keeps its data.
#[test]
fn a_name_that_had_data_before() {
    let mut machine = moving();
    let to = strangers(&machine, "10.0.4.14");
    let mut restart = action(HostActionKind::Restart);
    restart.data = ExpectedData::Present;
    machine.perform(&restart).unwrap();
    let there = fs::read_to_string(to.join("data/member/wal")).unwrap();
    assert_eq!(there, "entries");
    assert!(to.join("data.moved-away/member/wal").exists());
    stop(&mut machine);
}

/// Data stands below the root, whatever directory the file names for real hosts.
#[test]
fn nothing_outside_of_the_root_is_touched() {
    let mut machine = machine();
    let precious = machine.path("precious");
    fs::create_dir_all(&precious).unwrap();
    fs::write(precious.join("work"), "").unwrap();
    for (kind, data) in [
        (HostActionKind::Start, ExpectedData::Empty),
        (HostActionKind::Stop, ExpectedData::Any),
        (HostActionKind::Wipe, ExpectedData::Any),
    ] {
        let mut action = here(kind, data);
        action.place.data_dir = Some(precious.display().to_string());
        action.settings.wal_dir = action.place.data_dir.clone();
        machine.perform(&action).unwrap();
    }
    assert_eq!(fs::read_dir(&precious).unwrap().count(), 1);
}
