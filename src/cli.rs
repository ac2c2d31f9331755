//! The command line: arguments in, documents and exit codes out.
//!
//! Layer 7, above everything. [`run`] reads the arguments and calls the
//! command, one module each; a command returns how it ended. Only
//! [`console`] writes, only [`prompt`] asks.

mod adopt;
pub mod apply;
pub mod args;
mod backup;
pub mod clock;
pub mod completions;
mod connection;
pub mod console;
pub mod diagnostics;
mod driver_output;
pub mod exit;
pub mod explain;
pub mod failure;
mod file;
mod fleet;
mod input;
mod inspect;
mod invocation;
mod lock;
mod look;
pub mod man;
pub mod observe;
mod operator;
pub mod outcome;
mod output;
pub mod plan;
pub mod progress;
pub mod prompt;
mod recover;
mod recovery;
mod relay;
mod runbook;
mod runtime;
mod salvage;
mod sandbox;
pub mod schema;
mod screen;
mod show;
mod signals;
mod state;
pub mod status;
mod validate;
mod work;

use clap::Parser as _;

use args::{Cli, Command, Format, INTRODUCTION};
use console::Console;
use exit::Exit;
use failure::Failure;

/// Runs the program.
pub fn run() -> Exit {
    if let Some(exit) = completions::answer() {
        return exit;
    }
    let arguments = match Cli::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    let errors = match &arguments.command {
        Some(Command::Plan(plan)) => plan.format.of_errors(),
        Some(Command::Show(show)) => show.format.of_errors(),
        Some(Command::Status(status)) => status.format.of_errors(),
        Some(Command::Recover(recover)) => recover.format.of_errors(),
        Some(Command::Backup(backup)) => backup.format(),
        Some(Command::Explain(explain)) => explain.format,
        Some(Command::Validate(validate)) => validate.format.of_errors(),
        Some(
            Command::Adopt(_)
            | Command::Apply(_)
            | Command::Inspect(_)
            | Command::Observe(_)
            | Command::Relay(_)
            | Command::Salvage(_)
            | Command::Sandbox(_)
            | Command::Schema(_)
            | Command::Completions(_)
            | Command::Man(_),
        )
        | None => Format::Text,
    };
    let console = Console::new(arguments.common, errors);
    match dispatch(&console, &arguments) {
        Ok(exit) => exit,
        Err(failure) => {
            console.failed(&failure);
            failure.exit
        }
    }
}

fn dispatch(console: &Console, arguments: &Cli) -> Result<Exit, Failure> {
    match &arguments.command {
        None => console.result(INTRODUCTION).map(|()| Exit::Done),
        Some(Command::Plan(plan)) => plan::run(console, plan),
        Some(Command::Apply(apply)) => apply::run(console, apply),
        Some(Command::Show(show)) => show::run(console, show),
        Some(Command::Adopt(adopt)) => adopt::run(console, adopt),
        Some(Command::Observe(observe)) => look::observe(console, observe),
        Some(Command::Status(status)) => look::status(console, status),
        Some(Command::Backup(backup)) => backup::run(console, backup),
        Some(Command::Recover(arguments)) => recover::run(console, arguments),
        Some(Command::Inspect(arguments)) => inspect::run(console, arguments),
        Some(Command::Relay(arguments)) => relay::run(console, arguments),
        Some(Command::Salvage(arguments)) => salvage::run(console, arguments),
        Some(Command::Validate(validate)) => validate::run(console, validate),
        Some(Command::Sandbox(sandbox)) => sandbox::run(console, sandbox),
        Some(Command::Explain(explain)) => explain::run(console, explain),
        Some(Command::Schema(schema)) => schema::run(console, *schema),
        Some(Command::Completions(completions)) => completions::run(console, *completions),
        Some(Command::Man(man)) => man::run(console, man),
    }
}

/// Prints what clap says; its own exit code for a mistake, 2, means "there are changes" here.
fn usage(error: &clap::Error) -> Exit {
    if !error.use_stderr() {
        // Help and version. Nobody is left to tell if this fails.
        let _gone = error.print();
        return Exit::Done;
    }
    console::misused(error);
    Exit::Usage
}
