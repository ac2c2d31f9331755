//! The way back from a lost quorum on a disk that is full: refused where that is seen before, stopped
//! without harm where it comes later, and finished by the same command once there is room.
//!
//! The disk is a file system in memory, in a mount namespace of this test's own. It needs root.

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
mod sandbox;
mod volume;

use std::fs;
use std::process::ExitCode;

use bed::Outcome;
use bed::ground::Plot;
use bed::runner::{self, Trial};
use bed::server::Server;
use sandbox::Sandbox;
use volume::{MEBIBYTE, Volume};

/// From what the cluster is restored.
#[derive(Clone, Copy, Debug)]
enum Source {
    /// The data of the one of three that is left.
    Survivor,
    /// A backup of the only one.
    Backup,
}

const TRIALS: &[Trial<Source>] = &[
    Trial {
        name: "a full disk, and what one of three has left",
        what: Source::Survivor,
    },
    Trial {
        name: "a full disk, and a backup",
        what: Source::Backup,
    },
];

/// What is on the disk beside what a recovery makes.
const KEYS: usize = 20;

fn main() -> ExitCode {
    if let Err(error) = volume::available() {
        eprintln!("Error: {error}");
        return ExitCode::FAILURE;
    }
    runner::run(
        TRIALS,
        1,
        |_| {},
        |source, plot, server| {
            let volume = Volume::mount(&plot.directory().join("disk"))?;
            match source {
                Source::Survivor => survivor(&volume, plot, server),
                Source::Backup => backup(&volume, plot, server),
            }
        },
    )
}

fn survivor(volume: &Volume, plot: &Plot, server: &Server) -> Outcome<()> {
    let sandbox = Sandbox::up(volume.path(), plot.net(), server, 3)?;
    sandbox.write(KEYS)?;
    sandbox.lose("infra1")?;
    sandbox.lose("infra2")?;
    let recover = [
        "recover",
        "-f",
        "sandbox/topology.yaml",
        "--lost",
        "infra1",
        "--lost",
        "infra2",
        "-o",
        "way-back.json",
    ];
    let apply = ["apply", "way-back.json", "--yes"];
    let data = volume::taken(&sandbox.data("infra0"))?;

    volume.leave(data)?;
    sandbox.run(&recover, 3, "there is no room at infra0")?;
    sandbox.run(&apply, 3, "the plan is refused")?;
    volume.leave(4 * data)?;
    sandbox.run(&recover, 0, "To run: etcdplan apply way-back.json")?;

    // It has filled up since: before the data is copied, and while the new is made of it.
    let until = [&apply[..], &["--until", "s2"]].concat();
    sandbox.run(&until, 5, "Stopped after 2 of 10 steps")?;
    let aside = sandbox.aside("infra0")?;
    let data = volume::taken(&aside)?;
    volume.leave(MEBIBYTE)?;
    sandbox.run(&apply, 5, "are left there")?;
    volume.leave(data + 16 * MEBIBYTE)?;
    sandbox.run(&apply, 5, "no space left on device")?;
    let left = volume::taken(&aside)?;
    if left != data {
        return Err(format!("{left} of {data} bytes are left of what there was").into());
    }
    finished(volume, &sandbox, &apply)
}

fn backup(volume: &Volume, plot: &Plot, server: &Server) -> Outcome<()> {
    let sandbox = Sandbox::up(volume.path(), plot.net(), server, 1)?;
    sandbox.write(KEYS)?;
    fs::create_dir(volume.path().join("backups"))?;
    let save = ["backup", "-f", "sandbox/topology.yaml", "-o", "backups"];
    sandbox.run(&save, 0, "")?;
    let mut saved = fs::read_dir(volume.path().join("backups"))?;
    let saved = saved.next().ok_or("no backup was made")??.path();
    sandbox.lose("infra0")?;
    let recover = [
        "recover",
        "-f",
        "sandbox/topology.yaml",
        "--lost",
        "infra0",
        "--backup",
        &saved.display().to_string(),
        "-o",
        "way-back.json",
    ];
    let apply = ["apply", "way-back.json", "--yes"];

    // Room for the database, and none for the log that etcd reserves beside it.
    volume.leave(16 * MEBIBYTE)?;
    sandbox.run(&recover, 3, "there is no room at infra0")?;
    volume.leave(512 * MEBIBYTE)?;
    sandbox.run(&recover, 0, "To run: etcdplan apply way-back.json")?;
    volume.leave(16 * MEBIBYTE)?;
    sandbox.run(&apply, 5, "no space left on device")?;
    finished(volume, &sandbox, &apply)
}

/// There is room again, and the same command ends what it began.
fn finished(volume: &Volume, sandbox: &Sandbox, apply: &[&str]) -> Outcome<()> {
    volume.leave(2048 * MEBIBYTE)?;
    sandbox.run(apply, 0, "Apply complete!")?;
    let plan = ["plan", "-f", "sandbox/topology.yaml", "--detailed-exitcode"];
    sandbox.run(&plan, 0, "No changes.")?;
    sandbox.holds(KEYS)
}
