//! What is put back, and taken out, when a step fails.

use std::time::Duration;

use etcdplan::apply::halt::Halt;
use etcdplan::apply::progress::{Directive, Progress};
use etcdplan::apply::{HostError, HostOutcome};
use etcdplan::observation::Observation;
use etcdplan::plan::Plan;
use etcdplan::topology::{HostActionKind, OnFailedJoin};

use crate::planned::planned;
use crate::progress::{BEGIN, live, millis, progress};

fn failed() -> Result<HostOutcome, HostError> {
    Err(HostError::Failed {
        program: "driver".to_owned(),
        status: "exit status 1".to_owned(),
    })
}

fn asks_for(directive: &Directive, kind: HostActionKind) -> bool {
    matches!(directive, Directive::Host(action) if action.kind == kind)
}

/// A move of m2 whose copy has failed, and the time at which its old process was started again.
pub(super) fn returning(plan: &Plan) -> (Progress<'_>, Duration) {
    let mut progress = progress(plan);
    let directive = progress.next(Ok(live("voters=(m1* m2 m3)")), BEGIN);
    assert!(asks_for(&directive, HostActionKind::Stop), "{directive:?}");
    progress.performed(Ok(HostOutcome::Performed), millis(10));
    let stopped = live("voters=(m1* m2! m3)");
    let directive = progress.next(Ok(stopped.clone()), millis(20));
    assert!(
        asks_for(&directive, HostActionKind::MoveData),
        "{directive:?}"
    );
    progress.performed(failed(), millis(30));
    let directive = progress.next(Ok(stopped), millis(40));
    assert!(asks_for(&directive, HostActionKind::Start), "{directive:?}");
    progress.performed(Ok(HostOutcome::Performed), millis(50));
    (progress, millis(50))
}

#[test]
fn an_old_process_that_does_not_serve_again_is_told() {
    let plan = planned("voters=(m1* m2 m3)", "m1 m2@12/copy m3");
    let (mut progress, started) = returning(&plan);
    let mut after = |time| {
        let silent = live("voters=(m1* m2! m3)");
        progress.next(Ok(silent), started + millis(time))
    };
    assert!(matches!(after(1), Directive::Wait(_)));
    assert!(matches!(after(30_000), Directive::Wait(_)));
    let Directive::Halt(Halt::HostFailed { aftermath, .. }) = after(30_001) else {
        panic!("goes on");
    };
    let aftermath = aftermath.unwrap();
    assert!(aftermath.contains("does not serve at"), "{aftermath}");
}

/// What was removed is not started again, whatever became of its process.
#[test]
fn only_a_move_is_put_back() {
    let plan = planned("voters=(m1* m2 m3)", "m1 m2");
    let mut progress = progress(&plan);
    let directive = progress.next(Ok(live("voters=(m1* m2 m3)")), BEGIN);
    assert!(matches!(directive, Directive::Call { .. }), "{directive:?}");
    progress.called(Ok(()), BEGIN);
    let two = live("voters=(m1* m2)");
    let directive = progress.next(Ok(two.clone()), millis(10));
    assert!(asks_for(&directive, HostActionKind::Stop), "{directive:?}");
    progress.performed(failed(), millis(20));
    let directive = progress.next(Ok(two), millis(30));
    let Directive::Halt(Halt::HostFailed { aftermath, .. }) = directive else {
        panic!("{directive:?}");
    };
    assert_eq!(aftermath, None);
}

/// A plan whose learners are taken out again where they do not join.
fn removing() -> Plan {
    let mut plan = planned("voters=(m1* m2 m3)", "m1 m2 m3 m4");
    plan.topology.policy.on_failed_join = OnFailedJoin::Remove;
    plan
}

/// The run at 20 ms, when m4 is about to be taken out, and what is seen until it is.
fn taking_out(plan: &Plan) -> (Progress<'_>, Observation) {
    let mut progress = progress(plan);
    let listed = live("voters=(m1* m2 m3) learners=(m4?)");
    let directive = progress.next(Ok(listed.clone()), BEGIN);
    assert!(asks_for(&directive, HostActionKind::Start), "{directive:?}");
    progress.performed(failed(), millis(10));
    let directive = progress.next(Ok(listed.clone()), millis(20));
    assert!(matches!(directive, Directive::Wait(_)), "{directive:?}");
    (progress, listed)
}

/// A learner that was taken out, and whose process could not be stopped.
#[test]
fn a_process_that_outlives_its_member_is_told() {
    let plan = removing();
    let (mut progress, listed) = taking_out(&plan);
    let directive = progress.next(Ok(listed), millis(30));
    assert!(matches!(directive, Directive::Call { .. }), "{directive:?}");
    progress.called(Ok(()), millis(40));
    let without = live("voters=(m1* m2 m3)");
    let directive = progress.next(Ok(without.clone()), millis(50));
    assert!(asks_for(&directive, HostActionKind::Stop), "{directive:?}");
    progress.performed(failed(), millis(60));
    let directive = progress.next(Ok(without), millis(70));
    let Directive::Halt(Halt::NotJoined { became, .. }) = directive else {
        panic!("{directive:?}");
    };
    assert!(became.contains("its process is not stopped"), "{became}");
}

/// A learner that cannot be taken out in time stays, and that is told.
#[test]
fn a_learner_that_is_not_taken_out_in_time_stays() {
    let plan = removing();
    let (mut progress, listed) = taking_out(&plan);
    let mut at = |time| progress.next(Ok(listed.clone()), millis(time));
    assert!(matches!(at(30_020), Directive::Call { .. }));
    let Directive::Halt(Halt::NotJoined { became, .. }) = at(30_021) else {
        panic!("goes on");
    };
    assert!(
        became.contains("it stays: etcd did not do it in time"),
        "{became}"
    );
}
