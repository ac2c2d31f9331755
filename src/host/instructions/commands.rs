//! The commands that perform an action on a host, for any POSIX shell on Linux.
//!
//! Each set may be pasted again. A process is known by the database that it
//! holds open, never by its name: another etcd may run on the same machine.

use crate::apply::host_action::{ExpectedData, HostAction};
use crate::render::shell::quoted;

/// Starts a process, unless one runs on its directory or the directory is not what it must be.
pub(super) fn start(action: &HostAction, data_dir: &str) -> Vec<String> {
    let mut lines = vec![running_on(data_dir)];
    lines.extend(launch(action, data_dir));
    lines
}

/// Ends the process and starts it with other settings.
pub(super) fn restart(action: &HostAction, data_dir: &str) -> Vec<String> {
    let mut lines = vec![running_on(data_dir)];
    let managed = "echo \"NOT RESTARTED: $unit runs it: give it the settings, then: systemctl restart $unit\"";
    lines.extend(end_each(managed));
    lines.extend(launch(action, data_dir));
    lines
}

/// Ends the process, and disables the unit that runs it.
pub(super) fn stop(data_dir: &str) -> Vec<String> {
    let mut lines = vec![running_on(data_dir)];
    lines.extend(end_each("systemctl disable --now \"$unit\""));
    lines
}

/// Copies what etcd has written to its new place; none where a place is not known, and
/// no command where both are one.
pub(super) fn move_data(action: &HostAction) -> Option<Vec<String>> {
    let (from, to) = (&action.previous, &action.place);
    let (from_dir, to_dir) = (from.data_dir.as_deref()?, to.data_dir.as_deref()?);
    let remote = (from.host != to.host).then(|| quoted(&from.host));
    let mut lines = Vec::new();
    // The file knows one directory for the log, wherever the member runs.
    if let (Some(host), Some(dir)) = (&remote, &action.settings.wal_dir) {
        lines.extend(copy_log(host, dir));
    }
    if remote.is_some() || from_dir != to_dir {
        lines.extend(copy_data(remote.as_deref(), from_dir, to_dir));
    }
    Some(lines)
}

/// Removes what etcd has written, unless one runs on it.
pub(super) fn wipe(data_dir: &str, wal_dir: Option<&str>) -> Vec<String> {
    let member = quoted(&format!("{data_dir}/member"));
    let joined = format!("{}/joined-*", quoted(data_dir));
    let wal = wal_dir.map_or_else(String::new, |dir| {
        format!("; find {} -mindepth 1 -delete", quoted(dir))
    });
    vec![
        running_on(data_dir),
        format!(
            "if [ -n \"$(etcd_on_it)\" ]; then echo {}",
            quoted(&format!("NOT CLEARED: etcd still runs on {data_dir}"))
        ),
        format!("else rm -rf {member} {joined}{wal}; fi"),
    ]
}

/// Where the output of a process goes that is started by hand.
pub(super) fn log(action: &HostAction) -> String {
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '_'
        }
    };
    let name: String = action.member.as_str().chars().map(safe).collect();
    format!("etcd-{name}.log")
}

/// A function that prints the pids of the processes that have a directory's database open.
pub(super) fn running_on(data_dir: &str) -> String {
    let database = quoted(&format!("{data_dir}/member/snap/db"));
    // `find -samefile` has the file open itself.
    format!(
        r#"etcd_on_it() {{ for fd in /proc/[0-9]*/fd/*; do [ "$fd" -ef {database} ] && echo "$fd"; done | cut -d/ -f3 | sort -u; }}"#
    )
}

/// Ends each of them by its pid, and waits; what a systemd unit runs is left to `managed`.
fn end_each(managed: &str) -> Vec<String> {
    vec![
        "for pid in $(etcd_on_it); do".to_owned(),
        r#"  unit=$(sed -n 's,.*/,,; /\.service$/p' "/proc/$pid/cgroup" | head -n 1)"#.to_owned(),
        // A unit may hold more than etcd: a shell, a container's supervisor. Its own process is meant.
        r#"  if [ "$(systemctl show --property=MainPID --value "${unit:-none}" 2>/dev/null)" = "$pid" ]"#
            .to_owned(),
        format!("  then {managed}"),
        r#"  else kill "$pid" && while [ -e "/proc/$pid/exe" ]; do sleep 0.2; done"#.to_owned(),
        "  fi".to_owned(),
        "done".to_owned(),
    ]
}

