//! Laws that hold for every plan, on clusters up to seven members.
//!
//! Each case is performed as a whole on the simulated cluster. A case that
//! breaks a law prints as a story for `tests/testdata/plan`.

pub(crate) mod case;
mod watch;

use std::time::Duration;

use etcdplan::action::Kind;
use etcdplan::apply::attention::Undisturbed;
use etcdplan::apply::backups::NoBackups;
use etcdplan::apply::executor::{self, Ports, Report};
use etcdplan::apply::halt::Halt;
use etcdplan::apply::journal::NoJournal;
use etcdplan::apply::lock::NoLock;
use etcdplan::apply::progress::Patience;
use etcdplan::member::Role;
use etcdplan::observation::{Health, Observation};
use etcdplan::plan::{self, Options, Plan};
use etcdplan::safety::Outage;
use etcdplan::sim::Sim;
use etcdplan::topology::Topology;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{FileFailurePersistence, TestCaseResult};

use self::case::Case;
use self::watch::{Trail, Watch, drive};
use crate::notation;

/// More than any wait of etcd's, and few looks in all.
const PATIENCE: Patience = Patience {
    step: Duration::from_secs(30),
    run: None,
    spent: Duration::ZERO,
};

pub(crate) fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        // More of them on a quiet evening: PROPTEST_CASES=5000.
        cases: std::env::var("PROPTEST_CASES")
            .ok()
            .and_then(|cases| cases.parse().ok())
            .unwrap_or(cases),
        // What was found once is tried first, and goes into git.
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            "tests/testdata/regressions.txt",
        ))),
        max_shrink_time: 10_000,
        ..ProptestConfig::default()
    }
}

/// What a run left behind.
struct Run {
    /// Absent where it was stopped on the way.
    report: Option<Report>,
    trail: Trail,
}

fn perform(plan: &Plan, sim: &Sim, stop_after: Option<usize>) -> Run {
    let watch = Watch::new(plan, sim, stop_after);
    let (mut cluster, mut hosts, mut reporter) = (watch.clone(), sim.clone(), watch.clone());
    let ports = Ports {
        cluster: &mut cluster,
        hosts: &mut hosts,
        backups: &mut NoBackups,
        clock: sim,
        lock: &mut NoLock,
        journal: &mut NoJournal,
        attention: &mut Undisturbed,
        reporter: &mut reporter,
    };
    let report = drive(executor::run(plan, PATIENCE.into(), ports));
    Run {
        report,
        trail: watch.trail(),
    }
}

/// A case with its plan, where that can be applied.
fn planned(case: &Case) -> Option<(Sim, Plan)> {
    let sim = Sim::of(&notation::live(&case.live(), case.version), case.version);
    let look = sim.look().unwrap();
    let plan = plan::build(&case.topology(), &look, &case.options());
    // A second learner beside another needs a flag, and the plan says so.
    let cautioned = plan.diagnostics.iter().any(|found| found.code == "W0303");
    let lasting = case.live().contains("learners") || case.wanted().contains("learner");
    assert!(lasting || !cautioned, "{case:?} needs no second learner");
    sim.allow_learners(if cautioned { usize::MAX } else { 1 });
    if let Some(target) = case.target() {
        sim.install(target);
    }
    for (from, to) in case.renumbered() {
        sim.renumber(&from, &to);
    }
    plan.applyable.then_some((sim, plan))
}

/// Whether data of a removed member is in the way: a plan made between its
/// removal and the clearing of its directory cannot know of it, and the driver
/// asks for it to be cleared.
fn asks_to_clear(halt: &Halt) -> bool {
    matches!(halt, Halt::HostFailed { message, .. } if message.contains("holds the data of"))
}

/// Whether a dead member has been given its new address and not been started there, or was to
/// be started by `--restart` and was not: what is dead and wanted, and not asked for again, is
/// the operator's to start.
fn forgets_a_dead_member(look: &Observation, plan: &Plan) -> bool {
    plan.steps.iter().any(|step| {
        let live = step.member_id.and_then(|id| look.member(id));
        live.is_some_and(|live| {
            let is_down = live.health() != Health::Healthy;
            let is_dead = live.health() == Health::Dead;
            let is_there = Some(&live.peer_urls) == step.parameters.peer_urls.as_ref();
            (step.kind == Kind::UpdatePeerUrls && is_there && is_down)
                || (matches!(step.kind, Kind::Start | Kind::Restart) && is_dead)
        })
    })
}

