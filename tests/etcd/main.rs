//! etcdplan on real etcd servers: the matrix of changes, what must be refused,
//! and leadership that wanders. See `--help` of the test for what can be picked:
//!
//! ```text
//! cargo test --test etcd -- --server 3.5.30 --case replace-leader
//! ```

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test runner of its own prints its results"
)]
#![expect(clippy::disallowed_methods, reason = "real servers run in real time")]
#![expect(clippy::indexing_slicing, reason = "a test may panic")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(
    clippy::format_push_string,
    reason = "reads better where a text is put together line by line"
)]
#![expect(
    dead_code,
    unreachable_pub,
    reason = "the bed is shared with other tests and the benches by its path"
)]

mod backups;
#[path = "../bed/bed.rs"]
mod bed;
mod cases;
mod cell;
mod change;
mod faults;
#[path = "../bed/hook.rs"]
mod hook;
mod leadership;
mod locking;
mod proof;
#[path = "../bed/proxy.rs"]
mod proxy;
mod queue;
mod recovery;
mod refusals;
mod report;
mod selection;
mod signals;
#[path = "../bed/tripwire.rs"]
mod tripwire;
mod upgrades;
#[path = "../bed/written_journal.rs"]
mod written_journal;

use std::collections::BTreeMap;
use std::env;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::thread;

use bed::Outcome;
use bed::ground::Ground;
use bed::interruption;
use bed::server::Server;
use cell::{Cell, Trial};
use faults::Fault;
use queue::Queue;
use selection::{Selection, USAGE};

fn main() -> ExitCode {
    if env::args().any(|argument| argument == "--help") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("Error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome<ExitCode> {
    let selection = Selection::parse(env::args().skip(1))?;
    let servers = Server::found()?;
    let cells = selection.cells(&servers)?;
    if selection.list {
        for cell in cells {
            println!("{cell}");
        }
        return Ok(ExitCode::SUCCESS);
    }
    let names: Vec<String> = servers.iter().map(Server::name).collect();
    println!("etcd servers: {}", names.join(", "));
    let ground = Arc::new(Ground::claim()?);
    let claimed = Arc::clone(&ground);
    interruption::clears(move || claimed.clear())?;
    let tally = run_all(cells, &selection, &ground);
    ground.clear();
    Ok(tally.told())
}

/// How many cells passed and were run, by group, and what the others said: in a line, and all of it.
#[derive(Debug, Default)]
struct Tally {
    groups: BTreeMap<String, (usize, usize)>,
    failures: Vec<(String, String)>,
}

impl Tally {
    fn count(&mut self, cell: &Cell, failure: Option<(String, String)>) {
        let (run, total) = self.groups.entry(counted_as(cell)).or_default();
        *run += usize::from(failure.is_none());
        *total += 1;
        self.failures.extend(failure);
    }

    fn told(&self) -> ExitCode {
        let (mut passed, mut all) = (0, 0);
        println!();
        for (group, (run, total)) in &self.groups {
            println!("{group}: {run} of {total}");
            passed += run;
            all += total;
        }
        if !self.failures.is_empty() {
            println!("\nfailures:");
            for (line, journal) in &self.failures {
                println!("{line}\n{journal}");
            }
            // Once more without the rest, for whoever reads from the end.
            for (line, _) in &self.failures {
                println!("{line}");
            }
        }
        println!("test result: {passed} passed; {} failed", all - passed);
        if passed == all {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

/// Under which words a cell is counted.
fn counted_as(cell: &Cell) -> String {
    let group = cell.trial.group();
    match &cell.trial {
        Trial::Fault(fault) => {
            let server = cell.server.name();
            format!("{group}, {} on {server}, converged", fault.scenario.0)
        }
        Trial::Proof
        | Trial::Change(..)
        | Trial::Refusal(_)
        | Trial::Leadership(_)
        | Trial::Locking(_)
        | Trial::Signals(_)
        | Trial::Recovery(..)
        | Trial::Backup
        | Trial::Upgrade(_) => group.to_owned(),
    }
}

/// Runs the cells, several at a time, and prints a line for each: first those that count writes,
/// and then those that mostly wait, more of them at once.
fn run_all(cells: Vec<Cell>, selection: &Selection, ground: &Arc<Ground>) -> Tally {
    let tally = Mutex::new(Tally::default());
    let (measured, waiting): (Vec<Cell>, Vec<Cell>) =
        cells.into_iter().partition(|cell| cell.trial.is_measured());
    for (cells, workers) in [(measured, selection.jobs), (waiting, selection.crowd)] {
        let queue = Queue::of(cells);
        thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    while let Some(cell) = queue.take() {
                        let found = run_one(&cell, selection, ground, &tally);
                        queue.finish(selection.followed(&cell, found));
                    }
                });
            }
        });
    }
    tally.into_inner().unwrap()
}

/// Runs a cell and tells how it went; returns what it has found to be tried.
fn run_one(
    cell: &Cell,
    selection: &Selection,
    ground: &Ground,
    tally: &Mutex<Tally>,
) -> Vec<Fault> {
    let (outcome, journal) = cell.run(ground);
    // Held while the cell is told, so that two are not mixed.
    let mut tally = tally.lock().unwrap();
    let (told, failed) = match &outcome {
        Ok(report) => (format!("{cell} ok    {}", report.line()), false),
        Err(reason) => (format!("{cell} FAIL  {reason}"), true),
    };
    println!("{told}");
    let journal = indented(journal.text());
    if selection.show {
        println!("{journal}");
    }
    tally.count(cell, failed.then_some((told, journal)));
    outcome.map(|report| report.found).unwrap_or_default()
}

fn indented(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("    | {line}")).collect();
    lines.join("\n")
}
