//! Named trials on real servers, one after the other, told as `tests/run` counts them.
//!
//! ```text
//! --all              on every server
//! --server VERSION   on those whose version begins so; without either, on the newest
//! ```

use std::env;
use std::process::ExitCode;
use std::sync::Arc;

use super::Outcome;
use super::ground::{Ground, Plot};
use super::interruption;
use super::server::Server;

/// What is tried on one server.
#[derive(Clone, Copy, Debug)]
pub struct Trial<T: 'static> {
    /// What it is called.
    pub name: &'static str,
    pub what: T,
}

/// Runs every trial on the servers that the command line names, on a plot of its own each.
/// `clear` ends what a ground does not know of, before and after.
pub fn run<T>(
    trials: &[Trial<T>],
    clear: fn(&Ground),
    play: impl Fn(&T, &Plot, &Server) -> Outcome<()>,
) -> ExitCode {
    let ran = servers().and_then(|servers| run_on(&servers, trials, clear, play));
    match ran {
        Ok(code) => code,
        Err(error) => {
            eprintln!("Error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn servers() -> Outcome<Vec<Server>> {
    let mut servers = Server::found()?;
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.as_slice() {
        [] => Ok(servers.pop().into_iter().collect()),
        [all] if all == "--all" => Ok(servers),
        [flag, version] if flag == "--server" => {
            servers.retain(|server| server.name().starts_with(version));
            Ok(servers)
        }
        other => Err(format!("{other:?} is not --all or --server VERSION").into()),
    }
}

fn run_on<T>(
    servers: &[Server],
    trials: &[Trial<T>],
    clear: fn(&Ground),
    play: impl Fn(&T, &Plot, &Server) -> Outcome<()>,
) -> Outcome<ExitCode> {
    let ground = Arc::new(Ground::claim()?);
    let claimed = Arc::clone(&ground);
    interruption::clears(move || {
        claimed.clear();
        clear(&claimed);
    })?;
    // What a run that was killed has left under this ground's name.
    clear(&ground);
    let mut failures = Vec::new();
    let mut passed = 0;
    for server in servers {
        for trial in trials {
            let told = format!("{:7} {}", server.name(), trial.name);
            let plot = ground.plot()?;
            match play(&trial.what, &plot, server) {
                Ok(()) => {
                    passed += 1;
                    println!("{told}: ok");
                }
                Err(error) => {
                    println!("{told}: FAIL");
                    failures.push(format!("{told}\n{error}"));
                }
            }
            drop(plot);
            clear(&ground);
        }
    }
    ground.clear();
    if !failures.is_empty() {
        println!("\nfailures:\n{}", failures.join("\n"));
    }
    println!("test result: {passed} passed; {} failed", failures.len());
    if failures.is_empty() && passed > 0 {
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}
