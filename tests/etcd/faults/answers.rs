//! Calls that arrive late or never, and answers that are lost.

use std::fmt;
use std::time::Duration;

use super::stage::{Caught, Stage};
use super::{CALLS, Mishap, Side, What};
use crate::bed::Outcome;
use crate::report::Journal;
use crate::tripwire::{Boundary, Event, Passage};

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrives when nobody waits for its answer any more.
    Late,
    /// The connection is cut before it is forwarded.
    NeverArrives,
    /// It is performed, and the connection is cut before the answer.
    AnswerLost,
}

/// etcdplan waits 5 s for an answer (`CALL_LIMIT` in src/etcd/call.rs).
const LATE: Duration = Duration::from_millis(5500);

/// Each of them for each call of a run.
pub fn in_run(events: &[Event]) -> Vec<Mishap> {
    let mut calls: Vec<&Boundary> = Vec::new();
    for Event { boundary, .. } in events {
        if CALLS.contains(&boundary.what.as_str()) && !calls.contains(&boundary) {
            calls.push(boundary);
        }
    }
    let fates = [Fate::Late, Fate::NeverArrives, Fate::AnswerLost];
    let of = |at: &Boundary| {
        let at = at.clone();
        fates.map(move |fate| Mishap {
            at: at.clone(),
            what: What::Answer(fate),
        })
    };
    calls.into_iter().flat_map(of).collect()
}

/// Applies, with this happening to the call; again if that stopped.
pub async fn run(
    stage: &mut Stage<'_>,
    at: &Boundary,
    fate: Fate,
    journal: &mut Journal,
) -> Outcome<Duration> {
    let (side, passage) = match fate {
        Fate::Late => (Side::Before, Passage::Late(LATE)),
        Fate::NeverArrives => (Side::Before, Passage::Cut),
        Fate::AnswerLost => (Side::After, Passage::Cut),
    };
    stage.tripwire.arm(at.clone(), side);
    let mut met = false;
    let apply = stage.apply(&[])?;
    let met_it = async |caught: Caught, _| {
        met = true;
        caught.release(passage);
        Ok(())
    };
    let first = stage.through(apply, met_it, journal).await?;
    let wall = first.ended - first.begun;
    if !met {
        return Err(format!("{at} was never reached").into());
    }
    if !matches!(first.code, Some(0 | 1 | 5)) {
        return Err(format!("apply ended with {:?}", first.code).into());
    }
    if first.code != Some(0) {
        stage.apply_again(journal).await?;
    }
    Ok(wall)
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Late => "late",
            Self::NeverArrives => "never arrives",
            Self::AnswerLost => "answer lost",
        })
    }
}
