//! The program on clusters as people have them: with TLS, client certificates, users, and
//! passwords. Prints how many commands went well in how many modes, and how often they logged in.
//!
//! ```text
//! cargo test --test access -- --server 3.5.30
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
mod control;
mod expiry;
mod logins;
mod matrix;
mod mode;
mod page;
mod pki;
mod recovery;
mod review;
mod rights;
mod search;
mod secrets;
mod stage;
mod tally;

use std::process::ExitCode;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::time::timeout;

use bed::Outcome;
use bed::cluster::Cluster;
use bed::ground::Plot;
use bed::runner::{self, Trial};
use bed::server::Server;
use expiry::Expiry;
use mode::{
    EVERYTHING, MIXED, MUTUAL_MODE, MUTUAL_WITH_USERS, Mode, PLAIN_MODE, TLS_MODE,
    TLS_WITH_PASSWORD,
};
use tally::Tally;

/// They mostly wait for servers.
const AT_A_TIME: usize = 6;

/// No trial takes this long; one that does is stuck.
const PATIENCE: Duration = Duration::from_secs(300);

/// What is tried on a cluster.
#[derive(Clone, Copy, Debug)]
enum Story {
    /// Every command.
    Matrix(Mode),
    /// A change that outlives its token.
    Expiry(Expiry),
    /// Who may do what.
    Rights,
    /// From a first look at a cluster to a plan that was reviewed, applied, and watched.
    Review,
    /// The way back from a lost quorum.
    Recovery(Mode),
    /// Where a password and a key must not be.
    Secrets,
}

/// The longest first: nobody waits for one of them alone at the end.
const TRIALS: &[Trial<Story>] = &[
    Trial {
        name: "rights",
        what: Story::Rights,
    },
    Trial {
        name: "a lost quorum, with a password",
        what: Story::Recovery(EVERYTHING),
    },
    Trial {
        name: "no secret is written anywhere",
        what: Story::Secrets,
    },
    Trial {
        name: "a lost quorum, with users by certificate",
        what: Story::Recovery(MUTUAL_WITH_USERS),
    },
    Trial {
        name: "a token that nobody used for a while",
        what: Story::Expiry(Expiry::Idle),
    },
    Trial {
        name: "a signed token that runs out",
        what: Story::Expiry(Expiry::Signed),
    },
    every_command(PLAIN_MODE),
    every_command(TLS_MODE),
    every_command(MUTUAL_MODE),
    every_command(MUTUAL_WITH_USERS),
    every_command(TLS_WITH_PASSWORD),
    every_command(MIXED),
    Trial {
        name: "a token that restarted members forget",
        what: Story::Expiry(Expiry::Restart),
    },
    Trial {
        name: "review",
        what: Story::Review,
    },
];

const fn every_command(mode: Mode) -> Trial<Story> {
    Trial {
        name: mode.name,
        what: Story::Matrix(mode),
    }
}

fn main() -> ExitCode {
    let tally = Tally::default();
    let ended = runner::run(
        TRIALS,
        AT_A_TIME,
        |_| {},
        |story, plot, server| play(*story, plot, server, &tally),
    );
    println!("{}", tally.told());
    ended
}

fn play(story: Story, plot: &Plot, server: &Server, tally: &Tally) -> Outcome<()> {
    let (directory, net) = (plot.directory().to_owned(), plot.net().clone());
    let cluster = Cluster::lay_out(directory, net, server.clone())?;
    let played = async {
        match story {
            Story::Matrix(mode) => matrix::play(mode, &cluster, tally).await,
            Story::Expiry(expiry) => expiry::play(expiry, &cluster, tally).await,
            Story::Rights => rights::play(&cluster).await,
            Story::Review => review::play(&cluster).await,
            Story::Recovery(mode) => recovery::play(mode, &cluster).await,
            Story::Secrets => secrets::play(&cluster).await,
        }
    };
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let played = runtime.block_on(async { timeout(PATIENCE, played).await });
    let played = played.unwrap_or_else(|_| Err(format!("stuck for {PATIENCE:?}").into()));
    played.map_err(|error| format!("{error}\n{}", cluster.logs()).into())
}
