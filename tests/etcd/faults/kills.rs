//! etcdplan is killed, and the same command is run again.

use std::fmt;
use std::time::Duration;

use super::stage::{self, Caught, Stage};
use super::{Side, What};
use crate::bed::Outcome;
use crate::report::Journal;
use crate::tripwire::{Boundary, JOURNAL, Passage, RENEWAL};

/// When etcdplan dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before it has asked for it.
    Before,
    /// When it has asked and nothing was done: that happens while the next run looks.
    Between,
    /// When it was done, and etcdplan does not know.
    After,
}

/// How long after its death the last wish of a killed run is fulfilled: the next one has looked at
/// the cluster by then, and has not asked for anything yet.
const BELATED: Duration = Duration::from_millis(60);

pub fn at(boundary: &Boundary) -> Vec<What> {
    let moments: &[Moment] = if boundary.what == JOURNAL {
        &[Moment::Before, Moment::After]
    } else {
        &[Moment::Before, Moment::Between, Moment::After]
    };
    moments.iter().copied().map(What::Kill).collect()
}

/// Applies until there, kills, and applies again.
pub async fn run(
    stage: &mut Stage<'_>,
    at: &Boundary,
    moment: Moment,
    journal: &mut Journal,
) -> Outcome<Duration> {
    let side = match moment {
        Moment::Before | Moment::Between => Side::Before,
        Moment::After => Side::After,
    };
    stage.tripwire.arm(at.clone(), side);
    if at.what == RENEWAL {
        stage.tripwire.await_renewal();
    }
    let apply = stage.apply(&[])?;
    let kill = async |caught: Caught, pid| {
        stage::kill(pid).await;
        caught.release(match moment {
            Moment::Before => Passage::Cut,
            Moment::Between => Passage::Late(BELATED),
            Moment::After if at.what == JOURNAL => Passage::Cut,
            Moment::After => Passage::Go,
        });
        Ok(())
    };
    let first = stage.through(apply, kill, journal).await?;
    if first.code.is_some() {
        return Err(format!("{at} was never reached").into());
    }
    stage.apply_again(journal).await?;
    Ok(first.ended - first.begun)
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Before => "before",
            Self::Between => "between",
            Self::After => "after",
        })
    }
}
