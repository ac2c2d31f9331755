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
/// gone, or dead and not yet reaped. A pid is trusted only together with it,
/// since the system gives pids out again.
pub fn start_of(pid: u32) -> Option<String> {
    start_in(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The same, of a line of `stat` (proc(5): fields 3, 20 and 22).
fn start_in(stat: &str) -> Option<String> {
    // The command in parentheses may hold spaces and parentheses itself.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace();
    let state = fields.next()?;
    let threads = fields.nth(16)?;
    let started = fields.nth(1)?;
    // The first thread may die before the others, which hold its files and ports until then.
    let is_dead = matches!(state, "Z" | "X") && matches!(threads, "0" | "1");
    (!is_dead).then(|| started.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_or_holds_its_files_yet_has_a_start() {
        let line = |state, threads| {
            format!(
                "77 (a (b) c) {state} 1 77 77 0 -1 4228412 2170 0 9 0 14 9 0 0 20 0 {threads} 0 \
                 3310 0 0 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0"
            )
        };
        let start = |state, threads| start_in(&line(state, threads));
        assert_eq!(start("S", 9).as_deref(), Some("3310"));
        assert_eq!(start("Z", 4).as_deref(), Some("3310"));
        assert_eq!(start("Z", 1), None);
        assert_eq!(start("X", 0), None);
        assert_eq!(start_in("77 (cut"), None);
        assert!(start_of(std::process::id()).is_some());
    }
}
