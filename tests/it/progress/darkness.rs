//! What a run does while nobody answers.

use std::time::Duration;

use etcdplan::action::Kind;
use etcdplan::apply::attention::Wish;
use etcdplan::apply::halt::Halt;
use etcdplan::apply::progress::{Directive, Progress};
use etcdplan::apply::{Event, HostOutcome, ObserveError};
use etcdplan::plan::{Options, Plan};
use etcdplan::safety::Outage;
use etcdplan::topology::HostActionKind;

use crate::planned::{asked, planned};
use crate::progress::{BEGIN, live, millis, progress};

/// The only member goes to another machine with its data: nobody answers from its stop to its start.
pub(super) fn move_of_the_only_one() -> Plan {
    let options = Options {
        outage: Outage::Allowed,
        ..Options::default()
    };
    let plan = asked("voters=(m1*)", "m1@11/copy", &options);
    let kinds: Vec<Kind> = plan.steps.iter().map(|step| step.kind).collect();
    assert_eq!(
        kinds,
        [
            Kind::UpdatePeerUrls,
            Kind::Stop,
            Kind::MoveData,
            Kind::Start
        ]
    );
    plan
}

fn nobody() -> ObserveError {
    ObserveError::NoAnswer { tried: Vec::new() }
}

fn host(directive: &Directive) -> Option<HostActionKind> {
    match directive {
        Directive::Host(action) => Some(action.kind),
        Directive::Call { .. }
        | Directive::Backup(_)
        | Directive::Wait(_)
        | Directive::Finished
        | Directive::Halt(_) => None,
    }
}

/// What a run that nobody answers says that it waits for.
fn awaited(progress: &mut Progress<'_>, now: Duration) -> Option<String> {
    progress.take_events();
    let directive = progress.next(Err(nobody()), now);
    assert!(matches!(directive, Directive::Wait(_)), "{directive:?}");
    let mut events = progress.take_events().into_iter();
    events.find_map(|event| match event {
        Event::Waiting { detail, .. } => Some(detail),
        Event::Checked { .. }
        | Event::Started { .. }
        | Event::Cautioned { .. }
        | Event::Saved { .. }
        | Event::LeadershipMoved { .. }
        | Event::Done { .. }
        | Event::Failed { .. } => None,
    })
}

fn is_for_sight(awaited: Option<String>) -> bool {
    awaited.is_some_and(|what| what.starts_with("the cluster to be seen"))
}

/// The run as it is when it asks for the stop of the only member.
fn about_to_stop(plan: &Plan) -> Progress<'_> {
    let mut progress = progress(plan);
    let directive = progress.next(Ok(live("voters=(m1*)")), BEGIN);
    assert!(matches!(directive, Directive::Call { .. }), "{directive:?}");
    progress.called(Ok(()), BEGIN);
    let directive = progress.next(Ok(live("voters=(m1@11*)")), millis(10));
    assert_eq!(host(&directive), Some(HostActionKind::Stop));
    progress
}

#[test]
fn whoever_asks_to_stop_while_nobody_answers_is_heard() {
    let plan = planned("voters=(m1* m2 m3)", "m1 m2 m3 m4");
    let mut progress = progress(&plan);
    let directive = progress.next(Err(nobody()), BEGIN);
    assert!(matches!(directive, Directive::Wait(_)), "{directive:?}");
    progress.heed(Wish::StopAfterStep);
    let directive = progress.next(Err(nobody()), millis(10));
    let stopped = Halt::Interrupted { waited_for: None };
    assert_eq!(directive, Directive::Halt(stopped));
}

/// The silence that the plan makes is no surprise.
#[test]
fn the_only_member_is_moved_in_the_dark() {
    let plan = move_of_the_only_one();
    let mut progress = about_to_stop(&plan);
    progress.performed(Ok(HostOutcome::Performed), millis(20));
    let directive = progress.next(Err(nobody()), millis(30));
    assert_eq!(host(&directive), Some(HostActionKind::MoveData));
    progress.performed(Ok(HostOutcome::Performed), millis(40));
    let directive = progress.next(Err(nobody()), millis(50));
    assert_eq!(host(&directive), Some(HostActionKind::Start));
    // Once it was started, it is to answer.
    progress.performed(Ok(HostOutcome::Performed), millis(60));
    assert!(is_for_sight(awaited(&mut progress, millis(70))));
}

/// A silence that came before the stop is none of the plan's.
#[test]
fn a_member_that_falls_silent_before_its_stop_is_waited_for() {
    let plan = move_of_the_only_one();
    let mut progress = about_to_stop(&plan);
    progress.withheld("somebody".to_owned(), millis(20));
    assert!(is_for_sight(awaited(&mut progress, millis(30))));
}

/// Nor is one in which others should answer.
#[test]
fn a_start_beside_others_is_not_made_in_the_dark() {
    let plan = planned("voters=(m1* m2 m3)", "m1 m2 m3 m4");
    let mut progress = progress(&plan);
    let directive = progress.next(Ok(live("voters=(m1* m2 m3) learners=(m4?)")), BEGIN);
    assert_eq!(host(&directive), Some(HostActionKind::Start));
    progress.withheld("somebody".to_owned(), millis(10));
    assert!(is_for_sight(awaited(&mut progress, millis(20))));
}
