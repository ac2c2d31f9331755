//! `etcdplan inspect`: whose data a directory holds, and how far it goes. For a driver's `check`.

use std::path::PathBuf;

use crate::host::{busy, wal};
use crate::remains::{Data, Remnant};

use super::args::Inspect;
use super::console::Console;
use super::exit::Exit;
use super::failure::Failure;
use super::input;

/// Prints it as JSON, in a line.
pub(super) fn run(console: &Console, arguments: &Inspect) -> Result<Exit, Failure> {
    let wal: PathBuf = arguments
        .wal_dir
        .clone()
        .unwrap_or_else(|| wal::within(&arguments.dir));
    let log = wal::read(&wal).map_err(|error| input::unreadable(&wal, &error.to_string()))?;
    let remnant = Remnant {
        running: busy::is_open(&arguments.dir.join("member/snap/db")),
        data: log.map(Data::from),
    };
    let text = serde_json::to_string(&remnant);
    let text = text.map_err(|error| Failure::error(error.to_string()))?;
    console.document(&format!("{text}\n"))?;
    Ok(Exit::Done)
}
