//! What came of an exploration, for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

use stateright::{Checker as _, Expectation, Model as _};

use crate::budget::Budget;
use crate::exploration::Exploration;
use crate::sabotage::Sabotage;
use crate::scenario::Scenario;
use crate::state::Action;

/// What came of one scenario.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) states: usize,
    /// How often each code ended a run.
    pub(crate) halts: BTreeMap<&'static str, usize>,
    /// The laws that were broken, as stateright names them.
    pub(crate) broken: Vec<&'static str>,
    /// What went wrong, with the shortest way there.
    pub(crate) wrong: Vec<String>,
    /// One line.
    pub(crate) line: String,
}

/// Explores a scenario.
pub(crate) fn explore(scenario: &Scenario, budget: Budget, sabotage: Sabotage) -> Report {
    let checker = Exploration::new(*scenario, budget, sabotage)
        .checker()
        .spawn_bfs()
        .join();
    let model = checker.model();
    let properties = model.properties();
    let mut broken = Vec::new();
    let mut wrong = Vec::new();
    for property in &properties {
        let found = checker.discovery(property.name).is_some();
        let is_law = property.expectation == Expectation::Always;
        if is_law && found {
            broken.push(property.name);
        }
        if !is_law && !found {
            wrong.push(format!("{}: never: {}\n", scenario.name, property.name));
        }
    }
    let ((breach, lost), reachability, halts, states, steps) = {
        let ledger = model.ledger.lock().unwrap();
        let reachability = ledger.reachability();
        let lost = reachability.lost.map(|number| ledger.way_to(number));
        let ways = (ledger.breach(), lost);
        (
            ways,
            reachability,
            ledger.halts.clone(),
            ledger.states(),
            ledger.steps,
        )
    };
    for (what, way) in [
        ("a law is broken", breach),
        ("the goal is out of reach", lost),
    ] {
        if let Some(way) = way {
            wrong.push(format!("{}: {what}\n{}", scenario.name, story(model, &way)));
        }
    }
    let codes = reachability
        .codes
        .iter()
        .map(|(code, count)| format!(" {code}:{count}"));
    let line = format!(
        "{:32}{states:8} states{steps:9} steps{:6} beyond reach{}",
        scenario.name,
        reachability.stuck,
        codes.collect::<String>(),
    );
    Report {
        states,
        halts,
        broken,
        wrong,
        line,
    }
}

/// A way through the model, state by state.
fn story(model: &Exploration, way: &[Action]) -> String {
    let mut state = model.init_states().remove(0);
    let mut told = format!("{state:?}\n");
    for action in way {
        if let Some(next) = model.next_state(&state, action.clone()) {
            state = next;
            let _ = writeln!(told, "    {action:?}\n{state:?}");
        }
    }
    told
}

/// Says something although the test harness keeps what tests print.
pub(crate) fn tell(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
