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
#![expect(clippy::indexing_slicing, reason = "a test may panic")]
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
mod questions;
mod recovery;
mod runbook;
mod scene;
mod terminal;

use std::process::ExitCode;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::time::timeout;

use bed::Outcome;
use bed::cluster::Cluster;
use bed::ground::Plot;
use bed::runner;
use bed::server::Server;
use scene::{PLAYS, Play};

/// No scene takes this long; one that does is stuck.
const PATIENCE: Duration = Duration::from_secs(180);

fn main() -> ExitCode {
    if let Err(error) = terminal::available() {
        eprintln!("Error: {error}");
        return ExitCode::FAILURE;
    }
    runner::run(PLAYS, 3, |_| {}, play)
}

fn play(what: &Play, plot: &Plot, server: &Server) -> Outcome<()> {
    let (directory, net) = (plot.directory().to_owned(), plot.net().clone());
    let cluster = Cluster::lay_out(directory, net, server.clone())?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let played = runtime.block_on(async {
        timeout(PATIENCE, async {
            match what {
                Play::Scene(scene) => scene.play(&cluster).await,
                Play::Questions => questions::play(&cluster).await,
                Play::Recovery => recovery::play(&cluster).await,
                Play::Runbook => runbook::play(&cluster).await,
            }
        })
        .await
    });
    let played = played.unwrap_or_else(|_| Err(format!("stuck for {PATIENCE:?}").into()));
    played.map_err(|error| format!("{error}\n{}", cluster.logs()).into())
}
