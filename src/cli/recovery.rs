//! `etcdplan apply` of a plan that brings a cluster back from a lost quorum.
//!
//! First the recovery's own steps, on the hosts; then, on the cluster that is there again, the rest
//! as any other plan.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::apply::executor::Report;
use crate::apply::halt::Halt;
use crate::apply::journal::JournalError;
use crate::apply::recovery::{self, Ports};
use crate::apply::{Clock as _, Cluster as _, Depth, StepOutcome};
use crate::etcd::EtcdCluster;
use crate::etcd::backup::sha256_of;
use crate::host::Drivers;
use crate::journal::Run;
use crate::plan::recovery::{Recovery, RestoredFrom};
use crate::plan::{Plan, StepId};
use crate::render::{self, Notice, View};

use super::clock::SystemClock;
use super::connection;
use super::exit::Exit;
use super::failure::Failure;
use super::input::unreadable;
use super::operator::Operator;
use super::outcome;
use super::plan::refused;
use super::progress::Progress;
use super::prompt::{self, Consent};
use super::signals::Signals;
use super::work::Application;

/// How long a cluster that was back is waited for.
const GRACE: Duration = Duration::from_secs(15);

/// How often it is looked at.
const POLL: Duration = Duration::from_millis(200);

/// The code of a refusal: what the plan was made with has changed.
const STALE: &str = "E0493";

