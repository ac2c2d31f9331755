//! `etcdplan apply`: performs the steps, after a question.

use std::path::Path;
use std::time::Duration;

use crate::apply::Clock as _;
use crate::apply::executor::{self, Ports, Report};
use crate::apply::halt::Halt;
use crate::apply::journal::{Entry, Journal as _, JournalError, Record};
use crate::apply::progress::{Patience, Terms};
use crate::etcd::EtcdCluster;
use crate::etcd::backup::Depot;
use crate::host::Drivers;
use crate::journal::FileJournal;
use crate::machine;
use crate::plan::{Plan, StepId};
use crate::render::{self, Notice, View};

use super::args::Apply;
use super::clock::SystemClock;
use super::connection;
use super::console::Console;
use super::exit::Exit;
use super::failure::Failure;
use super::input::{self, Wanted};
use super::lock::{self, HeldLock};
use super::operator::Operator;
use super::progress::Progress;
use super::prompt::{self, Consent};
use super::signals::Signals;
use super::state;
use super::work::{self, Application, Work};
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
    let saved = arguments.plan.as_deref().map(input::saved).transpose()?;
    let wanted = match (&saved, &arguments.file) {
        (Some(plan), _) => Wanted::from(plan),
        (None, file) => input::topology(file.as_deref().unwrap_or(Path::new("-")))?,
    };
    let requests = match &saved {
        Some(plan) => plan.requests.clone(),
        None => input::requests(&arguments.requests, &wanted.topology)?,
    };
    let application = Application {
        console,
        arguments,
        saved: saved.as_ref(),
        wanted: &wanted,
        requests,
        whole: None,
        spent: Duration::ZERO,
        state: state::folder()?,
    };
    let recovery = saved.as_ref().and_then(|plan| plan.recovery.as_ref());
    match (&saved, recovery) {
        (Some(plan), Some(recovery)) => {
            runtime::block_on(application.recover(plan, recovery, consent))?
        }
        _ => runtime::block_on(application.run(consent))?,
    }
}

