//! etcdplan is killed, and the same command is run again.

use std::fmt;
use std::time::Duration;

use super::stage::{self, Caught, Stage};
use super::{Mishap, Side, What};
use crate::bed::Outcome;
use crate::report::Journal;
use crate::tripwire::{Boundary, Event, JOURNAL, Passage, RENEWAL};

/// When etcdplan dies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kill {
    moment: Moment,
    /// The side of the other boundary with which it is one moment.
    same: Option<(Side, Boundary)>,
}

impl Kill {
    /// Whether the last wish of the killed run is fulfilled while the next one looks.
    pub fn is_between(&self) -> bool {
        self.moment == Moment::Between
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
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

impl Kill {
    /// What was asked for happens late, or has happened.
    pub fn is_brief(&self) -> bool {
        self.moment != Moment::Before
    }
}

/// Every moment of a run: before, between, and after its boundaries.
///
/// What comes after one boundary and before the next is one moment: nothing happens in it.
pub fn in_run(events: &[Event]) -> Vec<Mishap> {
    let mut sides: Vec<(Side, Boundary)> = Vec::new();
    for event in events {
        let side = (event.side, event.boundary.clone());
        if event.boundary.what != RENEWAL && !sides.contains(&side) {
            sides.push(side);
        }
    }
    let mut mishaps = Vec::new();
    let mut previous: Option<&(Side, Boundary)> = None;
    for next in &sides {
        let (side, boundary) = next;
        let same = previous.cloned();
        previous = Some(next);
        if *side == Side::Before {
            mishaps.push(mishap(boundary, Moment::Before, same));
        } else if boundary.what != JOURNAL {
            mishaps.push(mishap(boundary, Moment::Between, None));
        }
    }
    if let Some((Side::After, last)) = previous {
        mishaps.push(mishap(last, Moment::After, None));
    }
    // A renewal comes at any time.
    let renewals = events.iter().map(|event| &event.boundary);
    if let Some(renewal) = renewals.into_iter().find(|one| one.what == RENEWAL) {
        let moments = [Moment::Before, Moment::Between, Moment::After];
        mishaps.extend(moments.map(|moment| mishap(renewal, moment, None)));
    }
    mishaps
}

fn mishap(at: &Boundary, moment: Moment, same: Option<(Side, Boundary)>) -> Mishap {
    Mishap {
        at: at.clone(),
        what: What::Kill(Kill { moment, same }),
    }
}

/// Applies until there, kills, and applies again.
pub async fn run(
    stage: &mut Stage<'_>,
    at: &Boundary,
    Kill { moment, .. }: &Kill,
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

impl fmt::Display for Kill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.moment {
            Moment::Before => "before",
            Moment::Between => "between",
            Moment::After => "after",
        })?;
        match &self.same {
            Some((side, boundary)) => write!(f, ", {side} {boundary}"),
            None => Ok(()),
        }
    }
}
