//! What was tried and what went well, over all trials.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// How often each command was run as it should, of how often it was to be.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    commands: BTreeMap<&'static str, (usize, usize)>,
    notes: Vec<String>,
}

impl Tally {
    /// Says that these are to be run.
    pub(crate) fn expect(&self, commands: &[&'static str]) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for command in commands {
            counts.commands.entry(command).or_default().1 += 1;
        }
    }

    /// Says that one went well.
    pub(crate) fn ran(&self, command: &'static str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.commands.entry(command).or_default().0 += 1;
    }

    /// Keeps what is to be told at the end.
    pub(crate) fn note(&self, note: String) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.notes.push(note);
    }

    /// All of it.
    pub(crate) fn told(&self) -> String {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut told = String::new();
        for (command, (ran, all)) in &counts.commands {
            told += &format!("{command}: {ran}/{all}\n");
        }
        let mut notes = counts.notes.clone();
        notes.sort();
        told + &notes.join("\n")
    }
}
