//! What a run asks of the next look, and what it has seen.

mod darkness;
mod memory;
mod retreat;

use std::time::Duration;

use etcdplan::apply::Depth;
use etcdplan::apply::attention::Wish;
use etcdplan::apply::halt::Halt;
use etcdplan::apply::progress::{Directive, Patience, Progress};
use etcdplan::member::Role;
use etcdplan::observation::{Condition, Disturbance, Observation};
use etcdplan::plan::Plan;
use etcdplan::version::Version;

use crate::notation;
use crate::planned::planned;

const BEGIN: Duration = Duration::ZERO;

fn live(text: &str) -> Observation {
    notation::live(text, Version::new(3, 5, 30))
}

fn progress(plan: &Plan) -> Progress<'_> {
    let patience = Patience {
        step: Duration::from_secs(60),
        run: None,
        spent: Duration::ZERO,
    };
    Progress::new(plan, patience.into())
}

#[test]
fn the_last_look_is_kept() {
    let plan = planned("voters=(m1* m2 m3)", "m1 m2 m3 m4");
    let mut progress = progress(&plan);
    assert_eq!(progress.last_look(), None);
    let seen = live("voters=(m1* m2 m3)");
    let directive = progress.next(Ok(seen.clone()), BEGIN);
    assert!(matches!(directive, Directive::Call { .. }), "{directive:?}");
    assert_eq!(progress.last_look(), Some(&seen));
}

#[test]
fn a_look_asks_as_much_as_the_step_needs() {
    let depth_after = |plan: &Plan, seen: Observation| {
        let mut progress = progress(plan);
        // Where it goes on is not known before the first look.
        assert_eq!(progress.depth(), Depth::Whole);
        progress.next(Ok(seen), BEGIN);
        progress.depth()
    };
    let three = || live("voters=(m1* m2 m3)");
    let mut plan = planned("voters=(m1* m2 m3)", "m1 m2 m3 m4");
    assert_eq!(depth_after(&plan, three()), Depth::Glance);
    // When a process started shows that it was restarted.
    plan.steps[0].parameters.started_before = Some(1);
    assert_eq!(depth_after(&plan, three()), Depth::Whole);
    // Who has run for the longest decides where the leader itself leaves.
    let leaves = planned("voters=(m1* m2 m3)", "m2 m3 m4");
    assert_eq!(depth_after(&leaves, three()), Depth::Whole);
}

#[test]
fn what_is_asked_for_before_the_first_look_is_heeded() {
    let plan = planned("voters=(m1* m2 m3)", "m1 m2 m3 m4");
    for (wish, stops) in [
        (Wish::GoOn, false),
        (Wish::StopAfterStep, true),
        (Wish::StopWaiting, true),
    ] {
        let mut progress = progress(&plan);
        progress.heed(wish);
        let directive = progress.next(Ok(live("voters=(m1* m2 m3)")), BEGIN);
        let stopped = matches!(directive, Directive::Halt(Halt::Interrupted { .. }));
        assert_eq!(stopped, stops, "{wish:?}: {directive:?}");
    }
}

