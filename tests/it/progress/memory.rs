//! When two runs are the same: what they remember differs by what decides, and by nothing else.

use etcdplan::action::Kind;
use etcdplan::apply::progress::Directive;
use etcdplan::plan::Plan;

use crate::planned::planned;
use crate::progress::darkness::move_of_the_only_one;
use crate::progress::retreat::returning;
use crate::progress::{BEGIN, live, millis, progress};

#[test]
fn an_effect_is_awaited_until_it_is_asked_for_again() {
    let plan = planned("voters=(m1* m2 m3)", "m1 m2 m3 m4");
    let mut progress = progress(&plan);
    let directive = progress.next(Ok(live("voters=(m1* m2 m3)")), BEGIN);
    assert!(matches!(directive, Directive::Call { .. }), "{directive:?}");
    progress.called(Ok(()), BEGIN);
    let after = |time| progress.memory(millis(time));
    assert_eq!(after(1), after(2_999));
    assert_ne!(after(2_999), after(3_000));
    assert_eq!(after(3_000), after(50_000));
}

#[test]
fn a_process_is_given_its_time_to_serve_again() {
    let plan = planned("voters=(m1* m2 m3)", "m1 m2@12/copy m3");
    let (progress, started) = returning(&plan);
    let after = |time| progress.memory(started + millis(time));
    assert_eq!(after(1), after(30_000));
    assert_ne!(after(30_000), after(30_001));
    assert_eq!(after(30_001), after(50_000));
}

/// What two looks differ by is remembered only where a plan may go on without any.
#[test]
fn the_last_look_is_remembered_where_the_plan_silences_everybody() {
    let depends_on_looks = |plan: &Plan, line: &str| {
        let memory = |time: &str| {
            let mut progress = progress(plan);
            let mut seen = live(line);
            seen.observed_at = time.to_owned();
            progress.next(Ok(seen), BEGIN);
            progress.memory(BEGIN)
        };
        memory("2026-01-02T03:04:05Z") != memory("2026-01-02T03:04:06Z")
    };
    let three = planned("voters=(m1* m2 m3)", "m1 m2 m3 m4");
    assert!(!depends_on_looks(&three, "voters=(m1* m2 m3)"));
    let only = move_of_the_only_one();
    assert!(depends_on_looks(&only, "voters=(m1*)"));
    // Before the silence, in it, and after it: each alone is enough.
    for kind in [Kind::Stop, Kind::MoveData, Kind::Start] {
        let mut some = only.clone();
        some.steps
            .retain(|step| step.kind == Kind::UpdatePeerUrls || step.kind == kind);
        assert!(depends_on_looks(&some, "voters=(m1*)"), "{kind}");
    }
}
