//! The trap of five members: etcd accepts the removal of a healthy one, and has lost its quorum
//! for good; etcdplan refuses.
//!
//! Two of five are dead. A firewall lets nothing through from one of the living to the peer port
//! of another; the other direction works, so all three still make up a quorum. The one that
//! cannot connect takes the other for down, and a server accepts the removal of what it takes for
//! down at once: `mayRemoveMember` asks only for the connections of the member that is called.
//!
//! Everything happens in network namespaces that this test makes and takes away again. It needs
//! root, `ip` and `nft`.

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
mod network;
mod scene;

use std::process::ExitCode;

use bed::runner::{self, Trial};
use network::Network;

const TRIALS: &[Trial<()>] = &[Trial {
    name: "five members, two dead, one link cut in one direction",
    what: (),
}];

fn main() -> ExitCode {
    if let Err(error) = network::available() {
        eprintln!("Error: {error}");
        return ExitCode::FAILURE;
    }
    runner::run(TRIALS, 1, Network::clear, |(), plot, server| {
        scene::play(plot, server)
    })
}
