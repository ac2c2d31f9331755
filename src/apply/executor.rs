//! The loop that carries out what [`Progress`] decides.

use crate::apply::halt::Halt;
use crate::apply::progress::{Directive, Patience, Progress};
use crate::apply::{Clock, Cluster, Hosts, Reporter, StepOutcome};
use crate::observation::Observation;
use crate::plan::{Plan, StepId};

/// How a run ended.
#[must_use = "a run that stopped part-way must be told"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Why it stopped before its end; absent: every step is done.
    pub halt: Option<Halt>,
    /// The steps that are done, and how.
    pub done: Vec<(StepId, StepOutcome)>,
    /// The steps that are left.
    pub left: Vec<StepId>,
    /// Whether this run or an earlier one of the plan has changed anything, or may have.
    pub begun: bool,
    /// The last look at the cluster.
    pub last: Option<Observation>,
}

impl Report {
    /// Whether every step was done before this run.
    pub fn is_already_applied(&self) -> bool {
        let already = |(_, outcome): &(StepId, StepOutcome)| *outcome == StepOutcome::AlreadyDone;
        self.halt.is_none() && self.done.iter().all(already)
    }
}

/// The ports of a run.
#[derive(Debug)]
pub struct Ports<'a, C, H, K, R> {
    /// The live cluster.
    pub cluster: &'a mut C,
    /// The machines.
    pub hosts: &'a mut H,
    /// Time.
    pub clock: &'a K,
    /// Who is told.
    pub reporter: &'a mut R,
}

/// Performs a plan, one step at a time.
pub async fn run<C, H, K, R>(
    plan: &Plan,
    patience: Patience,
    ports: Ports<'_, C, H, K, R>,
) -> Report
where
    C: Cluster,
    H: Hosts,
    K: Clock,
    R: Reporter,
{
    let Ports {
        cluster,
        hosts,
        clock,
        reporter,
    } = ports;
    let mut progress = Progress::new(plan, patience);
    let halt = loop {
        let look = cluster.observe(progress.depth()).await;
        let directive = progress.next(look, clock.now());
        for event in progress.take_events() {
            reporter.report(&event);
        }
        match directive {
            Directive::Call { via, call } => {
                let answer = cluster.send(via, &call).await;
                progress.called(answer, clock.now());
            }
            Directive::Host(action) => {
                let outcome = hosts.perform(&action).await;
                progress.performed(outcome, clock.now());
            }
            Directive::Wait(pause) => clock.sleep(pause).await,
            Directive::Finished => break None,
            Directive::Halt(halt) => break Some(halt),
        }
    };
    let done: Vec<_> = progress
        .done()
        .map(|(step, outcome)| (step.id, outcome))
        .collect();
    let is_left = |id: &StepId| done.iter().all(|(done, _)| done != id);
    Report {
        halt,
        left: plan
            .steps
            .iter()
            .map(|step| step.id)
            .filter(is_left)
            .collect(),
        done,
        begun: progress.has_begun(),
        last: progress.last_look().cloned(),
    }
}