/// Starts etcd beside the shell: it outlives it.
fn launch(action: &HostAction, data_dir: &str) -> Vec<String> {
    let echo = |words: &str| format!("echo {}", quoted(&format!("NOT STARTED: {words}")));
    let mut lines = vec![format!(
        "if [ -n \"$(etcd_on_it)\" ]; then {}",
        echo(&format!("etcd runs on {data_dir} already"))
    )];
    let dir = quoted(data_dir);
    let written = quoted(&format!("{data_dir}/member"));
    let output = log(action);
    let wal_dir = action.settings.wal_dir.as_ref();
    let log = quoted(&wal_dir.map_or_else(|| format!("{data_dir}/member/wal"), String::clone));
    let prepared = match action.data {
        ExpectedData::Empty => {
            // The mark lets the same commands be pasted again after a first try that failed later.
            let mark = action
                .member_id
                .map(|id| quoted(&format!("{data_dir}/joined-{id}")));
            let is_own = mark
                .as_ref()
                .map_or_else(String::new, |mark| format!(" && [ ! -e {mark} ]"));
            let words = format!("{data_dir} holds the data of an earlier member");
            lines.push(format!(
                "elif {{ [ -e {written} ] || ls {log}/*.wal >/dev/null 2>&1; }}{is_own}; then {}",
                echo(&words)
            ));
            let mark = mark.map_or_else(String::new, |mark| format!(" && touch {mark}"));
            format!("mkdir -p -m 700 {dir}{mark} && ")
        }
        ExpectedData::Present => {
            let words = format!("{data_dir} does not hold the data of the member");
            lines.push(format!(
                "elif [ ! -e {written}/snap/db ] || ! ls {log}/*.wal >/dev/null 2>&1; then {}",
                echo(&words)
            ));
            String::new()
        }
        ExpectedData::Any => String::new(),
    };
    lines.push(format!("else {prepared}nohup env \\"));
    let mut environment = action.etcd_environment();
    environment.insert("ETCD_DATA_DIR".to_owned(), data_dir.to_owned());
    // etcd takes an empty value for none.
    environment.retain(|_, value| !value.is_empty());
    for (name, value) in &environment {
        lines.push(format!("  {}={} \\", quoted(name), quoted(value)));
    }
    lines.push(format!("  etcd >>{} 2>&1 &", quoted(&output)));
    lines.push("fi".to_owned());
    lines
}

/// Copies what etcd has written from a machine, or from another directory of this one.
///
/// Both directories stay where they are: each may be a mount point, which cannot be renamed.
fn copy_data(remote: Option<&str>, from: &str, to: &str) -> Vec<String> {
    let (dir, member) = (quoted(to), quoted(&format!("{to}/member")));
    let free = format!("[ ! -e {member} ] && mkdir -p -m 700 {dir}");
    // It may have been made by root just now.
    let owned = format!(" && {{ [ \"$(id -u)\" != 0 ] || chown --reference={member} {dir}; }}");
    let from = format!("{from}/member");
    copy(remote, &from, &format!("{to}/member"), &free, &owned)
}

/// Copies a log that has a directory of its own, the same on every machine. etcd itself removes and renames
/// that directory when it makes a log (`renameWAL` in etcd's `wal.go`), so that it is no mount point.
fn copy_log(remote: &str, wal_dir: &str) -> Vec<String> {
    let free = format!("! ls {}/*.wal >/dev/null 2>&1", quoted(wal_dir));
    copy(Some(remote), wal_dir, wal_dir, &free, "")
}

/// Copies a directory so that half a copy never has its name.
fn copy(remote: Option<&str>, from: &str, to: &str, free: &str, owned: &str) -> Vec<String> {
    let partial = quoted(&format!("{to}.partial"));
    let aside = quoted(&format!("{from}.moved-away"));
    let (quoted_from, quoted_to) = (quoted(from), quoted(to));
    let there = |command: &str| match remote {
        Some(host) => format!("ssh {host} {}", quoted(command)),
        None => command.to_owned(),
    };
    let sums = |dir: &str| format!("cd {dir} && find . -type f -exec sha256sum {{}} + | sort");
    let words = format!("NOT COPIED: {to} is there already, or the copy failed");
    vec![
        format!("if {free} && rm -rf {partial} && mkdir -m 700 {partial} &&"),
        format!(
            "  {} | tar -C {partial} -xpf - &&",
            there(&format!("tar -C {quoted_from} -cf - ."))
        ),
        format!(
            "  [ -n \"$(ls -A {partial})\" ] && [ \"$({})\" = \"$({})\" ] &&",
            there(&sums(&quoted_from)),
            sums(&partial)
        ),
        format!("  sync && mv -T {partial} {quoted_to}{owned}"),
        format!("then {}", there(&format!("mv -T {quoted_from} {aside}"))),
        format!("else echo {}; fi", quoted(&words)),
    ]
}
