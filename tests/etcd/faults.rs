//! What becomes of an apply that is interrupted: answers late or lost, etcdplan killed.
//!
//! Each group first runs a scenario undisturbed and counts its boundaries: calls, the driver's
//! actions, lines of the journal. Then every boundary becomes a trial of its own, on a fresh
//! cluster, in which something happens just there.

mod answers;
mod kills;
mod stage;

use std::collections::BTreeSet;
use std::fmt;

use crate::bed::Outcome;
use crate::bed::cluster::Cluster;
use crate::bed::server::Server;
use crate::cases::{self, Named};
use crate::report::{Journal, Report};
use crate::tripwire::{Boundary, Side};
use stage::Stage;

/// What happens at the boundaries of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Calls arrive late, or never, or their answers are lost.
    Answers,
    /// etcdplan is killed.
    Kills,
}

pub const GROUPS: [Group; 2] = [Group::Answers, Group::Kills];

/// A trial: a scenario, and where something happens in it; without, it is the undisturbed run.
#[derive(Clone, Debug)]
pub struct Fault {
    pub group: Group,
    pub scenario: Named,
    mishap: Option<Mishap>,
}

#[derive(Clone, Debug)]
struct Mishap {
    at: Boundary,
    what: What,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Answer(answers::Fate),
    Kill(kills::Moment),
}

impl Group {
    pub fn name(self) -> &'static str {
        match self {
            Self::Answers => "answers",
            Self::Kills => "kills",
        }
    }

    fn scenarios(self, server: &Server) -> Vec<&'static str> {
        // What adds a second member at once waits for etcd's five seconds.
        let grow = if server.version >= [3, 5, 30] {
            "3-to-5"
        } else {
            "1-to-3"
        };
        match self {
            Self::Answers => vec![grow, "replace-leader", "readdress-all", "mixed"],
            Self::Kills => vec![
                grow,
                "replace-leader",
                "replace-same-name",
                "replace-dead",
                "readdress-all",
                "mixed",
            ],
        }
    }

    /// What can happen in a run with these boundaries.
    fn mishaps(self, boundaries: &BTreeSet<Boundary>) -> Vec<Mishap> {
        let of = |at: &Boundary| match self {
            Self::Answers => answers::at(at),
            Self::Kills => kills::at(at),
        };
        let mishap = |at: &Boundary| {
            let at = at.clone();
            move |what| Mishap {
                at: at.clone(),
                what,
            }
        };
        boundaries
            .iter()
            .flat_map(|at| of(at).into_iter().map(mishap(at)))
            .collect()
    }
}

impl Fault {
    /// The undisturbed runs of a server, from which all else follows.
    pub fn undisturbed(server: &Server) -> Vec<Self> {
        let of = |group: Group| {
            let names = group.scenarios(server);
            let named = move |name: &str| cases::all().into_iter().find(|case| case.0 == name);
            names
                .into_iter()
                .filter_map(named)
                .map(move |scenario| Self {
                    group,
                    scenario,
                    mishap: None,
                })
        };
        GROUPS.into_iter().flat_map(of).collect()
    }

    /// What happens and where, on the line of the trial.
    pub fn title(&self) -> String {
        self.mishap
            .as_ref()
            .map_or_else(|| "undisturbed".to_owned(), ToString::to_string)
    }

    /// Performs it. The undisturbed run finds the others.
    pub async fn run(&self, cluster: &Cluster, journal: &mut Journal) -> Outcome<Report> {
        let mut stage = Stage::set(cluster, self.scenario, journal).await?;
        let wall = match &self.mishap {
            None => stage.undisturbed(journal).await?,
            Some(Mishap { at, what }) => match what {
                What::Answer(fate) => answers::run(&mut stage, at, *fate, journal).await?,
                What::Kill(moment) => kills::run(&mut stage, at, *moment, journal).await?,
            },
        };
        let boundaries = stage.boundaries();
        stage.converged(journal).await?;
        let found = match &self.mishap {
            Some(_) => Vec::new(),
            None => self.group.mishaps(&boundaries),
        };
        let found = found.into_iter().map(|mishap| Self {
            mishap: Some(mishap),
            ..self.clone()
        });
        Ok(Report {
            found: found.collect(),
            ..Report::of(wall)
        })
    }
}

impl fmt::Display for Mishap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.what {
            What::Answer(fate) => write!(f, "{}: {fate}", self.at),
            What::Kill(moment) => write!(f, "{}: killed {moment}", self.at),
        }
    }
}

/// The membership calls, whose answers decide what etcdplan believes.
const CALLS: [&str; 5] = [
    "MemberAdd",
    "MemberPromote",
    "MemberUpdate",
    "MemberRemove",
    "MoveLeader",
];
