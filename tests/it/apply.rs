//! Runs of plans in a scripted world: `tests/testdata/apply`, one story a file.

mod ports;
mod script;
mod world;

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use etcdplan::apply::executor::{self, Ports, Report};
use etcdplan::apply::journal::Record;
use etcdplan::apply::progress::{Patience, Terms};
use etcdplan::diff::Requests;
use etcdplan::member::MemberName;
use etcdplan::plan::{self, Options, Plan, StepId};
use etcdplan::safety::Outage;
use etcdplan::topology::{Backup, OnFailedJoin, Topology};
use etcdplan::version::Version;

use crate::notation;
use script::{Moment, Stage};
use world::World;

const PATIENCE: Patience = Patience {
    step: Duration::from_secs(60),
    run: None,
    spent: Duration::ZERO,
};

/// Runs a plan until it ends, or until we are killed; goes on from what its journal tells.
fn run(plan: &Plan, terms: impl Into<Terms>, stage: &Stage) -> Option<Report> {
    let mut ports = std::array::from_fn::<_, 7, _>(|_| stage.clone());
    let [cluster, hosts, backups, lock, journal, attention, reporter] = &mut ports;
    let terms = Terms {
        record: Record::of(&stage.0.borrow().journal),
        ..terms.into()
    };
    let ports = Ports {
        cluster,
        hosts,
        backups,
        clock: stage,
        lock,
        journal,
        attention,
        reporter,
    };
    stage.0.borrow_mut().killed = false;
    let run = pin!(executor::run(plan, terms, ports));
    // Nothing in this world is waited for but its own time, so what is pending never ends.
    match run.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(report) => Some(report),
        Poll::Pending => None,
    }
}

#[test]
fn runs() {
    datadriven::walk("tests/testdata/apply", |file| {
        let version = Version::new(3, 5, 30);
        let mut planned: Option<Plan> = None;
        let mut world: Option<World> = None;
        let mut left: Option<World> = None;
        let mut journal = Vec::new();
        file.run(|case| match case.directive.as_str() {
            "plan" => {
                let (live, wanted) = case.input.split_once('\n').unwrap();
                let live = notation::live(live, version);
                let names = |key: &str| {
                    let given = case.args.get(key).into_iter().flatten();
                    given.map(|name| MemberName::parse(name).unwrap()).collect()
                };
                let options = Options {
                    requests: Requests {
                        restart: names("restart"),
                        replace: names("replace"),
                    },
                    outage: if case.args.contains_key("allow-outage") {
                        Outage::Allowed
                    } else {
                        Outage::Refused
                    },
                    ..Options::default()
                };
                let mut wanted = notation::wanted(wanted);
                if case.args.contains_key("on-failed-join-remove") {
                    wanted.policy.on_failed_join = OnFailedJoin::Remove;
                }
                if case.args.contains_key("backup") {
                    back_up(&mut wanted);
                }
                let plan = plan::build(&wanted, &live, &options);
                let steps = plan.steps.iter();
                let told = steps.map(|s| format!("{} {} {}", s.id, s.kind, s.member));
                let told = told.collect::<Vec<_>>().join("\n") + "\n";
                planned = Some(plan);
                let mut seen = World::new(live);
                // The members that are added get the lowest ids.
                if case.args.contains_key("low-ids") {
                    seen.last_id = 0;
                }
                world = Some(seen);
                told
            }
            // `apply` begins in the world as planned on; `again` in the one that the last run left.
            "apply" | "again" => {
                let start = match case.directive.as_str() {
                    "apply" => world.clone(),
                    _ => left.take(),
                };
                let stage = Stage::new(start.unwrap(), &case.input);
                // `forgetful`: the journal was lost.
                if case.directive == "again" && !case.args.contains_key("forgetful") {
                    stage.0.borrow_mut().journal = std::mem::take(&mut journal);
                }
                let plan = planned.as_ref().unwrap();
                let until = case.args.get("until").and_then(|ids| ids.first());
                let terms = Terms {
                    until: until.map(|id| StepId::try_from(id.clone()).unwrap()),
                    ..PATIENCE.into()
                };
                let report = run(plan, terms, &stage);
                let scene = stage.0.borrow();
                left = Some(scene.world.clone());
                journal.clone_from(&scene.journal);
                told(&scene.trace, report.as_ref(), &scene.world)
            }
            other => panic!("unknown command {other}"),
        });
    });
}

fn told(trace: &[String], report: Option<&Report>, world: &World) -> String {
    // A call that is repeated, and what it waits for, are told once.
    let is_again = |at: usize| {
        let before = |at: usize| at.checked_sub(2).and_then(|at| trace.get(at));
        before(at) == trace.get(at)
            && (before(at + 1) == trace.get(at + 1) || before(at - 1) == trace.get(at - 1))
    };
    let once = trace.iter().enumerate().filter(|(at, _)| !is_again(*at));
    let mut lines: Vec<String> = once.map(|(_, line)| line.clone()).collect();
    match report {
        None => lines.push("killed".to_owned()),
        Some(report) => match &report.halt {
            None if report.is_already_applied() => lines.push("already applied".to_owned()),
            None => lines.push("applied".to_owned()),
            Some(halt) => {
                let told = halt.told();
                let begun = if report.begun {
                    "begun"
                } else {
                    "nothing was done"
                };
                lines.push(format!("stopped, {begun}: {} {}", told.code, told.message));
                lines.extend(told.details.iter().map(|line| format!("  {line}")));
            }
        },
    }
    lines.push(format!(
        "{} running on {}",
        world.state,
        world.running().join(" ")
    ));
    lines.join("\n") + "\n"
}

