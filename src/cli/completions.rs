//! `etcdplan completions`: a script for a shell.

use clap::CommandFactory as _;

use super::args::{Cli, Completions};
use super::console::{Console, Failure};
use super::exit::Exit;

/// Prints the script.
pub(super) fn run(console: &Console, arguments: Completions) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Cli::command(),
        "etcdplan",
        &mut script,
    );
    console.result(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
