//! The explored graph, and what can be reached in it.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::state::{Action, State};

/// What the exploration leaves behind.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    numbers: BTreeMap<u64, usize>,
    /// For each state, how it was first come to.
    first: Vec<Option<(usize, Action)>>,
    /// For each state, those from which it is one step away.
    before: Vec<Vec<usize>>,
    goals: BTreeSet<usize>,
    /// States in which no plan can be applied, and the first rule that says so.
    refused: BTreeMap<usize, (String, Excuse)>,
    broken: Vec<usize>,
    /// How often each code ended a run.
    pub(crate) halts: BTreeMap<&'static str, usize>,
    pub(crate) steps: usize,
}

impl Ledger {
    fn number(&mut self, state: &State) -> (usize, bool) {
        let mut hasher = DefaultHasher::new();
        state.hash(&mut hasher);
        let next = self.numbers.len();
        let number = *self.numbers.entry(hasher.finish()).or_insert(next);
        if number == next {
            self.first.push(None);
            self.before.push(Vec::new());
        }
        (number, number == next)
    }

    /// Takes note of a step from one state to another.
    pub(crate) fn step(&mut self, from: &State, action: &Action, to: &State, is_goal: bool) {
        let (from, _) = self.number(from);
        let (number, is_new) = self.number(to);
        self.steps += 1;
        if is_new {
            self.first[number] = Some((from, action.clone()));
            if is_goal {
                self.goals.insert(number);
            }
            if to.breach.is_some() {
                self.broken.push(number);
            }
        }
        self.before[number].push(from);
    }

    /// Takes note that no plan can be applied in a state.
    pub(crate) fn refuse(&mut self, state: &State, code: &str, excuse: Excuse) {
        let (number, _) = self.number(state);
        self.refused.insert(number, (code.to_owned(), excuse));
    }

    /// Takes note of what ended a run.
    pub(crate) fn halt(&mut self, code: &'static str) {
        *self.halts.entry(code).or_default() += 1;
    }

    pub(crate) fn states(&self) -> usize {
        self.first.len()
    }

    /// The shortest way to the first breach.
    pub(crate) fn breach(&self) -> Option<Vec<Action>> {
        self.broken.first().map(|number| self.way_to(*number))
    }

    pub(crate) fn way_to(&self, mut number: usize) -> Vec<Action> {
        let mut way = Vec::new();
        while let Some((from, action)) = &self.first[number] {
            way.push(action.clone());
            number = *from;
        }
        way.reverse();
        way
    }

    /// Every state from which one of these can be reached.
    fn reaching(&self, ends: impl Iterator<Item = usize>) -> Vec<bool> {
        let mut reaches = vec![false; self.first.len()];
        let mut open: Vec<usize> = ends.collect();
        while let Some(number) = open.pop() {
            if !std::mem::replace(&mut reaches[number], true) {
                open.extend(&self.before[number]);
            }
        }
        reaches
    }

    /// Judges from where the goal can be reached.
    pub(crate) fn reachability(&self) -> Reachability {
        let goal = self.reaching(self.goals.iter().copied());
        let stuck = |number: &usize| !goal[*number];
        let mut codes: BTreeMap<String, usize> = BTreeMap::new();
        let mut excused = Vec::new();
        for (number, (code, excuse)) in self.refused.iter().filter(|(number, _)| stuck(number)) {
            *codes.entry(code.clone()).or_default() += 1;
            if *excuse == Excuse::Given {
                excused.push(*number);
            }
        }
        let ends = self.reaching(excused.into_iter());
        let mut lost = (0..self.first.len()).filter(|number| stuck(number) && !ends[*number]);
        Reachability {
            stuck: (0..self.first.len()).filter(stuck).count(),
            codes,
            lost: lost.next(),
        }
    }
}

/// Whether a refusal explains that the goal is out of reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Excuse {
    Given,
    Missing,
}

/// From where the goal can be reached.
#[derive(Debug)]
pub(crate) struct Reachability {
    /// How many states it cannot be reached from.
    pub(crate) stuck: usize,
    /// The states among them in which nothing of ours runs and a rule refuses every plan, by its code.
    pub(crate) codes: BTreeMap<String, usize>,
    /// The first state from which neither the goal nor an excused refusal can be reached.
    pub(crate) lost: Option<usize>,
}
