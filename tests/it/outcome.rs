//! How the end of a run is told, and with which code it ends.

use std::time::Duration;

use etcdplan::action::Kind;
use etcdplan::apply::executor::Report;
use etcdplan::apply::halt::Halt;
use etcdplan::apply::passage::Passage;
use etcdplan::apply::progress::Limit;
use etcdplan::apply::{ObserveError, StepOutcome};
use etcdplan::cli::exit::Exit;
use etcdplan::cli::outcome;
use etcdplan::member::ClusterId;
use etcdplan::plan::{Plan, StepId};
use etcdplan::render::palette::Palette;
use etcdplan::version::Version;
use insta::assert_snapshot;

use crate::notation;
use crate::planned::planned;
use crate::render::sketch::{cluster, standing, step};

fn restarts() -> Plan {
    let mut plan = cluster(&["m1", "m2", "m3"]);
    plan.summary.change = 3;
    for name in ["m1", "m3", "m2"] {
        step(
            &mut plan,
            Kind::Restart,
            name,
            standing(3, 2),
            standing(3, 3),
        );
    }
    plan
}

fn report(halt: Option<Halt>, done: &[(usize, StepOutcome)]) -> Report {
    let is_left = |number: &usize| done.iter().all(|(done, _)| done != number);
    Report {
        halt,
        done: done
            .iter()
            .map(|(number, outcome)| (StepId(*number), *outcome))
            .collect(),
        left: (1..=3).filter(is_left).map(StepId).collect(),
        begun: !done.is_empty(),
        last: Some(notation::live("voters=(m1* m2 m3)", Version::new(3, 6, 5))),
    }
}

fn timed_out() -> Halt {
    Halt::TimedOut {
        step: "restart m3".to_owned(),
        limit: Limit::Step(Duration::from_secs(600)),
        waiting_for: "its process to answer".to_owned(),
    }
}

#[test]
fn every_step_done() {
    let all = [1, 2, 3].map(|number| (number, StepOutcome::Completed));
    let report = report(None, &all);
    assert_eq!(outcome::exit(&report), Exit::Done);
    let took = Duration::from_secs(72);
    assert_snapshot!(outcome::complete(&restarts(), &report, took, Palette::Plain), @"
    Apply complete! 0 added, 3 changed, 0 destroyed. 3 of 3 steps in 1m12s.
    prod-eu1: 3 voters, 3 healthy, quorum 2, can lose 1.
    ");
}

#[test]
fn stopped_part_way() {
    let done = [(1, StepOutcome::AlreadyDone)];
    let report = report(Some(timed_out()), &done);
    assert_eq!(outcome::exit(&report), Exit::Partial);
    let halt = report.halt.clone().unwrap();
    assert_snapshot!(outcome::error(&halt).text(Palette::Plain), @"
    Error: restart m3 was not done within 10m: it waited for its process to answer  [E0428]
      Way out: run again to go on waiting, or give it more time: --step-timeout
    ");
    let command = Some("etcdplan apply -f a.yaml");
    assert_snapshot!(outcome::stopped(&restarts(), &report, command, Palette::Plain).trim(), @"
    Stopped after 1 of 3 steps.
    prod-eu1: 3 voters, 3 healthy, quorum 2, can lose 1.
      done   1  restart m1 (driver) (already)
      left   2  restart m3 (driver)
             3  restart m2 (driver)
    To go on from here:
        etcdplan apply -f a.yaml
    ");
}

#[test]
fn nothing_was_done() {
    let moved = vec!["m9 is new".to_owned()];
    let ends = |halt: Halt| outcome::exit(&report(Some(halt), &[]));
    assert_eq!(ends(Halt::NotApplyable), Exit::Refused);
    assert_eq!(
        ends(Halt::Stale {
            moved: moved.clone()
        }),
        Exit::Stale
    );
    assert_eq!(ends(Halt::ForeignChange { moved }), Exit::Stale);
    assert_eq!(ends(timed_out()), Exit::Error);
}

/// Beside the words, the members are drawn: those that the plan expects where it comes nearest, and
/// those that there are.
#[test]
fn what_moved_is_drawn() {
    let plan = planned("voters=(m1* m2 m3)", "m1 m2 m3 m4");
    let live = notation::live(
        "voters=(m1* m2:2390 m3 m4) learners=(m9)",
        Version::new(3, 5, 30),
    );
    let halt = Halt::Stale {
        moved: Passage::of(&plan).moved_from_nearest(&live),
    };
    let told = outcome::drawn(&plan, &halt, Some(&live), Palette::Plain);
    assert_snapshot!("what_moved", told.text(Palette::Plain));
    let untold = outcome::drawn(&plan, &Halt::NotApplyable, Some(&live), Palette::Plain);
    assert_eq!(untold.excerpt, "");
}

/// What is told where a run, or a look, ends otherwise: the error, its code, and the way out.
#[test]
fn every_end_is_told() {
    let cluster = ClusterId::new;
    let moved = vec!["m9 is new".to_owned()];
    let step = || "start m3".to_owned();
    let message = "etcdserver: too many learner members in cluster".to_owned();
    let halts = [
        Halt::NotApplyable,
        Halt::OtherCluster {
            planned: Some(cluster(1)),
            live: cluster(2),
        },
        Halt::Stale {
            moved: moved.clone(),
        },
        Halt::ForeignChange { moved },
        Halt::Refused {
            step: step(),
            hazards: Vec::new(),
            last_seen: None,
        },
        Halt::CallRefused {
            step: "add m4 as learner".to_owned(),
            message,
        },
        Halt::HostFailed {
            step: step(),
            message: "`./start.sh` ended with 3".to_owned(),
            aftermath: None,
        },
        Halt::Unconfirmed { step: step() },
        timed_out(),
        Halt::Unseen {
            error: ObserveError::NoEndpoint,
        },
        Halt::Interrupted { waited_for: None },
        Halt::FarEnough { until: StepId(2) },
        Halt::LockLost {
            holder: Some("ann on box".to_owned()),
        },
        Halt::Unrecorded {
            reason: "/state: No space left on device".to_owned(),
        },
    ];
    let mut told: Vec<_> = halts.iter().map(outcome::error).collect();
    told.push(outcome::left_behind(vec![
        "stop m3, which was at 10.0.0.3".to_owned(),
    ]));
    let told: Vec<String> = told
        .iter()
        .map(|notice| notice.text(Palette::Plain))
        .collect();
    assert_snapshot!(told.join("\n"));
}
