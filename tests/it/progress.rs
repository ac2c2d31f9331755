//! What a run asks of the next look, and what it has seen.

use std::time::Duration;

use etcdplan::apply::Depth;
use etcdplan::apply::attention::Wish;
use etcdplan::apply::halt::Halt;
use etcdplan::apply::progress::{Directive, Patience, Progress};
use etcdplan::observation::Observation;
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
