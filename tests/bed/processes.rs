//! The processes that belong to a directory.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// Every running process whose working directory lies in this one.
///
/// The directory is made anew for each run, so nobody else's process can be there.
pub fn within(directory: &Path) -> Vec<Pid> {
    let Ok(all) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(Pid::from_raw)
        .filter(|pid| works_in(*pid, directory))
        .collect()
}

/// Those of them that run etcd.
pub fn etcds(directory: &Path) -> Vec<Pid> {
    let is_etcd = |pid: &Pid| {
        fs::read_link(proc(*pid, "exe"))
            .is_ok_and(|exe| exe.file_name().is_some_and(|name| name == "etcd"))
    };
    within(directory).into_iter().filter(is_etcd).collect()
}

/// Ends them all at once, each by its pid.
pub fn end(directory: &Path) {
    for _ in 0..100 {
        let left = within(directory);
        if left.is_empty() {
            return;
        }
        for pid in left {
            let _ = kill_process(pid, Signal::KILL);
        }
        sleep(Duration::from_millis(20));
    }
}

fn works_in(pid: Pid, directory: &Path) -> bool {
    fs::read_link(proc(pid, "cwd")).is_ok_and(|cwd| cwd.starts_with(directory))
        || fs::read(proc(pid, "cmdline")).is_ok_and(|line| {
            // With the slash: cluster 1 is not cluster 10.
            let ours = [directory.as_os_str().as_bytes(), b"/"].concat();
            let is_etcd = line
                .split(|byte| *byte == 0)
                .next()
                .is_some_and(|program| program.ends_with(b"etcd"));
            is_etcd && line.windows(ours.len()).any(|part| part == ours.as_slice())
        })
}

fn proc(pid: Pid, file: &str) -> std::path::PathBuf {
    Path::new("/proc")
        .join(pid.as_raw_nonzero().to_string())
        .join(file)
}
