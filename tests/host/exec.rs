//! `exec`: a program of the operator's for each action.

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use etcdplan::apply::host_action::ExpectedData;
use etcdplan::apply::{HostError, HostOutcome};
use etcdplan::topology::HostActionKind;

use crate::{Machine, action, lines};

fn machine() -> Machine {
    Machine::new("{ kind: exec, exec: { start: [./start, a b, $HOME], timeout: 1s } }")
}

/// What DESIGN promises to the program, all of it.
#[test]
fn the_environment_is_complete() {
    let mut machine = machine();
    machine.program("start", "env | grep -E '^ETCD' | sort >told");
    let mut start = action(HostActionKind::Start);
    start.place.data_dir = Some("/var/lib/etcd".to_owned());
    start.previous.data_dir = Some("/old/etcd".to_owned());
    start.settings.wal_dir = Some("/fast/wal".to_owned());
    start.settings.env = [("ETCD_QUOTA_BACKEND_BYTES".to_owned(), "8".to_owned())].into();
    start.vars = [("rack".to_owned(), "b7".to_owned())].into();
    assert_eq!(machine.perform(&start), Ok(HostOutcome::Performed));
    // What the tests themselves were given is passed on too.
    let inherited =
        |line: &String| env::vars_os().any(|(name, _)| line.split('=').next() == name.to_str());
    let mut told = lines(&machine.path("told"));
    told.retain(|line| !inherited(line));
    insta::assert_snapshot!(told.join("\n"), @r"
    ETCDPLAN_ACTION=start
    ETCDPLAN_CLIENT_URLS=http://10.0.4.14:2379
    ETCDPLAN_CLUSTER=test
    ETCDPLAN_DATA=any
    ETCDPLAN_DATA_DIR=/var/lib/etcd
    ETCDPLAN_HOST=10.0.4.14
    ETCDPLAN_MEMBER=infra3
    ETCDPLAN_MEMBER_ID=8e9e05c52164694d
    ETCDPLAN_PEER_URLS=http://10.0.4.14:2380
    ETCDPLAN_PLAN_ID=9f2c41d000000000
    ETCDPLAN_PREVIOUS_DATA_DIR=/old/etcd
    ETCDPLAN_PREVIOUS_HOST=10.0.4.13
    ETCDPLAN_PREVIOUS_PEER_URLS=http://10.0.4.13:2380
    ETCDPLAN_STEP=s3
    ETCDPLAN_VAR_RACK=b7
    ETCD_ADVERTISE_CLIENT_URLS=http://10.0.4.14:2379
    ETCD_DATA_DIR=/var/lib/etcd
    ETCD_INITIAL_ADVERTISE_PEER_URLS=http://10.0.4.14:2380
    ETCD_INITIAL_CLUSTER=infra3=http://10.0.4.14:2380
    ETCD_INITIAL_CLUSTER_STATE=existing
    ETCD_LISTEN_CLIENT_URLS=http://10.0.4.14:2379
    ETCD_LISTEN_PEER_URLS=http://10.0.4.14:2380
    ETCD_NAME=infra3
    ETCD_QUOTA_BACKEND_BYTES=8
    ETCD_WAL_DIR=/fast/wal
    ");
}

/// The programs that the tests of real clusters run with, and that README shows: none starts a
/// member on what is not its own, or on nothing.
#[test]
fn the_programs_of_the_bed_check_the_data() {
    use ExpectedData::{Any, Empty, Present};
    use HostActionKind::{MoveData, Restart, Start, Stop, Wipe};
    let driver = "{ kind: exec, exec: { start: [driver/start], stop: [driver/stop], \
                  restart: [driver/restart], moveData: [driver/moveData], wipe: [driver/wipe] } }";
    let mut machine = Machine::new(driver);
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bed/driver");
    symlink(programs, machine.path("driver")).unwrap();
    machine.program(
        "bin/etcd",
        "mkdir -p $ETCD_DATA_DIR; echo $$ >>$ETCD_DATA_DIR/db; exec sleep 60",
    );
    let data = |machine: &Machine| machine.path("hosts/10.0.4.14/var/lib/etcd");
    let act = |machine: &mut Machine, kind, data: ExpectedData| {
        let mut action = action(kind);
        action.place.data_dir = Some("/var/lib/etcd".to_owned());
        action.previous.data_dir = action.place.data_dir.clone();
        action.data = data;
        machine.said.clear();
        machine.perform(&action)
    };
    let refuse = |machine: &mut Machine, kind, data: ExpectedData, why: &str| {
        let refused = act(machine, kind, data).unwrap_err();
        assert!(matches!(refused, HostError::Failed { .. }), "{refused}");
        assert!(machine.said.concat().contains(why), "{:?}", machine.said);
    };
    refuse(&mut machine, Start, Present, "holds no data");
    refuse(&mut machine, Restart, Present, "holds no data");
    fs::create_dir_all(data(&machine)).unwrap();
    fs::write(data(&machine).join("db"), "another's").unwrap();
    refuse(
        &mut machine,
        Start,
        Empty,
        "holds the data of an earlier member",
    );
    act(&mut machine, Wipe, Any).unwrap();
    // It may end before it is a member, and be started again.
    for (starts, kind, found) in [(1, Start, Empty), (2, Start, Empty), (3, Restart, Present)] {
        act(&mut machine, kind, found).unwrap();
        // Ended before it has begun, it would leave no line.
        let is_begun = || lines(&data(&machine).join("db")).len() == starts;
        let begun = (0..4000).any(|_| {
            sleep(Duration::from_millis(5));
            is_begun()
        });
        assert!(begun, "start {starts}");
        act(&mut machine, Stop, Any).unwrap();
    }
    assert_eq!(lines(&data(&machine).join("db")).len(), 3);
    let note = machine.path("hosts/10.0.4.14/var/lib/etcd.member");
    fs::write(&note, "0000000000000001").unwrap();
    refuse(
        &mut machine,
        Start,
        Present,
        "holds the data of member 0000000000000001",
    );
    // What is found where data is to be brought is put aside, and not taken for it.
    let from = machine.path("hosts/10.0.4.13/var/lib/etcd");
    fs::create_dir_all(&from).unwrap();
    fs::write(from.join("db"), "its own").unwrap();
    for _ in 0..2 {
        act(&mut machine, MoveData, Any).unwrap();
    }
    assert_eq!(lines(&data(&machine).join("db")), ["its own"]);
    assert!(!from.exists());
    act(&mut machine, Start, Present).unwrap();
    act(&mut machine, Stop, Any).unwrap();
}

/// Arguments arrive as written, in the folder of the file, and standard input is closed.
#[test]
fn no_shell_is_between() {
    let mut machine = machine();
    machine.program(
        "start",
        "pwd >told; printf '%s\\n' \"$@\" >>told; cat >>told",
    );
    machine.perform(&action(HostActionKind::Start)).unwrap();
    let folder = fs::canonicalize(machine.folder.path()).unwrap();
    let told = lines(&machine.path("told"));
    assert_eq!(told, [folder.to_str().unwrap(), "a b", "$HOME"]);
}

#[test]
fn each_line_names_the_member() {
    let mut machine = machine();
    machine.program("start", "echo one; echo two >&2; printf 'th\\033[31mree'");
    machine.perform(&action(HostActionKind::Start)).unwrap();
    machine.said.sort();
    let [one, three, two] = machine.said.as_slice() else {
        panic!("{:?}", machine.said)
    };
    assert_eq!((one.as_str(), two.as_str()), ("infra3: one", "infra3: two"));
    assert!(
        three.starts_with("infra3: th") && !three.contains('\x1b'),
        "{three:?}"
    );
}

#[test]
fn a_failure_is_told() {
    let mut machine = machine();
    machine.program("start", "echo no disk >&2; exit 3");
    let failed = machine.perform(&action(HostActionKind::Start)).unwrap_err();
    insta::assert_snapshot!(failed, @"`./start` ended with exit status: 3");
    assert_eq!(machine.said, ["infra3: no disk"]);
}

#[test]
fn a_program_that_is_not_there_is_told() {
    let failed = machine()
        .perform(&action(HostActionKind::Start))
        .unwrap_err();
    insta::assert_snapshot!(failed, @"cannot run `./start`: No such file or directory (os error 2)");
}

/// A process that outlives the program, as an etcd does, does not hold it up.
#[test]
fn what_the_program_leaves_running_is_not_waited_for() {
    let mut machine = machine();
    machine.program("start", "sleep 20 & echo $! >pid; echo started");
    assert_eq!(
        machine.perform(&action(HostActionKind::Start)),
        Ok(HostOutcome::Performed)
    );
    assert_eq!(machine.said, ["infra3: started"]);
    end(&machine.path("pid"));
}

/// At the timeout the program ends with all that it started.
#[test]
fn the_timeout_ends_the_whole_group() {
    let mut machine = machine();
    machine.program("start", "sleep 30 & echo $! >pid; wait");
    let failed = machine.perform(&action(HostActionKind::Start)).unwrap_err();
    assert!(matches!(failed, HostError::TimedOut { .. }), "{failed}");
    insta::assert_snapshot!(failed, @"`./start` did not end within 1s");
    assert!(!runs(&machine.path("pid")), "its child is ended too");
}

/// What does not heed TERM gets KILL, 10 s later, also where the program itself has ended.
#[test]
fn what_does_not_heed_term_is_killed() {
    let mut machine = machine();
    machine.program(
        "start",
        "(trap '' TERM; while :; do sleep 1; done) & echo $! >pid; wait",
    );
    let failed = machine.perform(&action(HostActionKind::Start)).unwrap_err();
    assert!(matches!(failed, HostError::TimedOut { .. }), "{failed}");
    assert!(!runs(&machine.path("pid")));
}

#[test]
fn what_is_not_configured_is_left_to_hand() {
    let mut machine = machine();
    let left = machine.perform(&action(HostActionKind::Stop));
    assert_eq!(left, Ok(HostOutcome::LeftToHand));
    assert!(
        machine.said.concat().contains("10.0.4.14"),
        "{:?}",
        machine.said
    );
}

/// Whether it goes on running: a process that was killed may take a moment to end.
fn runs(pid: &Path) -> bool {
    let pid = fs::read_to_string(pid).unwrap();
    let status = format!("/proc/{}/status", pid.trim());
    (0..100).all(|_| {
        sleep(Duration::from_millis(20));
        fs::read_to_string(&status).is_ok_and(|status| !status.contains("State:\tZ"))
    })
}

fn end(pid: &Path) {
    let pid = fs::read_to_string(pid).unwrap().trim().parse().unwrap();
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
}

/// A program may write what it likes: nobody hangs up on it.
#[test]
fn bytes_that_are_no_text_are_passed_on_harmlessly() {
    let mut machine = machine();
    let words =
        r"printf 'bad \377\033[2J\n'; head -c 20000 /dev/zero | tr '\0' x; echo; echo after";
    machine.program("start", words);
    let performed = machine.perform(&action(HostActionKind::Start));
    assert_eq!(performed, Ok(HostOutcome::Performed));
    let said: Vec<&str> = machine.said.iter().map(String::as_str).collect();
    assert_eq!(said.first(), Some(&"infra3: bad \u{fffd}\\u{1b}[2J"));
    assert_eq!(said.last(), Some(&"infra3: after"));
    assert_eq!(said.len(), 5);
}