/// The run as it is before the promotion of m4, whose learner is in sync.
fn before_promotion(plan: &Plan) -> (Progress<'_>, Observation) {
    let joined = live("voters=(m1* m2 m3) learners=(m4)");
    let mut progress = progress(plan);
    let directive = progress.next(Ok(joined.clone()), BEGIN);
    assert!(matches!(directive, Directive::Wait(_)), "{directive:?}");
    (progress, joined)
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// When it first asks for something, looked at every so often.
fn asks_at(
    progress: &mut Progress<'_>,
    seen: &Observation,
    from: Duration,
    every: Duration,
) -> Option<Duration> {
    let mut now = from;
    for _ in 0..400 {
        now += every;
        match progress.next(Ok(seen.clone()), now) {
            Directive::Call { .. } => return Some(now),
            Directive::Halt(_) => return None,
            Directive::Wait(_)
            | Directive::Host(_)
            | Directive::Backup(_)
            | Directive::Finished => {}
        }
    }
    None
}

#[test]
fn a_learner_is_promoted_at_a_second_look() {
    let plan = planned("voters=(m1* m2 m3)", "m1 m2 m3 m4");
    let (mut progress, joined) = before_promotion(&plan);
    let asked = asks_at(&mut progress, &joined, BEGIN, millis(1)).unwrap();
    assert!(asked > millis(1), "{asked:?}");
}

#[test]
fn a_call_whose_effect_is_not_seen_is_made_again_after_a_while() {
    let plan = planned("voters=(m1* m2 m3)", "m1 m2 m3 m4");
    let (mut progress, joined) = before_promotion(&plan);
    let asked = asks_at(&mut progress, &joined, BEGIN, millis(10)).unwrap();
    progress.called(Ok(()), asked);
    let again = asks_at(&mut progress, &joined, asked, millis(100)).unwrap();
    assert!(again > asked + millis(1000), "{asked:?} {again:?}");
}

/// What passes by itself is waited for as long as a step may take, what does not for a moment.
#[test]
fn a_rule_that_refuses_is_given_its_time() {
    let halts_at = |plan: &Plan, seen: &Observation| {
        let mut progress = progress(plan);
        (0..700).map(|tenths| millis(100 * tenths)).find(|now| {
            let directive = progress.next(Ok(seen.clone()), *now);
            matches!(directive, Directive::Halt(Halt::Refused { .. }))
        })
    };
    let grow = planned("voters=(m1* m2 m3)", "m1 m2 m3 m4");
    let mut behind = live("voters=(m1* m2 m3) learners=(m4)");
    for member in &mut behind.members {
        if let Condition::Running(status) = &mut member.condition {
            status.raft_index = if member.role == Role::Voter {
                90_000
            } else {
                10
            };
        }
    }
    let passing = halts_at(&grow, &behind);
    assert!(passing.is_none_or(|at| at > millis(50_000)), "{passing:?}");

    let shrink = planned("voters=(m1* m2 m3)", "m1 m2");
    let halted = halts_at(&shrink, &live("voters=(m1* m2! m3)"));
    let within = millis(100)..millis(40_000);
    assert!(halted.is_some_and(|at| within.contains(&at)), "{halted:?}");
}

/// It may be an old list, or one that is changing: for a moment. A list that nobody disputes counts.
#[test]
fn members_that_are_disputed_are_looked_at_again() {
    let plan = planned("voters=(m1* m2 m3)", "m1 m2 m3 m4");
    let mut others = live("voters=(m1* m2 m3 m5)");
    let directive = progress(&plan).next(Ok(others.clone()), BEGIN);
    assert!(matches!(directive, Directive::Halt(_)), "{directive:?}");

    others.disturbances.insert(Disturbance::ListsDiffer);
    let mut progress = progress(&plan);
    let mut halts = |millis| {
        let directive = progress.next(Ok(others.clone()), Duration::from_millis(millis));
        matches!(directive, Directive::Halt(_))
    };
    assert_eq!([0, 2_999, 3_000].map(&mut halts), [false, false, true]);
}

/// What was waited for before the call is no time in which its effect was not seen.
#[test]
fn a_call_that_was_made_late_is_not_made_again_at_once() {
    let plan = planned("voters=(m1* m2 m3)", "m1 m2 m3 m4");
    let (mut progress, joined) = before_promotion(&plan);
    progress.withheld("somebody".to_owned(), millis(1));
    let asked = asks_at(&mut progress, &joined, millis(20_000), millis(10)).unwrap();
    progress.called(Ok(()), asked);
    let again = asks_at(&mut progress, &joined, asked, millis(100)).unwrap();
    assert!(again > asked + millis(1000), "{asked:?} {again:?}");
}
