//! Named trials on real servers, told as `tests/run` counts them.
//!
//! ```text
//! --all              on every server
//! --server VERSION   on those whose version begins so; without either, on the newest
//! ```

use std::env;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

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

/// Runs every trial on the servers that the command line names, on a plot of its own each, and
/// so many at a time. `clear` ends what a ground does not know of, before and after all.
pub fn run<T: Sync>(
    trials: &[Trial<T>],
    at_a_time: usize,
    clear: fn(&Ground),
    play: impl Fn(&T, &Plot, &Server) -> Outcome<()> + Sync,
) -> ExitCode {
    let ran = servers().and_then(|servers| run_on(&servers, trials, at_a_time, clear, play));
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

fn run_on<T: Sync>(
    servers: &[Server],
    trials: &[Trial<T>],
    at_a_time: usize,
    clear: fn(&Ground),
    play: impl Fn(&T, &Plot, &Server) -> Outcome<()> + Sync,
) -> Outcome<ExitCode> {
    let ground = Arc::new(Ground::claim()?);
    let claimed = Arc::clone(&ground);
    interruption::clears(move || {
        claimed.clear();
        clear(&claimed);
    })?;
    // What a run that was killed has left under this ground's name.
    clear(&ground);
    let on = |server| trials.iter().map(move |trial| (server, trial));
    let waiting = Mutex::new(servers.iter().flat_map(on));
    let results = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..at_a_time {
            scope.spawn(|| {
                while let Some((server, trial)) = next(&waiting) {
                    let plot = ground.plot();
                    let result = plot.and_then(|plot| play(&trial.what, &plot, server));
                    let told = format!("{:7} {}", server.name(), trial.name);
                    println!("{told}: {}", if result.is_ok() { "ok" } else { "FAIL" });
                    let result = result.map_err(|error| format!("{told}\n{error}"));
                    let mut all = results.lock().unwrap_or_else(PoisonError::into_inner);
                    all.push(result);
                }
            });
        }
    });
    ground.clear();
    clear(&ground);
    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    let failures: Vec<String> = results.iter().filter_map(|r| r.clone().err()).collect();
    let passed = results.len() - failures.len();
    if !failures.is_empty() {
        println!("\nfailures:\n{}", failures.join("\n"));
    }
    println!("test result: {passed} passed; {} failed", failures.len());
    if failures.is_empty() && passed > 0 {
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}

fn next<I: Iterator>(waiting: &Mutex<I>) -> Option<I::Item> {
    let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
    waiting.next()
}
