//! `etcdplan inspect`: whose data a directory holds, and how far it goes. For a driver's `check`.

use crate::host::{busy, place};

use super::args::Inspect;
use super::console::Console;
use super::exit::Exit;
use super::failure::Failure;
use super::input;

/// Prints it as JSON, in a line.
pub(super) fn run(console: &Console, arguments: &Inspect) -> Result<Exit, Failure> {
    let (data, log) = (&arguments.dir, arguments.wal_dir.as_deref());
    let running = busy::is_locked(&data.join("member/snap/db"));
    let remnant = running.and_then(|running| place::look(data, log, running));
    let remnant = remnant.map_err(|error| input::unreadable(data, &error.to_string()))?;
    let text = serde_json::to_string(&remnant);
    let text = text.map_err(|error| Failure::error(error.to_string()))?;
    console.document(&format!("{text}\n"))?;
    Ok(Exit::Done)
}
