//! What a host's side says when something fails.

use std::io;
use std::path::Path;
use std::process::ExitStatus;

use crate::apply::HostError;

pub(super) fn refused(reason: String) -> HostError {
    HostError::Refused { reason }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
pub(super) fn failed(error: io::Error) -> HostError {
    refused(error.to_string())
}

/// A program that does not start.
pub(super) fn spawn(program: &Path, error: &io::Error) -> HostError {
    HostError::Spawn {
        program: program.display().to_string(),
        reason: error.to_string(),
    }
}

/// A program that failed, with the last that it said.
pub(super) fn ended(program: &Path, status: ExitStatus, said: &str) -> HostError {
    let last = said.lines().rev().find(|line| !line.trim().is_empty());
    let status = match last {
        Some(last) => format!("{status}: {}", last.trim()),
        None => status.to_string(),
    };
    HostError::Failed {
        program: program.display().to_string(),
        status,
    }
}
