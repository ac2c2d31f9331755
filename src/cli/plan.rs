//! `etcdplan plan`: what would happen. Writes nothing, and runs no driver.

use crate::apply::{Cluster as _, Depth};
use crate::observation::Observation;
use crate::plan::{self, Options};
use crate::render::{self, Notice, View};
use crate::safety::Outage;

use super::args::{Format, Plan, Requests};
use super::connection;
use super::console::Console;
use super::exit::Exit;
use super::failure::Failure;
use super::input::{self, Wanted};
use super::{invocation, runtime};

/// Prints the plan.
pub(super) fn run(console: &Console, arguments: &Plan) -> Result<Exit, Failure> {
    let wanted = input::topology(&arguments.file)?;
    let plan = match &arguments.live {
        Some(recording) => build(&wanted, &input::recorded(recording)?, &arguments.requests)?,
        None => on_cluster(&wanted, arguments)?,
    };
    let command = invocation::apply(&arguments.file, &arguments.requests, &arguments.connection);
    match arguments.format {
        Format::Text => {
            let view = View {
                palette: console.stdout,
                detail: console.detail,
                command: command.as_deref(),
            };
            console.page(&render::text(&plan, &view))?;
        }
        Format::Json => console.document(&render::json(&plan))?,
    }
    refused(&plan)?;
    if arguments.detailed_exitcode && plan.has_changes {
        return Ok(Exit::Changes);
    }
    Ok(Exit::Done)
}

/// Makes the plan on the live cluster: at a glance, where that tells enough.
fn on_cluster(wanted: &Wanted, arguments: &Plan) -> Result<plan::Plan, Failure> {
    let mut cluster = connection::cluster(Some(wanted), &arguments.connection)?;
    runtime::block_on(async {
        let observation = cluster.observe(Depth::Glance).await?;
        let plan = build(wanted, &observation, &arguments.requests)?;
        if !plan.lacks_start_times() {
            return Ok(plan);
        }
        let observation = cluster.observe(Depth::Whole).await?;
        build(wanted, &observation, &arguments.requests)
    })?
}

/// Makes the plan.
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
