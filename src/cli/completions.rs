//! `etcdplan completions`: a script for a shell.
//!
//! The scripts of bash, zsh, and fish ask this program on each TAB, and `answer`
//! answers: only so are the names of members known that stand in the file of
//! the command line. Nothing is contacted for it.

pub(super) mod codes;
pub(super) mod members;

use std::env;

use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_complete::env::{Bash, EnvCompleter, Fish, Shells, Zsh};

use super::args::{Cli, Completions};
use super::console::{self, Console};
use super::exit::Exit;
use super::failure::Failure;

/// What the program is called.
const NAME: &str = "etcdplan";

/// The variable by which a script says that it asks, and for which shell.
const VARIABLE: &str = "ETCDPLAN_COMPLETE";

/// Prints the script.
pub(super) fn run(console: &Console, arguments: Completions) -> Result<Exit, Failure> {
    let shell = arguments.shell;
    let script = if shell == Shell::Bash {
        asking(&Bash)
    } else if shell == Shell::Zsh {
        asking(&Zsh)
    } else if shell == Shell::Fish {
        asking(&Fish)
    } else {
        // The others know commands and flags.
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), NAME, &mut script);
        Ok(script)
    };
    let script = script.map_err(|error| Failure::error(error.to_string()))?;
    console.script(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}

fn asking(shell: &dyn EnvCompleter) -> std::io::Result<Vec<u8>> {
    let mut script = Vec::new();
    shell.write_registration(VARIABLE, NAME, NAME, NAME, &mut script)?;
    Ok(script)
}

/// Answers the script of a shell, if one asks.
pub(super) fn answer() -> Option<Exit> {
    let shell = env::var(VARIABLE).ok()?;
    let shells = Shells::builtins();
    let shell = shells.completer(&shell)?;
    let mut words = env::args_os();
    words.find(|word| word == "--")?;
    let mut answer = Vec::new();
    let folder = env::current_dir().ok();
    let words = words.collect();
    // A shell shows nothing of what goes wrong meanwhile.
    let completed =
        shell.write_complete(&mut Cli::command(), words, folder.as_deref(), &mut answer);
    if completed.is_err() {
        return Some(Exit::Error);
    }
    console::answered(&answer);
    Some(Exit::Done)
}
