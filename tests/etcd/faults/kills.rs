//! etcdplan is killed, and the same command is run again.

use std::fmt;
use std::time::Duration;

use tokio::time::sleep;

use super::stage::{self, Caught, Stage};
use super::{Side, What};
use crate::bed::Outcome;
use crate::report::Journal;
use crate::tripwire::{Boundary, JOURNAL, Passage};

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

/// How long after the next run was started the last wish of the killed one is fulfilled: it has
/// looked at the cluster by then, and has not asked for anything yet.
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
    let mut held = None;
    let apply = stage.apply(&[])?;
    let kill = async |caught: Caught, pid| {
        stage::kill(pid).await;
        match moment {
            Moment::Before => caught.release(Passage::Cut),
            Moment::Between => held = Some(caught),
            Moment::After => caught.release(Passage::Go),
        }
        Ok(())
    };
    let first = stage.through(apply, kill, journal).await?;
    if first.code.is_some() {
        return Err(format!("{at} was never reached").into());
    }
    let belated = async {
        sleep(BELATED).await;
        if let Some(caught) = held {
            caught.release(Passage::Go);
        }
    };
    let (again, ()) = tokio::join!(stage.apply_again(journal), belated);
    again?;
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