impl Application<'_> {
    async fn run(&self, consent: Consent) -> Result<Exit, Failure> {
        let mut signals = Signals::listen()?;
        let mut cluster = connection::cluster(Some(self.wanted), &self.arguments.connection)?;
        let found = Box::pin(work::find(self, &mut cluster));
        let work = signals.or_stop(found).await??;
        if work.is_applied {
            let id = &work.plan.plan_id;
            let line = format!("No changes. Every step of plan {id} is already applied.\n");
            self.console.result(&line)?;
            return Ok(Exit::Done);
        }
        let view = View {
            palette: self.console.stdout,
            detail: self.console.detail,
            command: None,
        };
        self.console.note(&work.preface);
        self.console.page(&render::text(&work.plan, &view))?;
        plan::refused(&work.plan)?;
        if work.plan.steps.is_empty() {
            return Ok(Exit::Done);
        }
        self.until_is_a_step(&work.plan)?;
        prompt::confirm(self.console, &work.plan, consent, &mut signals).await?;
        let taken = Box::pin(lock::take(
            self.console,
            self.arguments,
            &work.plan,
            &cluster,
            work.is_seen,
        ));
        let lock = signals.or_stop(taken).await??;
        let (report, took) = self.perform(&work, &mut cluster, lock, signals).await?;
        self.conclude(&work.plan, &report, took)
    }

    /// Performs a saved plan that was shown and agreed to; none where all of it is done.
    pub(super) async fn performed(
        &self,
        plan: &Plan,
    ) -> Result<Option<(Report, Duration)>, Failure> {
        let mut signals = Signals::listen()?;
        let mut cluster = connection::cluster(Some(self.wanted), &self.arguments.connection)?;
        let found = Box::pin(work::find(self, &mut cluster));
        let work = signals.or_stop(found).await??;
        if work.is_applied {
            return Ok(None);
        }
        let (arguments, is_seen) = (self.arguments, work.is_seen);
        let taken = Box::pin(lock::take(self.console, arguments, plan, &cluster, is_seen));
        let lock = signals.or_stop(taken).await??;
        let ended = self.perform(&work, &mut cluster, lock, signals).await?;
        Ok(Some(ended))
    }

    async fn perform(
        &self,
        work: &Work,
        cluster: &mut EtcdCluster,
        mut lock: HeldLock,
        signals: Signals,
    ) -> Result<(Report, Duration), Failure> {
        let plan = &work.plan;
        let mut journal = match self.journal_of(&work.plan, work.is_written) {
            Ok(journal) => journal,
            Err(JournalError { reason }) => {
                lock.release().await;
                let halt = outcome::error(&Halt::Unrecorded { reason });
                return Err(Failure::new(Exit::Error, halt));
            }
        };
        if self.console.can_redraw() {
            self.console.tell("\n");
        }
        let clock = SystemClock::start();
        let shown = self.whole.unwrap_or(plan);
        let mut reporter = Progress::new(self.console, shown);
        let output = reporter.driver_output();
        let mut operator =
            Operator::new(self.console, shown, signals, self.arguments.pause, output);
        let mut hosts = Drivers::new(
            &plan.topology,
            self.wanted.folder(),
            reporter.driver_output(),
        );
        let folder = plan.topology.policy.backup_dir.as_deref();
        let folder = self.wanted.folder().join(folder.unwrap_or_default());
        let mut backups = Depot::new(cluster.access(), folder, reporter.backup_meter());
        let ports = Ports {
            cluster,
            hosts: &mut hosts,
            backups: &mut backups,
            clock: &clock,
            lock: &mut lock,
            journal: &mut journal,
            attention: &mut operator,
            reporter: &mut reporter,
        };
        let report = executor::run(plan, self.terms(plan, &work.record), ports).await;
        lock.release().await;
        Ok((report, clock.now()))
    }

    /// Fails where `--until` names no step of the plan.
    pub(super) fn until_is_a_step(&self, plan: &Plan) -> Result<(), Failure> {
        let is_none = |until: StepId| plan.steps.iter().all(|step| step.id != until);
        match self.arguments.until.filter(|until| is_none(*until)) {
            None => Ok(()),
            Some(until) => {
                let last = plan.steps.len();
                let message = format!("--until {until}: the plan has s1 to s{last}");
                Err(Failure::new(Exit::Usage, Notice::error(message)))
            }
        }
    }

    /// The journal of a plan, in which the run has begun.
    pub(super) fn journal_of(
        &self,
        plan: &Plan,
        is_written: bool,
    ) -> Result<FileJournal, JournalError> {
        let mut journal = FileJournal::open(&self.state, plan)?;
        journal.record(&Entry::Begun {
            by: format!("{} on {}", machine::user(), machine::host_name()),
            plan: (!is_written).then(|| Box::new(plan.clone())),
        })?;
        Ok(journal)
    }

    pub(super) fn terms(&self, plan: &Plan, record: &Record) -> Terms {
        let step = self.arguments.step_timeout;
        Terms {
            patience: Patience {
                step: step.unwrap_or(plan.topology.policy.step_timeout).0,
                run: self.arguments.timeout.map(|timeout| timeout.0),
                spent: self.spent,
            },
            until: self.arguments.until,
            record: record.clone(),
        }
    }

    /// Tells how the run ended.
    pub(super) fn conclude(
        &self,
        plan: &Plan,
        report: &Report,
        took: Duration,
    ) -> Result<Exit, Failure> {
        let console = self.console;
        let Some(halt) = &report.halt else {
            console.result(&outcome::complete(plan, report, took, console.stdout))?;
            return Ok(Exit::Done);
        };
        let exit = outcome::exit(report);
        let live = report.last.as_ref();
        console.failed(&Failure::new(
            exit,
            outcome::drawn(plan, halt, live, console.stderr),
        ));
        if exit == Exit::Partial {
            let Apply {
                plan: saved,
                file,
                requests,
                connection,
                ..
            } = self.arguments;
            let command = match (saved, file) {
                (Some(saved), _) => Some(invocation::apply_saved(saved, connection)),
                (None, Some(file)) => invocation::apply(file, requests, connection),
                (None, None) => None,
            };
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
