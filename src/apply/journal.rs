//! What is written down of a run: each act before it goes out, and how each step ended.
//!
//! The journal is no state: where a run goes on is read off the cluster. It
//! tells what the cluster does not show, that a removed member's process was
//! stopped or its directory cleared, so that a run which is started again
//! neither forgets nor repeats it. Losing it makes no run unsafe.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::apply::StepOutcome;
use crate::apply::halt::Halt;
use crate::member::MemberId;
use crate::plan::{Plan, StepId};

/// Somewhere that entries are kept.
pub trait Journal {
    /// Writes an entry; it is on the disk when this returns.
    fn record(&mut self, entry: &Entry) -> Result<(), JournalError>;
}

/// Why an entry was not written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct JournalError {
    /// The system's words, and where.
    pub reason: String,
}

/// One line of a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "camelCase")]
pub enum Entry {
    /// A run begins, or begins again.
    #[serde(rename_all = "camelCase")]
    Begun {
        /// Who runs it, and where.
        by: String,
        /// The plan, where the journal does not hold it yet.
        #[serde(skip_serializing_if = "Option::is_none")]
        plan: Option<Box<Plan>>,
    },
    /// Something is about to go out.
    #[serde(rename_all = "camelCase")]
    Intent {
        /// The step that it belongs to.
        step: StepId,
        /// What is done; `moveLeader` also where leadership came back to a step's member.
        act: String,
        /// Whose step it is.
        member: String,
        /// The member that is asked, for a call.
        #[serde(skip_serializing_if = "Option::is_none")]
        via: Option<MemberId>,
    },
    /// A step is done.
    Outcome {
        /// The step.
        step: StepId,
        /// How.
        outcome: StepOutcome,
    },
    /// The run stopped before its end.
    Stopped {
        /// The reason's code.
        code: String,
        /// The reason.
        reason: String,
    },
    /// Every step is done.
    Complete,
}

impl Entry {
    /// How a run ended.
    pub fn end_of(halt: Option<&Halt>) -> Self {
        match halt {
            None => Self::Complete,
            Some(halt) => Self::Stopped {
                code: halt.code().to_owned(),
                reason: halt.to_string(),
            },
        }
    }
}

/// What earlier runs of a plan have tried and done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Record {
    tried: BTreeSet<StepId>,
    done: BTreeSet<StepId>,
}

impl Record {
    /// Reads it off the entries of a journal.
    pub fn of<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> Self {
        let mut record = Self::default();
        for entry in entries {
            match entry {
                Entry::Intent { step, .. } => {
                    record.tried.insert(*step);
                }
                Entry::Outcome { step, .. } => {
                    record.done.insert(*step);
                }
                Entry::Begun { .. } | Entry::Stopped { .. } | Entry::Complete => {}
            }
        }
        record
    }

    /// Whether this step was tried: it may have been performed.
    pub fn is_tried(&self, step: StepId) -> bool {
        self.tried.contains(&step)
    }

    /// Whether this step was performed.
    pub fn is_done(&self, step: StepId) -> bool {
        self.done.contains(&step)
    }

    /// How many steps were performed.
    pub fn done(&self) -> usize {
        self.done.len()
    }

    /// The last step that was performed.
    pub fn last(&self) -> Option<StepId> {
        self.done.last().copied()
    }
}

/// Nothing is written down.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoJournal;

impl Journal for NoJournal {
    fn record(&mut self, _entry: &Entry) -> Result<(), JournalError> {
        Ok(())
    }
}
