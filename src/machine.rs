//! This machine, and the processes on it: who we are to others.
//!
//! Layer 6. Reads the environment and `/proc`; where that is missing, nothing
//! is known, and nothing is concluded from it.

use std::env;
use std::fs;

/// The name of this machine.
pub fn host_name() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
}

/// Who runs this program: a name, or a number.
pub fn user() -> String {
    let named = ["USER", "LOGNAME"].map(env::var).into_iter().flatten();
    named
        .into_iter()
        .find(|name| !name.is_empty())
        .unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()))
}

/// Within what a pid means something: this boot, and the pid namespace of this
/// process; containers on one machine count their processes each for themselves.
pub fn boot_id() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let namespace = fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{} {}", boot.trim(), namespace.display()))
}

/// When a process started, in the kernel's ticks since boot; none if it is
/// gone, or dead and not yet reaped (proc(5): fields 3 and 22 of `stat`). A
/// pid is trusted only together with it, since the system gives pids out again.
pub fn start_of(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command in parentheses may hold spaces and parentheses itself.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace();
    let state = fields.next()?;
    (!matches!(state, "Z" | "X")).then(|| fields.nth(18).map(str::to_owned))?
}
