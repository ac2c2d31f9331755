//! What one run of a program takes: time, and memory at its peak.
//!
//! The system keeps the peak of all children of a process, so each run has a
//! parent of its own: this program, started again with [`WRAP`].

use std::env;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};

use crate::bed::Outcome;

/// The word that makes this program a wrapper: the program and its arguments follow.
const WRAP: &str = "--wrap";

/// What a run took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    pub(crate) wall: Duration,
    /// Peak resident memory, in KiB.
    pub(crate) peak: u64,
}

/// Runs a program that must succeed, from the beginning to the end of its process.
pub(crate) fn of(folder: &Path, program: &Path, arguments: &[&str]) -> Outcome<Usage> {
    let output = Command::new(env::current_exe()?)
        .arg(WRAP)
        .arg(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()?;
    let told = String::from_utf8(output.stdout)?;
    let mut figures = told.split_whitespace().map(str::parse::<u64>);
    if let (true, Some(Ok(nanoseconds)), Some(Ok(peak))) =
        (output.status.success(), figures.next(), figures.next())
    {
        let wall = Duration::from_nanos(nanoseconds);
        return Ok(Usage { wall, peak });
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(format!("{} {arguments:?}: {complaint}", program.display()).into())
}

/// Acts as the wrapper, if asked to: runs the program and prints what it took.
pub(crate) fn wrapped(arguments: &[String]) -> Option<ExitCode> {
    let [first, program, arguments @ ..] = arguments else {
        return None;
    };
    if first != WRAP {
        return None;
    }
    Some(match wrap(program, arguments) {
        Ok(Usage { wall, peak }) => {
            println!("{} {peak}", wall.as_nanos());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    })
}

fn wrap(program: &str, arguments: &[String]) -> Outcome<Usage> {
    let begun = Instant::now();
    let status = Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .status()?;
    let wall = begun.elapsed();
    if !status.success() {
        return Err(status.to_string().into());
    }
    let peak = u64::try_from(getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss())?;
    Ok(Usage { wall, peak })
}
