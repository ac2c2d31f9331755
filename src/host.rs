//! The machines that members run on, reached by a driver.
//!
//! Layer 6. [`Drivers`] implements the port [`Hosts`] for the driver that the
//! topology names. What no driver does is told to a person, complete and
//! copyable, and left to hand.

pub mod busy;
mod copy;
mod exec;
mod failure;
pub mod instructions;
mod orphans;
mod output;
pub mod place;
pub mod process;
pub mod salvage;
pub mod space;
pub mod wal;

use std::path::PathBuf;

use crate::apply::host_action::HostAction;
use crate::apply::{HostError, HostOutcome, Hosts};
use crate::remains::Remnant;
use crate::topology::{Driver, HostActionKind, Topology};

pub use output::{Output, Reply};
pub use process::{Processes, Running};

/// Variables that may hold a password. It is for the cluster, and for no program on the way to a
/// host.
const SECRETS: [&str; 3] = ["ETCDPLAN_PASSWORD", "ETCDCTL_PASSWORD", "ETCDCTL_USER"];

/// What whoever copies data by hand is asked.
const COPIED: &str = "Type done when it is copied, or failed to start it again where it was: ";

/// What whoever does anything else by hand is asked that nothing would show.
const DONE: &str = "Type done when it is done, or failed: ";

/// The driver of a topology.
#[derive(Debug)]
pub struct Drivers<O> {
    driver: Driver,
    /// The folder of the topology file: relative paths start there.
    folder: PathBuf,
    output: O,
}

impl<O: Output> Drivers<O> {
    /// The driver of this topology, whose file is in this folder.
    pub fn new(topology: &Topology, folder: PathBuf, output: O) -> Self {
        Self {
            driver: topology.driver.clone(),
            folder,
            output,
        }
    }

    /// Tells whoever is there.
    pub fn tell(&mut self, line: &str) {
        self.output.line(line);
    }

    /// Tells a person. Nothing would show that data was copied, and the next steps rely on it:
    /// where somebody is there to say so, they are asked.
    async fn by_hand(&mut self, action: &HostAction) -> Result<HostOutcome, HostError> {
        for line in instructions::of(action).lines() {
            self.output.line(line);
        }
        let question = match action.kind {
            HostActionKind::MoveData => COPIED,
            HostActionKind::PutAside
            | HostActionKind::Restore
            | HostActionKind::ForceNew
            | HostActionKind::Relay
            | HostActionKind::EndRelay => DONE,
            HostActionKind::Stop if action.rescue.is_some() => DONE,
            HostActionKind::Start
            | HostActionKind::Stop
            | HostActionKind::Restart
            | HostActionKind::Wipe
            | HostActionKind::Check => return Ok(HostOutcome::LeftToHand),
        };
        loop {
            match self.output.ask(question).await {
                Reply::Nobody => return Ok(HostOutcome::LeftToHand),
                Reply::Line(line) if line == "done" => return Ok(HostOutcome::Performed),
                Reply::Line(line) if line != "failed" => {}
                Reply::Line(_) | Reply::Silence => {
                    return Err(HostError::Refused {
                        reason: "nobody says that it was done".to_owned(),
                    });
                }
            }
        }
    }
}

impl<O: Output> Hosts for Drivers<O> {
    async fn perform(&mut self, action: &HostAction) -> Result<HostOutcome, HostError> {
        match &self.driver {
            Driver::Manual => self.by_hand(action).await,
            Driver::Exec(exec) => match exec.actions.get(&action.kind) {
                None => self.by_hand(action).await,
                Some(program) => {
                    let limit = exec::limit(exec, action.kind);
                    exec::run(program, action, &self.folder, limit, &mut self.output).await?;
                    Ok(HostOutcome::Performed)
                }
            },
            Driver::Process(settings) => {
                let processes = Processes::new(settings, &self.folder);
                if let Some(line) = processes.perform(action).await? {
                    self.output.line(line);
                }
                Ok(HostOutcome::Performed)
            }
        }
    }

    async fn check(&mut self, action: &HostAction) -> Result<Option<Remnant>, HostError> {
        match &self.driver {
            Driver::Manual => Ok(None),
            Driver::Exec(exec) => match exec.actions.get(&HostActionKind::Check) {
                None => Ok(None),
                Some(program) => {
                    let limit = exec::limit(exec, HostActionKind::Check);
                    exec::check(program, action, &self.folder, limit, &mut self.output)
                        .await
                        .map(Some)
                }
            },
            Driver::Process(settings) => Processes::new(settings, &self.folder)
                .check(action)
                .map(Some),
        }
    }
}
