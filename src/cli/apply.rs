//! `etcdplan apply`: performs the steps, after a question.

use std::path::Path;
use std::time::Duration;

use crate::apply::executor::{self, Ports, Report};
use crate::apply::progress::Patience;
use crate::apply::{Clock as _, Cluster as _, Depth};
use crate::etcd::EtcdCluster;
use crate::host::Drivers;
use crate::plan::Plan;
use crate::render::{self, View};

use super::args::Apply;
use super::clock::SystemClock;
use super::console::{Console, Failure};
use super::exit::Exit;
use super::input::{self, Wanted};
use super::progress::Progress;
use super::prompt::{self, Consent};
use super::{invocation, outcome, plan, runtime};

/// Plans, asks, and performs.
pub(super) fn run(console: &Console, arguments: &Apply) -> Result<Exit, Failure> {
    let consent = if arguments.yes {
        Consent::Given
    } else {
        Consent::Asked
    };
    prompt::possible(console, consent)?;
    let wanted = input::topology(&arguments.file)?;
    runtime::block_on(on_cluster(console, arguments, &wanted, consent))?
}

async fn on_cluster(
    console: &Console,
    arguments: &Apply,
    wanted: &Wanted,
    consent: Consent,
) -> Result<Exit, Failure> {
    let mut cluster = input::cluster(Some(&wanted.topology), &arguments.connection)?;
    let observation = cluster.observe(Depth::Whole).await?;
    let plan = plan::build(wanted, &observation, &arguments.requests)?;
    let view = View {
        palette: console.stdout,
        detail: console.detail,
        command: None,
    };
    console.result(&render::text(&plan, &view))?;
    plan::refused(&plan)?;
    if plan.steps.is_empty() {
        return Ok(Exit::Done);
    }
    prompt::confirm(console, &plan, consent)?;
    let step_timeout = arguments.step_timeout;
    let patience = Patience {
        step: step_timeout
            .unwrap_or(wanted.topology.policy.step_timeout)
            .0,
        run: None,
    };
    if console.can_redraw() {
        console.tell("\n");
    }
    let clock = SystemClock::start();
    let file = std::path::absolute(&arguments.file).unwrap_or_default();
    let folder = file.parent().unwrap_or(Path::new("."));
    let report = perform(console, &plan, patience, &mut cluster, &clock, folder).await;
    let command = invocation::apply(&arguments.file, &arguments.requests, &arguments.connection);
    conclude(console, &plan, &report, clock.now(), command.as_deref())
}

async fn perform(
    console: &Console,
    plan: &Plan,
    patience: Patience,
    cluster: &mut EtcdCluster,
    clock: &SystemClock,
    folder: &Path,
) -> Report {
    let mut reporter = Progress::new(console, plan);
    let folder = folder.to_owned();
    let mut hosts = Drivers::new(&plan.topology, folder, reporter.driver_output());
    let ports = Ports {
        cluster,
        hosts: &mut hosts,
        clock,
        reporter: &mut reporter,
    };
    executor::run(plan, patience, ports).await
}

/// Tells how the run ended.
fn conclude(
    console: &Console,
    plan: &Plan,
    report: &Report,
    took: Duration,
    command: Option<&str>,
) -> Result<Exit, Failure> {
    let Some(halt) = &report.halt else {
        console.result(&outcome::complete(plan, report, took, console.stdout))?;
        return Ok(Exit::Done);
    };
    let exit = outcome::exit(report);
    console.failed(&Failure::new(exit, outcome::error(halt)));
    if exit == Exit::Partial {
        console.note(&outcome::stopped(plan, report, command, console.stderr));
    } else {
        console.tell("Nothing was changed.\n");
    }
    Ok(exit)
}
