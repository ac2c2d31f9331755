//! Which process is ours: a pid is trusted only together with its start time,
//! since the system gives pids out again.

use std::fs;
use std::io;
use std::path::Path;

use crate::machine::start_of;

/// The name of the file.
pub(super) const NAME: &str = "etcd.pid";

/// Writes down a process that has just started.
pub(super) fn write(path: &Path, pid: u32) -> io::Result<()> {
    let started = start_of(pid).unwrap_or_default();
    let temporary = path.with_extension("pid.new");
    fs::write(&temporary, format!("{pid} {started}\n"))?;
    fs::rename(temporary, path)
}

/// The process that the file names, if it still runs.
pub(super) fn read(path: &Path) -> Option<u32> {
    let text = fs::read_to_string(path).ok()?;
    let (pid, started) = text.trim().split_once(' ')?;
    let pid = pid.parse().ok()?;
    (start_of(pid)? == started).then_some(pid)
}