impl Application<'_> {
    /// Performs the whole of it.
    pub(super) async fn recover(
        &self,
        plan: &Plan,
        recovery: &Recovery,
        consent: Consent,
    ) -> Result<Exit, Failure> {
        refused(plan)?;
        let _only = self.only_one(plan)?;
        let mut signals = Signals::listen()?;
        let mut cluster = connection::cluster(Some(self.wanted), &self.arguments.connection)?;
        let view = View {
            palette: self.console.stdout,
            detail: self.console.detail,
            command: None,
        };
        self.console.page(&render::text(plan, &view))?;
        self.until_is_a_step(plan)?;
        prompt::confirm(self.console, plan, consent, &mut signals).await?;
        let is_back = signals
            .or_stop(self.is_back(plan, recovery, &mut cluster))
            .await?;
        if !is_back {
            self.is_due(plan, recovery)?;
        }
        let clock = SystemClock::start();
        let before = if is_back {
            let own = plan.steps.iter().take(recovery.steps);
            own.map(|step| (step.id, StepOutcome::AlreadyDone))
                .collect()
        } else {
            let report = self.on_hosts(plan, recovery, &mut cluster, signals).await?;
            if report.halt.is_some() || plan.steps.len() == recovery.steps {
                return self.conclude(plan, &report, clock.now());
            }
            report.done
        };
        if let Some(then) = plan.after_recovery() {
            return self.rest(plan, &then, before, clock.now()).await;
        }
        let report = Report {
            halt: None,
            done: before,
            left: Vec::new(),
            begun: true,
            last: None,
        };
        self.conclude(plan, &report, clock.now())
    }

    /// Keeps a second apply on this machine away: without quorum there is no lock to take.
    fn only_one(&self, plan: &Plan) -> Result<File, Failure> {
        let cluster = plan.cluster.id_or_unknown();
        let path = self.state.join(format!("{cluster}.recovery.lock"));
        let open = || {
            fs::create_dir_all(&self.state)?;
            File::options()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&path)
        };
        let unrecorded = |error: io::Error| {
            let reason = format!("{}: {error}", path.display());
            Failure::new(Exit::Error, outcome::error(&Halt::Unrecorded { reason }))
        };
        let file = open().map_err(unrecorded)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(file),
            Err(Errno::WOULDBLOCK) => Err(Failure::new(
                Exit::Error,
                Notice {
                    code: Some("E0491".to_owned()),
                    ways_out: vec!["wait for it, and run this again".to_owned()],
                    ..Notice::error("another apply brings this cluster back, on this machine")
                },
            )),
            Err(error) => Err(unrecorded(error.into())),
        }
    }

    /// Whether the recovery itself is done: its cluster answers.
    async fn is_back(&self, plan: &Plan, recovery: &Recovery, cluster: &mut EtcdCluster) -> bool {
        if recovery.rebirth.is_none() {
            return false;
        }
        let clock = SystemClock::start();
        loop {
            let seen = cluster.observe(Depth::Whole).await;
            if seen.is_ok_and(|seen| plan.is_reborn(&seen) && seen.standing().has_quorum()) {
                return true;
            }
            if !self.was_back(plan, recovery) || clock.now() > GRACE {
                return false;
            }
            clock.sleep(POLL).await;
        }
    }

    /// Whether an earlier run of this plan has brought it back.
    fn was_back(&self, plan: &Plan, recovery: &Recovery) -> bool {
        let run = Run::of(&self.state, plan);
        run.is_some_and(|run| run.record.is_done(StepId(recovery.steps)))
    }

    /// Whether the recovery itself is still to be done, with what it was reviewed with.
    fn is_due(&self, plan: &Plan, recovery: &Recovery) -> Result<(), Failure> {
        let Some(rebirth) = &recovery.rebirth else {
            return Ok(());
        };
        let stale = |message: String, way_out: &str| {
            let notice = Notice {
                code: Some(STALE.to_owned()),
                ways_out: vec![way_out.to_owned()],
                ..Notice::error(message)
            };
            Err(Failure::new(Exit::Stale, notice))
        };
        if self.was_back(plan, recovery) {
            // What has been written since would be lost.
            return stale(
                "this plan has brought the cluster back before, and it has no quorum now"
                    .to_owned(),
                "plan anew, on what is left now: etcdplan recover -f FILE",
            );
        }
        if let RestoredFrom::Backup { path, sha256 } = &rebirth.from {
            let found = sha256_of(Path::new(path));
            let found = found.map_err(|error| unreadable(Path::new(path), &error.to_string()))?;
            if found.as_ref() != Some(sha256) {
                return stale(
                    format!("{path} is not the backup that the plan was made with"),
                    "bring that one back, or plan anew: etcdplan recover -f FILE",
                );
            }
        }
        Ok(())
    }

    async fn on_hosts(
        &self,
        plan: &Plan,
        recovery: &Recovery,
        cluster: &mut EtcdCluster,
        signals: Signals,
    ) -> Result<Report, Failure> {
        let run = Run::of(&self.state, plan);
        let record = run.as_ref().map(|run| run.record.clone());
        let journal = self.journal_of(plan, run.is_some());
        let mut journal = journal.map_err(|JournalError { reason }| {
            let halt = outcome::error(&Halt::Unrecorded { reason });
            Failure::new(Exit::Error, halt)
        })?;
        let clock = SystemClock::start();
        let mut reporter = Progress::new(self.console, plan);
        let output = reporter.driver_output();
        let pause = self.arguments.pause;
        let mut operator = Operator::new(self.console, plan, signals, pause, output);
        let mut hosts = Drivers::new(
            &plan.topology,
            self.wanted.folder(),
            reporter.driver_output(),
        );
        let terms = self.terms(plan, &record.unwrap_or_default());
        let ports = Ports {
            cluster,
            hosts: &mut hosts,
            clock: &clock,
            journal: &mut journal,
            attention: &mut operator,
            reporter: &mut reporter,
        };
        Ok(recovery::run(plan, recovery, &terms, ports).await)
    }

    /// What comes after it.
    async fn rest(
        &self,
        plan: &Plan,
        then: &Plan,
        before: Vec<(StepId, StepOutcome)>,
        spent: Duration,
    ) -> Result<Exit, Failure> {
        let application = Application {
            saved: Some(then),
            requests: then.requests.clone(),
            whole: Some(plan),
            spent,
            state: self.state.clone(),
            console: self.console,
            arguments: self.arguments,
            wanted: self.wanted,
        };
        let acted = before
            .iter()
            .any(|(_, outcome)| *outcome == StepOutcome::Completed);
        let ended = Box::pin(application.performed(then)).await;
        // Whatever stands in its way, something was changed.
        let ended = ended.map_err(|failure| Failure {
            exit: if acted { Exit::Partial } else { failure.exit },
            ..failure
        })?;
        let Some((mut report, took)) = ended else {
            let line = format!(
                "No changes. Every step of plan {} is already applied.\n",
                plan.plan_id
            );
            self.console.result(&line)?;
            return Ok(Exit::Done);
        };
        report.done.splice(0..0, before);
        report.begun = true;
        self.conclude(plan, &report, spent + took)
    }
}
