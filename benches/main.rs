//! etcdplan beside what people use without it, in pairs of one run.
//!
//! Run by `cargo bench`. Machines are noisy and differ, so what counts is the
//! ratio of two figures that were measured in turns. No figure passes or fails.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints its figures"
)]
#![expect(clippy::disallowed_methods, reason = "it measures time")]
#![expect(
    clippy::format_push_string,
    reason = "reads better where a text is put together line by line"
)]
#![expect(clippy::indexing_slicing, reason = "JSON that is not there is null")]
#![expect(
    dead_code,
    unreachable_pub,
    reason = "the bed is shared with the tests"
)]

mod backup;
#[path = "../tests/bed/bed.rs"]
mod bed;
#[path = "../tests/bed/black_hole.rs"]
mod black_hole;
mod by_hand;
mod change;
mod figures;
mod fleet;
mod plan;
mod scenario;
mod selection;
mod straight;
mod usage;

use std::env;
use std::process::ExitCode;

use tokio::runtime::Builder;

use bed::Outcome;
use bed::ground::Ground;
use selection::{Pair, Selection};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let Some(code) = usage::wrapped(&arguments) {
        return code;
    }
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Outcome<()> {
    let selection = Selection::parse(arguments)?;
    let ground = Ground::claim()?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    println!("{}", selection.title());
    for pair in &selection.pairs {
        let plot = ground.plot()?;
        let table = runtime.block_on(async {
            match pair {
                Pair::Plan => plan::beside_status(&selection, &plot).await,
                Pair::Backup => backup::beside_etcdctl(&selection, &plot).await,
                Pair::BlackHole => plan::beside_a_black_hole(&selection, &plot).await,
                Pair::Fleet => fleet::beside_terraform(&selection, &plot),
                Pair::Change(scenario) => change::run(&selection, &ground, scenario).await,
            }
        })?;
        println!("\n{table}");
    }
    Ok(())
}
