//! Where a run goes on, read off the cluster.

use etcdplan::action::Kind;
use etcdplan::apply::journal::Record;
use etcdplan::apply::{passage, position};
use etcdplan::member::MemberId;
use etcdplan::observation::{Condition, Disturbance, Observation};
use etcdplan::plan::{self, Plan};
use etcdplan::topology::Backup;
use etcdplan::version::Version;

use crate::notation;
use crate::planned::planned;

fn live(text: &str) -> Observation {
    notation::live(text, Version::new(3, 5, 30))
}

/// The kind of the step that is next.
fn next(plan: &Plan, live: &Observation) -> Option<Kind> {
    let position = position::of(plan, live, &Record::default());
    plan.steps.get(position.next).map(|step| step.kind)
}

#[test]
fn a_process_that_runs_and_has_lost_its_leader_is_waited_for() {
    let plan = planned("voters=(m1* m2 m3)", "m1 m2 m3 m4");
    let mut joined = live("voters=(m1* m2 m3) learners=(m4)");
    assert_eq!(next(&plan, &joined), Some(Kind::Promote));
    let member = joined.members.iter_mut().find(|m| m.id == MemberId::new(4));
    if let Condition::Running(status) = &mut member.unwrap().condition {
        status.leader = None;
    }
    assert_eq!(next(&plan, &joined), Some(Kind::Start));
}

#[test]
fn what_comes_after_a_stop_proves_it() {
    let plan = planned("voters=(m1* m2 m3)", "m1 m2 m3@9/copy");
    let kinds: Vec<Kind> = plan.steps.iter().map(|step| step.kind).collect();
    let move_of_three = [
        Kind::Stop,
        Kind::MoveData,
        Kind::UpdatePeerUrls,
        Kind::Start,
    ];
    assert_eq!(kinds, move_of_three);
    // Nobody knows how it is; its address was changed, which comes after the stop.
    assert_eq!(
        next(&plan, &live("voters=(m1* m2 m3~@9)")),
        Some(Kind::Start)
    );
    assert_eq!(next(&plan, &live("voters=(m1* m2 m3~)")), Some(Kind::Stop));
}

/// Two members move, one after the other.
fn two_move() -> Plan {
    let plan = planned("voters=(m1* m2 m3)", "m1 m2@8/copy m3@9/copy");
    let members: Vec<&str> = plan.steps.iter().map(|step| step.member.as_str()).collect();
    assert_eq!(members, ["m2", "m2", "m2", "m2", "m3", "m3", "m3", "m3"]);
    plan
}

#[test]
fn the_next_member_proves_that_the_one_before_was_started() {
    let plan = two_move();
    let mut moved = live("voters=(m1* m2@8 m3~@9)");
    let member = moved.members.iter_mut().find(|m| m.id == MemberId::new(2));
    if let Condition::Running(status) = &mut member.unwrap().condition {
        status.leader = None;
    }
    let position = position::of(&plan, &moved, &Record::default());
    assert_eq!(position.next, 7, "the start of m3");
}

#[test]
fn the_next_member_does_not_prove_that_a_process_was_stopped() {
    let plan = two_move();
    // Somebody has changed the address of m3 ahead of its turn.
    let ahead = live("voters=(m1* m2~ m3~@9)");
    let position = position::of(&plan, &ahead, &Record::default());
    assert_eq!(position.next, 0, "the stop of m2");
}

#[test]
fn only_its_own_member_proves_that_data_was_brought() {
    let plan = two_move();
    // m2 is down, and where its data is nobody can tell; somebody has gone on with m3.
    let ahead = live("voters=(m1* m2! m3~@9)");
    let position = position::of(&plan, &ahead, &Record::default());
    assert_eq!(position.next, 1, "the data of m2");
}

/// A backup is before everything, and leaves nothing in the cluster: what came after it proves it.
#[test]
fn a_backup_that_nobody_wrote_down() {
    let mut wanted = notation::wanted("m1 m2 m3 m4");
    wanted.policy.backup = Backup::BeforeApply;
    wanted.policy.backup_dir = Some("backups".to_owned());
    let plan = plan::build(
        &wanted,
        &live("voters=(m1* m2 m3)"),
        &plan::Options::default(),
    );
    let kinds: Vec<Kind> = plan.steps.iter().map(|step| step.kind).collect();
    assert_eq!(
        kinds,
        [Kind::Backup, Kind::AddLearner, Kind::Start, Kind::Promote]
    );
    let at = |text: &str| position::of(&plan, &live(text), &Record::default());
    assert_eq!(at("voters=(m1* m2 m3)").next, 0);
    let joined = at("voters=(m1* m2 m3) learners=(m4?)");
    assert!(joined.next == 2 && joined.owes_backup, "{joined:?}");
    // Where nothing is left to do, none is owed.
    let through = at("voters=(m1* m2 m3 m4)");
    assert!(through.next == 4 && !through.owes_backup, "{through:?}");
}

#[test]
fn a_list_that_may_be_of_before_is_disputed() {
    let disputed = |disturbance: Option<Disturbance>| {
        let mut seen = live("voters=(m1* m2 m3)");
        seen.disturbances = disturbance.into_iter().collect();
        passage::is_disputed(&seen)
    };
    assert!(disputed(Some(Disturbance::ListsDiffer)));
    assert!(disputed(Some(Disturbance::NoQuorum)));
    assert!(!disputed(Some(Disturbance::TermMoving)));
    assert!(!disputed(None));
}
