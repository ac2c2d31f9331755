//! What the gate believes of a member that does not answer.

use etcdplan::action::Kind;
use etcdplan::apply::gate::{self, Gate};
use etcdplan::member::MemberId;
use etcdplan::observation::{Condition, LiveMember, Observation, Witness};
use etcdplan::plan::{Plan, Step};
use etcdplan::safety::Hazard;
use etcdplan::version::Version;

use crate::notation;
use crate::planned::planned;

fn live(text: &str) -> Observation {
    notation::live(text, Version::new(3, 5, 30))
}

/// The step of this kind of a member.
fn step<'p>(plan: &'p Plan, kind: Kind, member: &str) -> &'p Step {
    let mut steps = plan.steps.iter();
    let is = |step: &&Step| step.kind == kind && step.member == member;
    steps.find(is).expect("the plan has it")
}

fn member(live: &mut Observation, id: u64) -> &mut LiveMember {
    let mut members = live.members.iter_mut();
    members.find(|m| m.id == MemberId::new(id)).unwrap()
}

/// Nobody says anything of it.
fn hush(live: &mut Observation, id: u64) -> &mut LiveMember {
    let member = member(live, id);
    assert!(matches!(member.condition, Condition::Silent { .. }));
    member.peer_port = Witness::Unknown;
    member.seen_by_leader = Witness::Unknown;
    member.seen_by_peers = Witness::Unknown;
    member
}

fn still_runs(gate: &Gate) -> bool {
    match gate {
        Gate::Closed(hazards) => hazards
            .iter()
            .any(|h| matches!(h, Hazard::StillRuns { .. })),
        Gate::Open(_) | Gate::MoveLeadership { .. } => false,
    }
}

#[test]
fn what_the_plan_has_stopped_and_nobody_hears_of_is_dead() {
    let plan = planned("voters=(m1* m2 m3)", "m1 m2 m3@9/copy");
    for kind in [Kind::MoveData, Kind::Start] {
        let step = step(&plan, kind, "m3");
        let mut silent = live("voters=(m1* m2 m3~)");
        hush(&mut silent, 3);
        assert_eq!(gate::judge(&plan, step, &silent), Gate::Open(Vec::new()));
        // One word that it is alive is enough.
        let words: [fn(&mut LiveMember) -> &mut Witness; 3] = [
            |live| &mut live.peer_port,
            |live| &mut live.seen_by_leader,
            |live| &mut live.seen_by_peers,
        ];
        for word in words {
            let mut heard_of = silent.clone();
            *word(hush(&mut heard_of, 3)) = Witness::Yes;
            assert!(still_runs(&gate::judge(&plan, step, &heard_of)), "{kind}");
        }
        // It answers, whatever others say.
        let mut back = live("voters=(m1* m2 m3)");
        let answering = member(&mut back, 3);
        answering.peer_port = Witness::Unknown;
        answering.seen_by_leader = Witness::Unknown;
        answering.seen_by_peers = Witness::Unknown;
        assert!(still_runs(&gate::judge(&plan, step, &back)), "{kind}");
    }
}

#[test]
fn what_the_plan_has_not_stopped_may_be_anywhere() {
    // The old m3 was stopped; nobody has stopped m5.
    let plan = planned("voters=(m1* m2 m3)", "m1 m4 m5");
    let start = step(&plan, Kind::Start, "m5");
    let is_stop = |step: &&Step| step.kind == Kind::Stop && step.id < start.id;
    let stopped = plan.steps.iter().find(is_stop).expect("the plan has it");
    let left = if stopped.member == "m3" { "m2" } else { "m3" };
    let mut silent = live(&format!("voters=(m1* {left} m4) learners=(m5~)"));
    hush(&mut silent, 5);
    assert!(still_runs(&gate::judge(&plan, start, &silent)));
}

#[test]
fn a_stop_is_judged_before_it_is_believed() {
    let plan = planned("voters=(m1 m2 m3*)", "m1 m2 m3@9/copy");
    let stop = step(&plan, Kind::Stop, "m3");
    let mut silent = live("voters=(m1 m2 m3*~)");
    hush(&mut silent, 3);
    let judged = gate::judge(&plan, stop, &silent);
    // It leads, as far as anybody knows, and is not stopped while it does.
    assert!(!matches!(judged, Gate::Open(_)), "{judged:?}");
}
