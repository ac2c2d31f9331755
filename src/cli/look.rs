//! `etcdplan observe` and `etcdplan status`: one look at a cluster.

use super::args::{Format, Observe, Status};
use super::console::{Console, Failure};
use super::exit::Exit;
use super::{input, observe, status};

/// Records what is live.
pub(super) fn observe(console: &Console, arguments: &Observe) -> Result<Exit, Failure> {
    let observation = input::look(&arguments.target)?;
    console.result(&observe::document(&observation))?;
    console.tell(&format!("{}\n", observe::summary(&observation)));
    Ok(Exit::Done)
}

/// Shows how the cluster stands.
pub(super) fn status(console: &Console, arguments: &Status) -> Result<Exit, Failure> {
    let observation = input::look(&arguments.target)?;
    match arguments.format {
        Format::Text => console.page(&status::text(&observation))?,
        Format::Json => console.result(&status::json(&observation))?,
    }
    Ok(Exit::Done)
}
