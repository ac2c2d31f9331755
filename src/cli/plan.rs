//! `etcdplan plan`: what would happen. Writes nothing but files that are asked for, and runs no driver.

use std::path::Path;

use crate::apply::{Cluster as _, Depth};
use crate::observation::Observation;
use crate::plan::{self, Options};
use crate::render::{Notice, github};
use crate::safety::Outage;

use super::args::{Connection, Plan, PlanFormat, Requests};
use super::console::Console;
use super::exit::Exit;
use super::failure::Failure;
use super::fleet::{self, Files};
use super::input::{self, Wanted};
use super::output::{self, Next};
use super::{connection, invocation, runtime};

/// Prints the plan, or the plans.
pub(super) fn run(console: &Console, arguments: &Plan) -> Result<Exit, Failure> {
    match Files::of(&arguments.files)? {
        Files::One(file) => one(console, arguments, &file),
        Files::Many(files) => fleet::run(console, arguments, &files),
    }
}

fn one(console: &Console, arguments: &Plan, file: &Path) -> Result<Exit, Failure> {
    let task = Task {
        file,
        live: arguments.live.as_deref(),
        requests: &arguments.requests,
        connection: &arguments.connection,
    };
    let plan = task.plan().inspect_err(|failure| {
        annotated(console, arguments.format, failure);
    })?;
    if let Some(path) = &arguments.out {
        output::save(path, &plan)?;
    }
    let command = match &arguments.out {
        Some(path) => Some(invocation::apply_saved(path, &arguments.connection)),
        None => invocation::apply(file, &arguments.requests, &arguments.connection),
    };
    let (format, files) = (arguments.format, &arguments.write);
    let next = command.as_deref().map(Next::Command);
    output::print(console, (&plan).into(), format, files, next)?;
    if let Some(path) = &arguments.out {
        saved(console, format, path);
    }
    refused(&plan)?;
    if arguments.detailed_exitcode && plan.has_changes {
        return Ok(Exit::Changes);
    }
    Ok(Exit::Done)
}

/// Shows beside the lines of a change why there is no plan; nobody else is told on standard output.
fn annotated(console: &Console, format: PlanFormat, failure: &Failure) {
    if format == PlanFormat::Github {
        let commands: String = failure.notices.iter().map(github).collect();
        // The failure itself is told anyway.
        let _gone = console.result(&commands);
    }
}

/// Tells where the plan is saved, to people.
pub(super) fn saved(console: &Console, format: PlanFormat, path: &Path) {
    if format == PlanFormat::Text {
        console.tell(&format!("Saved to {}.\n", path.display()));
    }
}

/// The plan of one file that is to be made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Task<'a> {
    pub(super) file: &'a Path,
    /// A recorded observation.
    pub(super) live: Option<&'a Path>,
    pub(super) requests: &'a Requests,
    pub(super) connection: &'a Connection,
}

impl Task<'_> {
    /// Makes the plan.
    pub(super) fn plan(&self) -> Result<plan::Plan, Failure> {
        let wanted = input::topology(self.file)?;
        match self.live {
            Some(recording) => build(&wanted, &input::recorded(recording)?, self.requests),
            None => self.on_cluster(&wanted),
        }
    }

    /// Makes the plan on the live cluster: at a glance, where that tells enough.
    fn on_cluster(&self, wanted: &Wanted) -> Result<plan::Plan, Failure> {
        let mut cluster = connection::cluster(Some(wanted), self.connection)?;
        runtime::block_on(async {
            let observation = cluster.observe(Depth::Glance).await?;
            let plan = build(wanted, &observation, self.requests)?;
            if !plan.lacks_start_times() {
                return Ok(plan);
            }
            let observation = cluster.observe(Depth::Whole).await?;
            build(wanted, &observation, self.requests)
        })?
    }
}

pub(super) fn build(
    wanted: &Wanted,
    observation: &Observation,
    requests: &Requests,
) -> Result<plan::Plan, Failure> {
    let outage = if requests.allow_outage {
        Outage::Allowed
    } else {
        Outage::Refused
    };
    let options = Options {
        source: wanted.source.clone(),
        requests: input::requests(requests, &wanted.topology)?,
        outage,
        warnings: wanted.warnings.clone(),
    };
    Ok(plan::build(&wanted.topology, observation, &options))
}

/// Fails if the plan is refused; the plan itself, already printed, says why at length.
pub(super) fn refused(plan: &plan::Plan) -> Result<(), Failure> {
    if plan.refusals.is_empty() {
        return Ok(());
    }
    Err(Failure {
        exit: Exit::Refused,
        notices: plan.refusals.iter().map(Notice::refused).collect(),
    })
}
