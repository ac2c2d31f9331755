//! One trial on one server.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::time::timeout;

use crate::bed::Outcome;
use crate::bed::cluster::Cluster;
use crate::bed::ground::Ground;
use crate::bed::server::Server;
use crate::bed::topology::Driver;
use crate::change::TooFew;
use crate::faults::Fault;
use crate::report::{Journal, Report};
use crate::{
    backups, cases, change, leadership, locking, proof, recovery, refusals, signals, upgrades,
};

/// No trial takes this long; one that does is stuck.
const PATIENCE: Duration = Duration::from_secs(300);

/// How often a trial is run until enough was written.
const ATTEMPTS: usize = 3;

/// What is tried.
#[derive(Clone, Debug)]
pub enum Trial {
    /// The bed's own checks.
    Proof,
    /// A case of the matrix.
    Change(cases::Named, Driver),
    /// What must be refused.
    Refusal(refusals::Named),
    /// Leadership moved by hand.
    Leadership(leadership::Named),
    /// Two applies at once.
    Locking(locking::Named),
    /// An apply that is asked to end.
    Signals(signals::Named),
    /// An apply that begins with a backup.
    Backup,
    /// To this server.
    Upgrade(Server),
    /// A lost quorum.
    Recovery(recovery::Named, Driver, Option<recovery::Kill>),
    /// An apply that is interrupted.
    Fault(Fault),
}

/// A trial on a server.
#[derive(Clone, Debug)]
pub struct Cell {
    pub server: Server,
    pub trial: Trial,
}

impl Trial {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Proof => "proof",
            Self::Backup => backups::NAME,
            Self::Upgrade(_) => upgrades::NAME,
            Self::Change((name, _), _)
            | Self::Refusal((name, _))
            | Self::Leadership((name, _))
            | Self::Locking((name, _))
            | Self::Signals((name, _))
            | Self::Recovery((name, _), ..) => name,
            Self::Fault(fault) => fault.scenario.0,
        }
    }

    /// The group under which it is counted.
    pub fn group(&self) -> &'static str {
        match self {
            Self::Proof => "bed",
            Self::Change(_, Driver::Exec | Driver::Watched | Driver::Hooked) => "matrix",
            Self::Change(_, Driver::Process) => "process",
            Self::Refusal(_) => "refused",
            Self::Leadership(_) => "leadership",
            Self::Locking(_) => "locking",
            Self::Signals(_) => "signals",
            Self::Backup => "backup",
            Self::Upgrade(_) => "upgrade",
            Self::Recovery(_, _, None) => "recovery",
            Self::Recovery(_, _, Some(_)) => "killed",
            Self::Fault(fault) => fault.group.name(),
        }
    }

    /// Whether writes are counted in it, so that few others may run beside it.
    pub fn is_measured(&self) -> bool {
        match self {
            Self::Proof | Self::Change(..) | Self::Leadership(_) | Self::Upgrade(_) => true,
            Self::Refusal(_)
            | Self::Locking(_)
            | Self::Signals(_)
            | Self::Backup
            | Self::Recovery(..)
            | Self::Fault(_) => false,
        }
    }

    /// What happens in it, where that is more than its name.
    pub fn title(&self) -> Option<String> {
        match self {
            Self::Fault(fault) => Some(fault.title()),
            Self::Recovery(_, _, Some(kill)) => Some(kill.title()),
            Self::Recovery(_, driver, None) => Some(format!("{driver:?}").to_lowercase()),
            Self::Upgrade(to) => Some(format!("to {}", to.name())),
            Self::Proof
            | Self::Backup
            | Self::Change(..)
            | Self::Refusal(_)
            | Self::Leadership(_)
            | Self::Locking(_)
            | Self::Signals(_) => None,
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
        )?;
        match self.trial.title() {
            Some(title) => write!(f, " {title:35}"),
            None => Ok(()),
        }
    }
}

impl Cell {
    /// Runs it on a runtime of its own, and ends all that it started; anew where too little was
    /// written meanwhile to say anything.
    pub fn run(&self, ground: &Ground) -> (Outcome<Report>, Journal) {
        let mut journal = Journal::default();
        let mut attempts = 1;
        loop {
            let outcome = catch_unwind(AssertUnwindSafe(|| self.perform(ground, &mut journal)));
            let outcome = outcome.unwrap_or_else(|_| Err("it panicked".into()));
            match outcome {
                Err(reason) if reason.is::<TooFew>() && attempts < ATTEMPTS => {
                    journal.note(format!("attempt {attempts}: {reason}"));
                    attempts += 1;
                }
                outcome => {
                    let outcome = outcome.map(|report| Report { attempts, ..report });
                    return (outcome, journal);
                }
            }
        }
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
        match &self.trial {
            Trial::Proof => proof::run(cluster).await,
            Trial::Change((_, case), driver) => {
                let case = case(&cluster.net);
                let case = if *driver == Driver::Process {
                    case.in_sandbox()
                } else {
                    case
                };
                change::run(cluster, &case, *driver, journal).await
            }
            Trial::Refusal((_, case)) => refusals::run(cluster, &case(&cluster.net), journal).await,
            Trial::Leadership((_, case)) => {
                leadership::run(cluster, &case(&cluster.net), journal).await
            }
            Trial::Locking((_, rivalry)) => locking::run(cluster, *rivalry, journal).await,
            Trial::Signals((_, sent)) => signals::run(cluster, *sent, journal).await,
            Trial::Backup => backups::run(cluster, journal).await,
            Trial::Upgrade(to) => upgrades::run(cluster, to, journal).await,
            Trial::Recovery((_, loss), driver, kill) => {
                Box::pin(recovery::run(cluster, *loss, *driver, *kill, journal)).await
            }
            Trial::Fault(fault) => fault.run(cluster, journal).await,
        }
    }
}
