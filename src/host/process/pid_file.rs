//! Which process is ours: a pid is trusted only together with its start time,
//! since the system gives pids out again.

use std::fs;
use std::io;
use std::path::Path;

/// The name of the file.
pub(super) const NAME: &str = "etcd.pid";

/// Writes down a process that has just started.
pub(super) fn write(path: &Path, pid: u32) -> io::Result<()> {
    let started = start_time(pid).unwrap_or_default();
    let temporary = path.with_extension("pid.new");
    fs::write(&temporary, format!("{pid} {started}\n"))?;
    fs::rename(temporary, path)
}

/// The process that the file names, if it still runs.
pub(super) fn read(path: &Path) -> Option<u32> {
    let text = fs::read_to_string(path).ok()?;
    let (pid, started) = text.trim().split_once(' ')?;
    let pid = pid.parse().ok()?;
    (start_time(pid)? == started).then_some(pid)
}

/// When a process started, in the kernel's ticks since boot; none if it is
/// gone, or dead and not yet reaped (proc(5): fields 3 and 22 of `stat`).
fn start_time(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command in parentheses may hold spaces and parentheses itself.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace();
    let state = fields.next()?;
    (!matches!(state, "Z" | "X")).then(|| fields.nth(18).map(str::to_owned))?
}