/// Clusters and what is wanted of them, one of each recipe.
const RECIPES: [(&str, &str); 14] = [
    ("voters=(m1*)", "m1 m2 m3"),
    ("voters=(m1* m2 m3)", "m1"),
    ("voters=(m1* m2 m3)", "m2 m3 m4"),
    ("voters=(m1* m2! m3)", "m1 m3 m4"),
    ("voters=(m1* m2 m3)", "m1@11 m2 m3"),
    ("voters=(m1* m2 m3)", "m1@11/copy m2 m3"),
    ("voters=(m1* m2 m3)", "m1:2390 m2:2390 m3:2390"),
    ("voters=(m1* m2 m3)", "m1@11/inPlace m2 m3"),
    ("voters=(m1* m2 m3)", "m1 m2 m3/learner"),
    ("voters=(m1* m2) learners=(m3?)", "m1 m2 m3"),
    ("voters=(m1*) learners=()", "m1@11/copy"),
    ("voters=(m1* m2 m3)", "backup, m2 m3 m4"),
    ("voters=(m1* m2 m3)", "backup, m1@11/copy m2 m3"),
    ("voters=(m1*) learners=()", "backup, m1@11/copy"),
];

/// Has a backup made before anything else.
fn back_up(wanted: &mut Topology) {
    wanted.policy.backup = Backup::BeforeApply;
    wanted.policy.backup_dir = Some("backups".to_owned());
}

fn planned(live: &str, wanted: &str) -> (Plan, World) {
    let live = notation::live(live, Version::new(3, 5, 30));
    let options = Options {
        outage: Outage::Allowed,
        ..Options::default()
    };
    let (wanted, has_backup) = match wanted.strip_prefix("backup, ") {
        Some(wanted) => (wanted, true),
        None => (wanted, false),
    };
    let mut wanted = notation::wanted(wanted);
    if has_backup {
        back_up(&mut wanted);
    }
    let plan = plan::build(&wanted, &live, &options);
    assert!(
        plan.applyable && !plan.steps.is_empty(),
        "{:?}",
        plan.refusals
    );
    (plan, World::new(live))
}

/// Killed before or after any call, action or line of the journal, the same command
/// ends where one run ends, and no member is added twice; with the journal or without.
#[test]
fn resumes_wherever_it_was_killed() {
    for (live, wanted) in RECIPES {
        let (plan, world) = planned(live, wanted);
        let whole = Stage::new(world.clone(), "");
        assert_eq!(
            run(&plan, PATIENCE, &whole).unwrap().halt,
            None,
            "{live} to {wanted}"
        );
        let acts = whole.0.borrow().acts;
        // The last two lines say that the last step and all is done: nothing comes after them.
        for at in 1..acts - 1 {
            for moment in [Moment::Before, Moment::After] {
                for forgetful in [false, true] {
                    let stage = Stage::new(world.clone(), "");
                    stage.0.borrow_mut().crash_at = Some((at, moment));
                    assert!(run(&plan, PATIENCE, &stage).is_none());
                    if forgetful {
                        stage.0.borrow_mut().journal.clear();
                    }
                    let dark = stage.0.borrow().world.running().is_empty();
                    let report = run(&plan, PATIENCE, &stage).unwrap();
                    let scene = stage.0.borrow();
                    let trace = scene.trace.join("\n");
                    if dark && forgetful {
                        // The only voter is down: nothing can be known before somebody starts it.
                        assert_eq!(report.halt.unwrap().code(), "E0429", "{trace}");
                        continue;
                    }
                    assert_eq!(report.halt, None, "{live} to {wanted}:\n{trace}");
                    let expected = whole.0.borrow();
                    assert_eq!(scene.world.listed(), expected.world.listed(), "{trace}");
                    assert_eq!(scene.world.running(), expected.world.running(), "{trace}");
                    assert_eq!(scene.world.state.members.len(), plan.topology.members.len());
                }
            }
        }
    }
}

/// Whatever is lost or late in a run, it converges.
#[test]
fn outlasts_lost_answers() {
    for (live, wanted) in RECIPES {
        let (plan, world) = planned(live, wanted);
        let labels: Vec<String> = {
            let stage = Stage::new(world.clone(), "");
            assert!(run(&plan, PATIENCE, &stage).is_some());
            let scene = stage.0.borrow();
            let calls = scene
                .trace
                .iter()
                .filter_map(|line| line.strip_prefix("-> "));
            calls
                .map(|call| call.split(" via").next().unwrap().to_owned())
                .collect()
        };
        for label in labels {
            for trouble in ["lost", "late", "notYet*30", "refused*5"] {
                let stage = Stage::new(world.clone(), &format!("on {label}: {trouble}"));
                let report = run(&plan, PATIENCE, &stage).unwrap();
                let trace = stage.0.borrow().trace.join("\n");
                assert_eq!(report.halt, None, "{label} {trouble}:\n{trace}");
            }
        }
    }
}
