//! `manual`: what a person is told.

mod machine;
mod pasted;

use etcdplan::apply::host_action::{ExpectedData, HostAction, Membership};
use etcdplan::apply::{HostOutcome, Hosts as _};
use etcdplan::host::{Drivers, Output, Reply, instructions};
use etcdplan::topology::HostActionKind;
use etcdplan::version::Version;
use insta::assert_snapshot;

use crate::{Machine, action};

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