fn nothing_is_left(case: &Case, sim: &Sim) -> TestCaseResult {
    // A removed process takes a moment to see that it is.
    sim.pass(Duration::from_secs(5));
    let look = sim.look().unwrap();
    let again = plan::build(&case.topology(), &look, &case.options_again());
    prop_assert!(
        again.steps.is_empty() && again.refusals.is_empty() && !again.has_changes,
        "{look}\n{:#?}{:#?}{:#?}",
        again.changes,
        again.steps,
        again.refusals
    );
    prop_assert_eq!(sim.breaches(), Vec::<String>::new());
    let listed: Vec<_> = look.members.iter().map(|member| member.id).collect();
    for id in sim.running() {
        prop_assert!(listed.contains(&id), "{id} is no member, and runs");
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(120))]

    /// All steps empty the difference, as safely as the plan says.
    #[test]
    fn a_plan_does_what_it_says(case in case::cases()) {
        let Some((sim, plan)) = planned(&case) else { return Ok(()) };
        let run = perform(&plan, &sim, None);
        let halt = run.report.and_then(|report| report.halt);
        prop_assert!(halt.is_none(), "{halt:?}\n{:#?}", run.trail.told);
        prop_assert_eq!(&run.trail.broken, &Vec::<String>::new());
        nothing_is_left(&case, &sim)?;
    }

    /// Stopped after any step and planned again, it converges and repeats nothing.
    #[test]
    fn a_stopped_run_is_taken_up(case in case::cases(), stop in any::<prop::sample::Index>()) {
        let Some((sim, plan)) = planned(&case) else { return Ok(()) };
        let stop = stop.index(plan.steps.len() + 1);
        let first = perform(&plan, &sim, Some(stop));
        // A plan may be refused while a learner catches up.
        sim.pass(Duration::from_secs(5));
        // Between stop and start of the only voter nobody answers, and no plan can be made.
        let Ok(look) = sim.look() else { return Ok(()) };
        let again = plan::build(&case.topology(), &look, &case.options_again());
        if !again.applyable && forgets_a_dead_member(&look, &plan) {
            return Ok(());
        }
        sim.allow_learners(usize::MAX);
        prop_assert!(
            again.applyable,
            "after {stop}: {look}\n{:#?}\n{:#?}",
            again.refusals,
            first.trail.told
        );
        let second = perform(&again, &sim, None);
        let halt = second.report.and_then(|report| report.halt);
        if halt.as_ref().is_some_and(asks_to_clear) {
            return Ok(());
        }
        prop_assert!(halt.is_none(), "after {stop}: {halt:?}\n{:#?}", second.trail.told);
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
        if sim.look().is_err() {
            return Ok(());
        }
        let run = perform(&plan, &sim, None);
        let halt = run.report.and_then(|report| report.halt);
        prop_assert!(halt.is_none(), "after {stop}: {halt:?}\n{:#?}", run.trail.told);
        nothing_is_left(&case, &sim)?;
    }

    /// Without quorum no call is made, and no voter goes down that may be up.
    #[test]
    fn without_quorum_only_what_is_down_is_touched(case in case::cases_without_quorum()) {
        let look = notation::live(&case.live(), case.version);
        let plan = plan::build(&case.topology(), &look, &case.options());
        // One or two voters, and the operator accepts that they lose it.
        if !plan.applyable || (case.outage && case.voters.len() <= 2) {
            return Ok(());
        }
        for step in &plan.steps {
            let live = step.member_id.and_then(|id| look.member(id));
            let is_down = live.is_none_or(|live| {
                live.role == Role::Learner
                    || matches!(live.health(), Health::Dead | Health::Unstarted)
            });
            prop_assert!(is_down && !step.kind.is_call() || step.before.has_quorum(), "{step:#?}");
        }
    }

    /// The order of the members in the file does not matter.
    #[test]
    fn the_order_of_the_file_does_not_matter(
        (case, shuffled) in case::cases().prop_flat_map(|case| {
            let members = case.topology().members;
            (Just(case), Just(members).prop_shuffle())
        })
    ) {
        let look = notation::live(&case.live(), case.version);
        let wanted = case.topology();
        let other = Topology { members: shuffled, ..wanted.clone() };
        let one = plan::build(&wanted, &look, &case.options());
        let mut other = plan::build(&other, &look, &case.options());
        // The document has the file as it was written, and a digest of that.
        other.topology = one.topology.clone();
        other.plan_id.clone_from(&one.plan_id);
        let written = |plan: &Plan| serde_json::to_string_pretty(plan).unwrap();
        prop_assert_eq!(written(&one), written(&other));
        prop_assert_eq!(one.has_changes, !one.changes.is_empty());
        prop_assert_eq!(one.applyable, one.refusals.is_empty());
        // Up to seven members all orders are looked at, or as many as prove the point.
        let told = one.diagnostics.iter().map(|found| found.code.as_str());
        let told: Vec<_> = told.chain(one.refusals.iter().map(|found| found.code.as_str())).collect();
        prop_assert!(!told.contains(&"W0307") && !told.contains(&"E0351"), "{told:?}");
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

/// Within an outage the cluster has no leader, and what is done shows least.
#[test]
fn an_outage_is_taken_up_after_every_step() {
    let version = "3.4.23".parse().unwrap();
    let live = || Sim::of(&notation::live("voters=(m1*)", version), version);
    let options = Options {
        outage: Outage::Allowed,
        ..Options::default()
    };
    let look = live().look().unwrap();
    let plan = plan::build(&notation::wanted("m1@11/copy m30"), &look, &options);
    for stop in 0..=plan.steps.len() {
        let sim = live();
        let first = perform(&plan, &sim, Some(stop)).trail;
        let second = perform(&plan, &sim, None);
        let halt = second.report.and_then(|report| report.halt);
        assert!(halt.is_none(), "after {stop}: {halt:?}");
        for step in second.trail.done {
            assert!(!first.done.contains(&step), "after {stop}: {step:?} again");
        }
    }
}
