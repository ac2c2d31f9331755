//! What an apply is to perform: a new plan, or what an earlier run has left of one.

use std::path::PathBuf;
use std::time::Duration;

use crate::apply::journal::Record;
use crate::apply::{Clock as _, Cluster as _, Depth, GRACE, ObserveError};
use crate::diff::Requests;
use crate::etcd::EtcdCluster;
use crate::journal::Run;
use crate::observation::Observation;
use crate::plan::{Plan, Refusal};
use crate::render::counted;

use super::args::Apply;
use super::clock::SystemClock;
use super::console::Console;
use super::failure::Failure;
use super::input::Wanted;
use super::state::{self, Asked};
use super::{outcome, plan};

/// How often a cluster that is not ready is looked at.
const POLL: Duration = Duration::from_millis(250);

/// What is to be performed, and how.
pub(super) struct Application<'a> {
    pub(super) console: &'a Console,
    pub(super) arguments: &'a Apply,
    pub(super) wanted: &'a Wanted,
    pub(super) requests: Requests,
    /// The folder of journals.
    pub(super) state: PathBuf,
}

/// A plan that is to be performed, from its beginning or from where an earlier run stopped.
pub(super) struct Work {
    pub(super) plan: Plan,
    pub(super) record: Record,
    /// Whether its cluster answered; else the plan itself has taken its quorum away.
    pub(super) is_seen: bool,
    /// Whether its journal holds the plan already.
    pub(super) is_written: bool,
    /// What is to be told before the plan.
    pub(super) preface: String,
}

/// Looks at the cluster until it can be told what is to be done.
///
/// Right after a run that was stopped a process may still be starting, or an
/// election under way: what a rule forbids must last for a moment before it
/// counts, as it must while a plan is performed.
pub(super) async fn find(
    application: &Application<'_>,
    cluster: &mut EtcdCluster,
) -> Result<Work, Failure> {
    let clock = SystemClock::start();
    loop {
        let observed = cluster.observe(Depth::Whole).await;
        let is_silent = matches!(observed, Err(ObserveError::NoAnswer { .. }));
        let work = application.work(observed);
        let may_pass = match &work {
            Ok(work) => work.plan.refusals.iter().any(Refusal::is_of_the_rule_book),
            Err(_) => is_silent,
        };
        if !may_pass || clock.now() >= GRACE {
            return work;
        }
        clock.sleep(POLL).await;
    }
}

impl Application<'_> {
    /// The plan: that of an unfinished run of the same topology, else a new one.
    fn work(&self, observed: Result<Observation, ObserveError>) -> Result<Work, Failure> {
        let asked = Asked {
            topology: &self.wanted.topology,
            requests: &self.requests,
            allow_outage: self.arguments.requests.allow_outage,
        };
        let observation = match observed {
            Ok(observation) => observation,
            Err(error) => {
                let dark = state::in_the_dark(&self.state, asked);
                return match dark {
                    Some(run) => Ok(Self::continued(run, false)),
                    None => Err(error.into()),
                };
            }
        };
        let earlier = state::earlier(&self.state, asked, &observation);
        if let Some(run) = earlier.unfinished {
            return Ok(Self::continued(run, true));
        }
        let plan = plan::build(self.wanted, &observation, &self.arguments.requests)?;
        let left_behind = (!earlier.left_behind.is_empty())
            .then(|| outcome::left_behind(earlier.left_behind).text(self.console.stderr));
        Ok(Work {
            plan,
            record: Record::default(),
            is_seen: true,
            is_written: false,
            preface: left_behind.unwrap_or_default(),
        })
    }

    fn continued(run: Run, is_seen: bool) -> Work {
        let all = counted(run.plan.steps.len(), "step");
        let preface = format!(
            "Going on with plan {}: a run that began {} was stopped after {} of {all}.\n\n",
            run.plan.plan_id,
            run.begun_at,
            run.record.done()
        );
        Work {
            plan: run.plan,
            record: run.record,
            is_seen,
            is_written: true,
            preface,
        }
    }
}
