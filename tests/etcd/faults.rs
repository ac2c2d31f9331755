//! What becomes of an apply that is interrupted: answers late or lost, etcdplan killed, members
//! changed by somebody else, members that fail.
//!
//! Each group first runs a scenario undisturbed and counts its boundaries: calls, the driver's
//! actions, lines of the journal. Then every boundary becomes a trial of its own, on a fresh
//! cluster, in which something happens just there.

mod answers;
mod hands;
mod harms;
mod kills;
mod stage;

pub use stage::kill;

use std::fmt;

use crate::bed::Outcome;
use crate::bed::cluster::Cluster;
use crate::bed::server::Server;
use crate::cases::{self, Case, Named};
use crate::report::{Journal, Report};
use crate::tripwire::{Boundary, Event, JOURNAL, Side};
use stage::Stage;

/// What happens at the boundaries of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Calls arrive late, or never, or their answers are lost.
    Answers,
    /// etcdplan is killed.
    Kills,
    /// Somebody else changes the members.
    Hands,
    /// Members are killed, frozen, or restarted.
    Harms,
}

const GROUPS: [Group; 4] = [Group::Answers, Group::Kills, Group::Hands, Group::Harms];

/// How much is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    /// In a run that is not complete, and on the servers on which the matrix is not run.
    Brief,
    /// With `--all`.
    Matrix,
    /// What is asked for by name.
    Complete,
}

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

#[derive(Clone, Debug)]
enum What {
    Answer(answers::Fate),
    Kill(kills::Kill),
    Hand(hands::Intrusion),
    Harm(harms::Harm),
}

impl Group {
    pub fn name(self) -> &'static str {
        match self {
            Self::Answers => "answers",
            Self::Kills => "kills",
            Self::Hands => "hands",
            Self::Harms => "harms",
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
            Self::Hands => vec![grow, "replace-leader", "readdress-beside-learner"],
            Self::Harms => vec![grow, "replace-leader", "readdress-one"],
        }
    }

    /// What can happen in a run in which this passed.
    fn mishaps(self, case: &Case, events: &[Event]) -> Vec<Mishap> {
        match self {
            Self::Answers => answers::in_run(events),
            Self::Kills => kills::in_run(events),
            Self::Hands => hands::in_run(case, events),
            Self::Harms => harms::in_run(case, events),
        }
    }
}

impl Fault {
    /// The undisturbed runs of a server, from which all else follows.
    pub fn undisturbed(server: &Server) -> Vec<Self> {
        let of = |group: Group| {
            let names = group.scenarios(server);
            let scenario = move |name: &str| cases::all().into_iter().find(|case| case.0 == name);
            names
                .into_iter()
                .filter_map(scenario)
                .map(move |scenario| Self {
                    group,
                    scenario,
                    mishap: None,
                })
        };
        GROUPS.into_iter().flat_map(of).collect()
    }

    /// The smallest selection that it is in.
    pub fn extent(&self) -> Extent {
        if self.is_brief() {
            Extent::Brief
        } else if self.is_repetitive() {
            Extent::Complete
        } else {
            Extent::Matrix
        }
    }

    /// Whether it turns on what the server says to what it is asked.
    pub fn is_about_answers(&self) -> bool {
        matches!(self.group, Group::Answers | Group::Hands)
    }

    /// Each kind of interruption once.
    fn is_brief(&self) -> bool {
        let scenario = match self.group {
            Group::Answers | Group::Kills => "replace-leader",
            Group::Hands => "readdress-beside-learner",
            Group::Harms => "readdress-one",
        };
        let mishap = self.mishap.as_ref();
        let mishap = mishap.is_none_or(|mishap| match &mishap.what {
            What::Answer(_) => true,
            What::Kill(kill) => kill.is_brief(),
            What::Hand(intrusion) => intrusion.is_brief(),
            What::Harm(_) => mishap.at.what == "MemberUpdate",
        });
        self.scenario.0 == scenario && mishap
    }

    /// What another run only repeats, since one has shown it as well: a line of the journal, a wish
    /// that is fulfilled after we died, a member that restarts by itself, an answer to a call of a
    /// kind that simpler scenarios make.
    fn is_repetitive(&self) -> bool {
        let scenario = self.scenario.0;
        if self.group == Group::Answers {
            return scenario == "mixed";
        }
        self.mishap
            .as_ref()
            .is_some_and(|mishap| match &mishap.what {
                What::Answer(_) | What::Hand(_) => false,
                What::Kill(kill) => {
                    scenario != "replace-leader" && (mishap.at.what == JOURNAL || kill.is_between())
                }
                What::Harm(harm) => scenario == "3-to-5" && harm.is_restart(),
            })
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
        let Some(Mishap { at, what }) = &self.mishap else {
            return self.run_undisturbed(stage, journal).await;
        };
        let wall = match what {
            What::Answer(fate) => {
                let wall = answers::run(&mut stage, at, *fate, journal).await?;
                stage.converged(journal).await?;
                wall
            }
            What::Kill(kill) => {
                let wall = kills::run(&mut stage, at, kill, journal).await?;
                stage.converged(journal).await?;
                wall
            }
            What::Hand(intrusion) => hands::run(stage, at, *intrusion, journal).await?,
            What::Harm(harm) => harms::run(stage, at, harm, journal).await?,
        };
        Ok(Report::of(wall))
    }

    async fn run_undisturbed(
        &self,
        mut stage: Stage<'_>,
        journal: &mut Journal,
    ) -> Outcome<Report> {
        if self.group == Group::Kills {
            stage.tripwire.await_renewal();
        }
        let wall = stage.undisturbed(journal).await?;
        let found = self.group.mishaps(&stage.case, &stage.tripwire.events());
        stage.converged(journal).await?;
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
        let Self { at, what } = self;
        match what {
            What::Answer(fate) => write!(f, "{at}: {fate}"),
            What::Kill(kill) => write!(f, "{at}: killed {kill}"),
            What::Hand(intrusion) => write!(f, "{at}: {intrusion}"),
            What::Harm(harm) => write!(f, "{at}: {harm}"),
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

/// Whether etcdplan changes something there: a membership call, or an action of the driver. The
/// lock and the journal change nothing of the cluster.
fn is_act(boundary: &Boundary) -> bool {
    CALLS.contains(&boundary.what.as_str()) || boundary.what.starts_with("driver ")
}
