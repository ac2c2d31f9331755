//! One trial on one server.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::time::timeout;

use crate::bed::Outcome;
use crate::bed::cluster::Cluster;
use crate::bed::ground::Ground;
use crate::bed::server::Server;
use crate::bed::topology::Driver;
use crate::report::{Journal, Report};
use crate::{cases, change, leadership, proof, refusals};

/// No trial takes this long; one that does is stuck.
const PATIENCE: Duration = Duration::from_secs(300);

/// What is tried.
#[derive(Clone, Copy, Debug)]
pub enum Trial {
    /// The bed's own checks.
    Proof,
    /// A case of the matrix.
    Change(cases::Named, Driver),
    /// What must be refused.
    Refusal(refusals::Named),
    /// Leadership moved by hand.
    Leadership(leadership::Named),
}

/// A trial on a server.
#[derive(Clone, Debug)]
pub struct Cell {
    pub server: Server,
    pub trial: Trial,
}

/// A failed cell, told in full.
#[derive(Debug)]
pub struct Failure {
    pub reason: String,
    pub journal: String,
}

impl Trial {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Proof => "proof",
            Self::Change((name, _), _) | Self::Refusal((name, _)) | Self::Leadership((name, _)) => {
                name
            }
        }
    }

    /// The group under which it is counted.
    pub fn group(&self) -> &'static str {
        match self {
            Self::Proof => "bed",
            Self::Change(_, Driver::Exec | Driver::Watched) => "matrix",
            Self::Change(_, Driver::Process) => "process",
            Self::Refusal(_) => "refused",
            Self::Leadership(_) => "leadership",
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:7} {:10} {:21}",
            self.server.name(),
            self.trial.group(),
            self.trial.name()
        )
    }
}

impl Cell {
    /// Runs it on a runtime of its own, and ends all that it started.
    pub fn run(&self, ground: &Ground) -> Result<Report, Failure> {
        let mut journal = Journal::default();
        let outcome =
            std::panic::catch_unwind(AssertUnwindSafe(|| self.perform(ground, &mut journal)));
        let outcome = outcome.unwrap_or_else(|_| Err("it panicked".into()));
        outcome.map_err(|error| Failure {
            reason: error.to_string(),
            journal: journal.text().to_owned(),
        })
    }

    fn perform(&self, ground: &Ground, journal: &mut Journal) -> Outcome<Report> {
        let plot = ground.plot()?;
        let cluster = Cluster::lay_out(
            plot.directory().to_owned(),
            plot.net().clone(),
            self.server.clone(),
        )?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let outcome =
            runtime.block_on(async { timeout(PATIENCE, self.attempt(&cluster, journal)).await });
        let outcome = outcome.unwrap_or_else(|_| Err(format!("stuck for {PATIENCE:?}").into()));
        if outcome.is_err() {
            journal.note(cluster.logs());
        }
        outcome
    }

    async fn attempt(&self, cluster: &Cluster, journal: &mut Journal) -> Outcome<Report> {
        match self.trial {
            Trial::Proof => proof::run(cluster).await,
            Trial::Change((_, case), driver) => {
                change::run(cluster, &case(&cluster.net), driver, journal).await
            }
            Trial::Refusal((_, case)) => refusals::run(cluster, &case(&cluster.net), journal).await,
            Trial::Leadership((_, case)) => {
                leadership::run(cluster, &case(&cluster.net), journal).await
            }
        }
    }
}
