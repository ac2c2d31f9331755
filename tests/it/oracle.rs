//! The planner beside a search that knows nothing of its recipes.
//!
//! The search tries every action that the rule book allows, in any order, on
//! clusters up to four members. It must reach the wanted members exactly where
//! the planner has a plan.

mod search;

use etcdplan::model::ClusterModel;
use etcdplan::plan;
use etcdplan::safety::Limits;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use self::search::{Aim, Found, search};
use crate::laws::case::{Case, Fate, State, cases};
use crate::laws::config;
use crate::notation;

/// Refusals of the rule book; others are about who is who, which no search can settle.
fn is_hazard(code: &str) -> bool {
    code.starts_with("E03")
}

/// What the planner's pairing of names and URLs is not asked about here.
fn is_plain(case: &Case) -> bool {
    let plain = |(state, fate): &(State, Fate)| match state {
        // The search knows nothing of places.
        State::Healthy | State::Unknown => *fate != Fate::Usurped,
        State::Dead => matches!(fate, Fate::Kept | Fate::Gone | Fate::Replaced | Fate::Auto),
        State::Unstarted => matches!(fate, Fate::Kept | Fate::Gone),
    };
    let learner = |(state, fate): &(State, Fate)| {
        matches!(state, State::Healthy | State::Unstarted)
            && matches!(fate, Fate::Kept | Fate::Gone)
    };
    !case.upgraded && case.voters.iter().all(plain) && case.learner.iter().all(learner)
}

fn small() -> impl Strategy<Value = Case> {
    cases().prop_filter("up to four members", |case| {
        let live = case.voters.len() + usize::from(case.learner.is_some());
        let wanted = case.wanted().split_whitespace().count();
        live <= 4 && wanted <= 4 && is_plain(case)
    })
}

fn aims(case: &Case) -> Vec<Aim> {
    let members = case.voters.iter().chain(&case.learner).zip(1..);
    let mut aims: Vec<Aim> = members
        .filter_map(|((_, fate), number)| Aim::of(number, *fate))
        .collect();
    for new in 0..case.added {
        aims.push(Aim::added(30 + new, case.added_learner && new == 0));
    }
    aims
}

/// Both come to an answer.
struct Answers {
    planned: plan::Plan,
    found: Found,
}

/// What both say of a case; nothing where the planner asks who is who.
fn ask(case: &Case) -> Option<Answers> {
    let look = notation::live(&case.live(), case.version);
    let topology = case.topology();
    let options = case.options();
    let planned = plan::build(&topology, &look, &options);
    if !planned.refusals.iter().all(|found| is_hazard(&found.code)) {
        return None;
    }
    // A flag of the servers decides, and no search can settle that.
    if planned.refusals.iter().any(|found| found.code == "E0352") {
        return None;
    }
    let limits = Limits::new(&topology.policy, options.outage);
    let start = ClusterModel::observed(&look, topology.policy.max_learner_lag);
    let found = search(&start, &aims(case), &limits);
    Some(Answers { planned, found })
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn the_planner_finds_a_plan_where_there_is_one(case in small()) {
        let Some(Answers { planned: plan, found }) = ask(&case) else { return Ok(()) };
        match found {
            Found::Way(way) => prop_assert!(plan.applyable, "a way: {way:#?}\n{:#?}", plan.refusals),
            Found::None => prop_assert!(!plan.applyable, "no way, but {:#?}", plan.steps),
            // How often that is, `both_answers_occur` counts.
            Found::TooLarge => {}
        }
    }
}

/// Of 300 cases, how many may be too large for the search: 2 %.
const MOST_OPEN: usize = 6;

/// The search is about something: it finds ways, and that there is none.
#[test]
fn both_answers_occur() {
    let mut runner = TestRunner::deterministic();
    let (mut ways, mut none, mut open) = (0, 0, 0);
    for _ in 0..300 {
        let case = small().new_tree(&mut runner).unwrap().current();
        match ask(&case).map(|answers| answers.found) {
            Some(Found::Way(way)) if !way.is_empty() => ways += 1,
            Some(Found::None) => none += 1,
            Some(Found::TooLarge) => open += 1,
            Some(Found::Way(_)) | None => {}
        }
    }
    assert!(
        ways >= 50 && none >= 30 && open <= MOST_OPEN,
        "{ways} {none} {open}"
    );
}
