//! Where a step is.

use std::time::Duration;

use crate::apply::effect::Word;
use crate::apply::progress::retreat::Retreat;
use crate::apply::progress::withdrawal::Withdrawal;
use crate::apply::{CallError, HostError, HostOutcome};
use crate::backup::BackupError;

/// Where a step is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Stage {
    /// The run has not looked yet: where it goes on is not known.
    Unknown,
    /// The step's turn has come.
    Begin,
    /// It waits for its gate.
    Gate {
        /// Since when a learner is in sync.
        in_sync_since: Option<Duration>,
    },
    /// It was performed, or tried.
    Acted(Answer),
    /// Leadership was asked to leave its member.
    Transferred(Answer),
    /// It failed, and what was stopped for it is started again.
    Retreat(Retreat),
    /// Its learner did not join, and is taken out again.
    Withdrawal(Withdrawal),
}

/// How an act was answered. Whatever it was, the next look decides.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Answer {
    Performed,
    LeftToHand,
    /// etcd says that the same call may be accepted in a while.
    NotYet(String),
    /// It may have taken effect, or may yet: to ask again is safe, since
    /// nothing is added or removed twice (ETCD 5).
    Unanswered(String),
    Refused(String),
    Failed(String),
    NotSaved(BackupError),
}

impl Stage {
    /// Before the gate, with nothing known.
    pub(super) const GATE: Self = Self::Gate {
        in_sync_since: None,
    };

    /// What was said of the step in this run.
    pub(super) fn word(&self) -> Word {
        match self {
            Self::Acted(Answer::Performed) => Word::Performed,
            Self::Acted(Answer::LeftToHand) => Word::LeftToHand,
            Self::Acted(Answer::Failed(_)) => Word::Failed,
            Self::Acted(
                Answer::NotYet(_)
                | Answer::Unanswered(_)
                | Answer::Refused(_)
                | Answer::NotSaved(_),
            )
            | Self::Unknown
            | Self::Begin
            | Self::Gate { .. }
            | Self::Transferred(_)
            | Self::Retreat(_)
            | Self::Withdrawal(_) => Word::Silence,
        }
    }
}

impl From<Result<(), CallError>> for Answer {
    fn from(result: Result<(), CallError>) -> Self {
        match result {
            Ok(()) => Self::Performed,
            Err(CallError::NotYet { message }) => Self::NotYet(message),
            Err(CallError::Unanswered { message }) => Self::Unanswered(message),
            Err(CallError::Refused { message }) => Self::Refused(message),
        }
    }
}

impl From<Result<HostOutcome, HostError>> for Answer {
    fn from(result: Result<HostOutcome, HostError>) -> Self {
        match result {
            Ok(HostOutcome::Performed) => Self::Performed,
            Ok(HostOutcome::LeftToHand) => Self::LeftToHand,
            Err(error) => Self::Failed(error.to_string()),
        }
    }
}
