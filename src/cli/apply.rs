//! `etcdplan apply`: performs the steps, after a question.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::apply::executor::{self, Ports, Report};
use crate::apply::journal::{Entry, Journal as _, JournalError, Record};
use crate::apply::progress::{Patience, Terms};
use crate::apply::{Clock as _, Cluster as _, Depth, ObserveError};
use crate::diff::Requests;
use crate::etcd::EtcdCluster;
use crate::host::Drivers;
use crate::journal::{FileJournal, Run};
use crate::machine;
use crate::observation::Observation;
use crate::plan::Plan;
use crate::render::{self, Notice, View, counted};

use super::args::Apply;
use super::clock::SystemClock;
use super::console::{Console, Failure};
use super::exit::Exit;
use super::input::{self, Wanted};
use super::interrupt::{Operator, Signals};
use super::lock::{self, HeldLock};
use super::progress::Progress;
use super::prompt::{self, Consent};
use super::state::{self, Asked};
use super::{invocation, outcome, plan, runtime};

/// Plans, asks, and performs.
pub(super) fn run(console: &Console, arguments: &Apply) -> Result<Exit, Failure> {
    let consent = if arguments.yes {
        Consent::Given
    } else {
        Consent::Asked
    };
    prompt::possible(console, consent)?;
    prompt::pausing(console, arguments.pause)?;
    let wanted = input::topology(console, &arguments.file)?;
    let requests = input::requests(&arguments.requests, &wanted.topology)?;
    let application = Application {
        console,
        arguments,
        wanted: &wanted,
        requests,
        state: state::folder()?,
    };
    runtime::block_on(application.run(consent))?
}

/// What is to be performed, and how.
struct Application<'a> {
    console: &'a Console,
    arguments: &'a Apply,
    wanted: &'a Wanted,
    requests: Requests,
    state: PathBuf,
}

/// A plan that is to be performed, from its beginning or from where an earlier run stopped.
struct Work {
    plan: Plan,
    record: Record,
    /// Whether its cluster answered; else the plan itself has taken its quorum away.
    is_seen: bool,
    /// Whether its journal holds the plan already.
    is_written: bool,
}

impl Application<'_> {
    async fn run(&self, consent: Consent) -> Result<Exit, Failure> {
        let mut signals = Signals::listen()?;
        let mut cluster = input::cluster(Some(&self.wanted.topology), &self.arguments.connection)?;
        let observed = signals.or_stop(cluster.observe(Depth::Whole)).await?;
        let work = self.work(observed)?;
        let view = View {
            palette: self.console.stdout,
            detail: self.console.detail,
            command: None,
        };
        self.console.result(&render::text(&work.plan, &view))?;
        plan::refused(&work.plan)?;
        if work.plan.steps.is_empty() {
            return Ok(Exit::Done);
        }
        prompt::confirm(self.console, &work.plan, consent, &mut signals).await?;
        let taken = Box::pin(lock::take(
            self.console,
            self.arguments,
            &work.plan,
            &cluster,
            work.is_seen,
        ));
        let lock = signals.or_stop(taken).await??;
        self.perform(&work, &mut cluster, lock, signals).await
    }

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
                    Some(run) => Ok(self.continued(run, false)),
                    None => Err(error.into()),
                };
            }
        };
        let earlier = state::earlier(&self.state, asked, &observation);
        if let Some(run) = earlier.unfinished {
            return Ok(self.continued(run, true));
        }
        if !earlier.left_behind.is_empty() {
            let warning = Notice {
                code: Some("W0440".to_owned()),
                details: earlier.left_behind,
                ..Notice::warning(
                    "an earlier run stopped before it did this, and this plan does not know of it",
                )
            };
            self.console.note(&warning.text(self.console.stderr));
        }
        let plan = plan::build(self.wanted, &observation, &self.arguments.requests)?;
        Ok(Work {
            plan,
            record: Record::default(),
            is_seen: true,
            is_written: false,
        })
    }

    fn continued(&self, run: Run, is_seen: bool) -> Work {
        let all = counted(run.plan.steps.len(), "step");
        self.console.note(&format!(
            "Going on with plan {}: a run that began {} was stopped after {} of {all}.\n\n",
            run.plan.plan_id,
            run.begun_at,
            run.record.done()
        ));
        Work {
            plan: run.plan,
            record: run.record,
            is_seen,
            is_written: true,
        }
    }

    async fn perform(
        &self,
        work: &Work,
        cluster: &mut EtcdCluster,
        mut lock: HeldLock,
        signals: Signals,
    ) -> Result<Exit, Failure> {
        let plan = &work.plan;
        let unwritten =
            |error: JournalError| Failure::error(format!("the journal cannot be written: {error}"));
        let mut journal = FileJournal::open(&self.state, plan).map_err(unwritten)?;
        let begun = Entry::Begun {
            by: format!("{} on {}", machine::user(), machine::host_name()),
            requests: self.requests.clone(),
            plan: (!work.is_written).then(|| Box::new(plan.clone())),
        };
        journal.record(&begun).map_err(unwritten)?;
        if self.console.can_redraw() {
            self.console.tell("\n");
        }
        let clock = SystemClock::start();
        let mut reporter = Progress::new(self.console, plan);
        let output = reporter.driver_output();
        let mut operator = Operator::new(self.console, plan, signals, self.arguments.pause, output);
        let mut hosts = Drivers::new(&plan.topology, self.folder(), reporter.driver_output());
        let ports = Ports {
            cluster,
            hosts: &mut hosts,
            clock: &clock,
            lock: &mut lock,
            journal: &mut journal,
            attention: &mut operator,
            reporter: &mut reporter,
        };
        let report = executor::run(plan, self.terms(work), ports).await;
        lock.release().await;
        self.conclude(plan, &report, clock.now())
    }

    fn terms(&self, work: &Work) -> Terms {
        let step = self.arguments.step_timeout;
        Terms {
            patience: Patience {
                step: step.unwrap_or(work.plan.topology.policy.step_timeout).0,
                run: self.arguments.timeout.map(|timeout| timeout.0),
            },
            until: self.arguments.until,
            record: work.record.clone(),
        }
    }

    /// The folder of the topology file: relative paths start there.
    fn folder(&self) -> PathBuf {
        let file = std::path::absolute(&self.arguments.file).unwrap_or_default();
        file.parent().unwrap_or(Path::new(".")).to_owned()
    }

    /// Tells how the run ended.
    fn conclude(&self, plan: &Plan, report: &Report, took: Duration) -> Result<Exit, Failure> {
        let console = self.console;
        let Some(halt) = &report.halt else {
            console.result(&outcome::complete(plan, report, took, console.stdout))?;
            return Ok(Exit::Done);
        };
        let exit = outcome::exit(report);
        console.failed(&Failure::new(exit, outcome::error(halt)));
        if exit == Exit::Partial {
            let Apply {
                file,
                requests,
                connection,
                ..
            } = self.arguments;
            let command = invocation::apply(file, requests, connection);
            console.note(&outcome::stopped(
                plan,
                report,
                command.as_deref(),
                console.stderr,
            ));
        } else {
            console.tell("Nothing was changed.\n");
        }
        Ok(exit)
    }
}
