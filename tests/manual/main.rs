//! Steps by hand, as a person does them: etcdplan runs in a terminal, and exactly what it prints
//! is pasted into shells on the hosts, until the cluster is as wanted.
//!
//! The terminals are tmux's. Once it also runs without one, as in a pipeline.
//!
//! ```text
//! cargo test --test manual -- --server 3.5.30
//! ```

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test runner of its own prints its results"
)]
#![expect(clippy::disallowed_methods, reason = "real servers run in real time")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(
    clippy::format_push_string,
    reason = "reads better where a text is put together line by line"
)]
#![expect(
    dead_code,
    unreachable_pub,
    reason = "the bed is shared with the other tests"
)]

#[path = "../bed/bed.rs"]
mod bed;
mod instruction;
mod operator;
mod scene;
mod terminal;

use std::env;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::time::timeout;

use bed::Outcome;
use bed::cluster::Cluster;
use bed::ground::Ground;
use bed::interruption;
use bed::server::Server;
use scene::{SCENES, Scene};

/// No scene takes this long; one that does is stuck.
const PATIENCE: Duration = Duration::from_secs(180);

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("Error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome<ExitCode> {
    let mut servers = Server::found()?;
    match env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => {
            servers = servers.pop().into_iter().collect();
        }
        [all] if all == "--all" => {}
        [flag, version] if flag == "--server" => {
            servers.retain(|server| server.name().starts_with(version));
        }
        other => return Err(format!("{other:?} is not --all or --server VERSION").into()),
    }
    terminal::available()?;
    let ground = Arc::new(Ground::claim()?);
    let claimed = Arc::clone(&ground);
    interruption::clears(move || claimed.clear())?;
    let mut failures = Vec::new();
    let mut passed = 0;
    for server in &servers {
        for scene in SCENES {
            let told = format!("{:7} {:32}", server.name(), scene.name);
            match play(&ground, server, scene) {
                Ok(()) => {
                    passed += 1;
                    println!("{told} ok");
                }
                Err(error) => {
                    println!("{told} FAIL");
                    failures.push(format!("{told}\n{error}"));
                }
            }
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

fn play(ground: &Ground, server: &Server, scene: &Scene) -> Outcome<()> {
    let plot = ground.plot()?;
    let (directory, net) = (plot.directory().to_owned(), plot.net().clone());
    let cluster = Cluster::lay_out(directory, net, server.clone())?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let played = runtime.block_on(async { timeout(PATIENCE, scene.play(&cluster)).await });
    let played = played.unwrap_or_else(|_| Err(format!("stuck for {PATIENCE:?}").into()));
    played.map_err(|error| format!("{error}\n{}", cluster.logs()).into())
}
