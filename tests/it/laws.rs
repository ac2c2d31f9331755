//! Laws that hold for every plan, on clusters up to seven members.
//!
//! Each case is performed as a whole on the simulated cluster. A case that
//! breaks a law prints as a story for `tests/testdata/plan`.

mod case;
mod watch;

use std::time::Duration;

use etcdplan::apply::executor::{self, Ports, Report};
use etcdplan::apply::progress::Patience;
use etcdplan::plan::{self, Options, Plan};
use etcdplan::safety::Outage;
use etcdplan::sim::Sim;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use self::case::Case;
use self::watch::{Trail, Watch, drive};
use crate::notation;

/// More than any wait of etcd's, and few looks in all.
const PATIENCE: Patience = Patience {
    step: Duration::from_secs(30),
};

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// What a run left behind.
struct Run {
    /// Absent where it was stopped on the way.
    report: Option<Report>,
    trail: Trail,
}

fn options(case: &Case) -> Options {
    Options {
        outage: if case.outage {
            Outage::Allowed
        } else {
            Outage::Refused
        },
        ..Options::default()
    }
}

fn perform(plan: &Plan, sim: &Sim, stop_after: Option<usize>) -> Run {
    let watch = Watch::new(plan, sim, stop_after);
    let (mut cluster, mut hosts, mut reporter) = (watch.clone(), sim.clone(), watch.clone());
    let ports = Ports {
        cluster: &mut cluster,
        hosts: &mut hosts,
        clock: sim,
        reporter: &mut reporter,
    };
    let report = drive(executor::run(plan, PATIENCE, ports));
    Run {
        report,
        trail: watch.trail(),
    }
}

/// A case with its plan, where that can be applied.
fn planned(case: &Case) -> Option<(Sim, Plan)> {
    let sim = Sim::of(&notation::live(&case.live(), case.version), case.version);
    let look = sim.look().unwrap();
    let plan = plan::build(&notation::wanted(&case.wanted()), &look, &options(case));
    plan.applyable.then_some((sim, plan))
}

fn nothing_is_left(case: &Case, sim: &Sim) -> TestCaseResult {
    // A removed process takes a moment to see that it is.
    sim.pass(Duration::from_secs(5));
    let look = sim.look().unwrap();
    let again = plan::build(&notation::wanted(&case.wanted()), &look, &options(case));
    prop_assert!(
        again.steps.is_empty() && again.refusals.is_empty() && !again.has_changes,
        "{look}\n{:#?}{:#?}{:#?}",
        again.changes,
        again.steps,
        again.refusals
    );
    prop_assert_eq!(sim.breaches(), Vec::<String>::new());
    let listed: Vec<_> = look.members.iter().map(|member| member.id).collect();
    prop_assert_eq!(sim.running(), listed);
    Ok(())
}

proptest! {
    #![proptest_config(config(400))]

    /// All steps empty the difference, as safely as the plan says.
    #[test]
    fn a_plan_does_what_it_says(case in case::cases()) {
        let Some((sim, plan)) = planned(&case) else { return Ok(()) };
        let run = perform(&plan, &sim, None);
        let halt = run.report.and_then(|report| report.halt);
        prop_assert!(halt.is_none(), "{halt:?}\n{:#?}", run.trail);
        prop_assert_eq!(&run.trail.broken, &Vec::<String>::new());
        nothing_is_left(&case, &sim)?;
    }

    /// Stopped after any step and planned again, it converges and repeats nothing.
    #[test]
    fn a_stopped_run_is_taken_up(case in case::cases(), stop in any::<prop::sample::Index>()) {
        let Some((sim, plan)) = planned(&case) else { return Ok(()) };
        let stop = stop.index(plan.steps.len() + 1);
        let first = perform(&plan, &sim, Some(stop));
        let look = sim.look().unwrap();
        let again = plan::build(&notation::wanted(&case.wanted()), &look, &options(&case));
        prop_assert!(again.applyable, "after {stop}: {look}\n{:#?}", again.refusals);
        let second = perform(&again, &sim, None);
        let halt = second.report.and_then(|report| report.halt);
        prop_assert!(halt.is_none(), "after {stop}: {halt:?}\n{:#?}", second.trail);
        for step in &second.trail.done {
            prop_assert!(!first.trail.done.contains(step), "after {stop}: {step:?} was done before");
        }
        nothing_is_left(&case, &sim)?;
    }

    /// The same plan goes on where it was stopped.
    #[test]
    fn the_same_plan_goes_on(case in case::cases(), stop in any::<prop::sample::Index>()) {
        let Some((sim, plan)) = planned(&case) else { return Ok(()) };
        let stop = stop.index(plan.steps.len() + 1);
        perform(&plan, &sim, Some(stop));
        let run = perform(&plan, &sim, None);
        let halt = run.report.and_then(|report| report.halt);
        prop_assert!(halt.is_none(), "after {stop}: {halt:?}\n{:#?}", run.trail);
        nothing_is_left(&case, &sim)?;
    }

    /// The order of the members in the file does not matter.
    #[test]
    fn the_order_of_the_file_does_not_matter(case in case::cases()) {
        let look = notation::live(&case.live(), case.version);
        let wanted = notation::wanted(&case.wanted());
        let mut reversed = wanted.clone();
        reversed.members.reverse();
        let one = plan::build(&wanted, &look, &options(&case));
        let other = plan::build(&reversed, &look, &options(&case));
        prop_assert_eq!(one.steps, other.steps);
        prop_assert_eq!(one.changes, other.changes);
        prop_assert_eq!(one.refusals, other.refusals);
    }
}

/// The laws are about something: most cases can be planned.
#[test]
fn most_cases_are_planned() {
    let (runner, cases) = (std::cell::RefCell::new((0, 0)), 200);
    let mut test = proptest::test_runner::TestRunner::deterministic();
    let strategy = case::cases();
    for _ in 0..cases {
        let case = strategy.new_tree(&mut test).unwrap().current();
        let mut counts = runner.borrow_mut();
        match planned(&case) {
            Some((_, plan)) if !plan.steps.is_empty() => counts.0 += 1,
            Some(_) | None => counts.1 += 1,
        }
    }
    let (planned, other) = *runner.borrow();
    assert!(
        planned > other,
        "{planned} of {cases} have a plan with steps"
    );
}

use proptest::strategy::ValueTree as _;
