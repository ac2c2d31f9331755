//! Named trials on real servers, told as `tests/run` counts them.
//!
//! ```text
//! --all              on the newest server of each minor version, but for those that are tried lightly
//! --server VERSION   on those whose version begins so; without either, on the newest
//! --only TEXT        only those trials whose name contains it
//! ```

use std::env;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

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
    let ran = selection().and_then(|Selection { servers, only }| {
        let chosen = |trial: &&Trial<T>| trial.name.contains(&only);
        let trials: Vec<&Trial<T>> = trials.iter().filter(chosen).collect();
        run_on(&servers, &trials, at_a_time, clear, play)
    });
    match ran {
        Ok(code) => code,
        Err(error) => {
            eprintln!("Error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What the command line asks for.
struct Selection {
    servers: Vec<Server>,
    only: String,
}

fn selection() -> Outcome<Selection> {
    let mut servers = Server::found()?;
    let newest = servers.last().map(|newest| newest.name().clone());
    let mut version = newest.unwrap_or_default();
    let (mut all, mut only) = (false, String::new());
    let mut arguments = env::args().skip(1);
    while let Some(flag) = arguments.next() {
        let mut value = || {
            let value = arguments.next();
            value.ok_or_else(|| format!("{flag} is unknown or needs a value"))
        };
        match flag.as_str() {
            "--all" => all = true,
            "--server" => version = value()?,
            "--only" => only = value()?,
            _ => return Err(format!("{flag} is unknown").into()),
        }
    }
    if all {
        servers.retain(|server| !server.is_light());
        servers.reverse();
        servers.dedup_by_key(|server| (server.version[0], server.version[1]));
        servers.reverse();
    } else {
        servers.retain(|server| server.name().starts_with(&version));
    }
    Ok(Selection { servers, only })
}

fn run_on<T: Sync>(
    servers: &[Server],
    trials: &[&Trial<T>],
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
                    let begun = Instant::now();
                    let plot = ground.plot();
                    let result = plot.and_then(|plot| play(&trial.what, &plot, server));
                    let told = format!("{:7} {}", server.name(), trial.name);
                    let ended = if result.is_ok() { "ok" } else { "FAIL" };
                    println!("{told}: {ended} ({:.1} s)", begun.elapsed().as_secs_f64());
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
