//! The commands of a recovery on a host: what is old is put aside, and new data is made of it.

use std::net::IpAddr;

use crate::apply::host_action::HostAction;
use crate::host::instructions::commands::running_on;
use crate::host::salvage::QUOTA;
use crate::render::shell::quoted;

/// Gives the old data another name, unless etcd runs on it; none outside of a recovery.
pub(super) fn put_aside(action: &HostAction, data_dir: &str) -> Option<Vec<String>> {
    let rescue = action.rescue.as_ref()?;
    let mut dirs = vec![data_dir];
    dirs.extend(action.settings.wal_dir.as_deref());
    let mut lines = vec![
        running_on(data_dir),
        format!(
            "if [ -n \"$(etcd_on_it)\" ]; then echo {}",
            quoted(&format!("NOT PUT ASIDE: etcd still runs on {data_dir}"))
        ),
        "else".to_owned(),
    ];
    for dir in dirs {
        let aside = quoted(&format!("{dir}{}", rescue.aside));
        let dir = quoted(dir);
        // Pasted again it finds the new name taken, and does nothing.
        lines.push(format!("  [ -e {aside} ] || mv -T {dir} {aside}"));
    }
    lines.push("fi".to_owned());
    Some(lines)
}

/// Makes the data directory of the new cluster; none outside of a recovery.
///
/// Each line is reached only if the one before went well: half a copy, or a log that was not applied, would
/// be restored without a word.
pub(super) fn restore(action: &HostAction, data_dir: &str) -> Option<Vec<String>> {
    let rescue = action.rescue.as_ref()?;
    let dir = quoted(data_dir);
    let name = action.member.as_str();
    let urls = action.place.peer_urls.iter();
    let entries: Vec<String> = urls.map(|url| format!("{name}={url}")).collect();
    let flags = format!(
        "--name {} --initial-cluster {} --initial-cluster-token {} --initial-advertise-peer-urls {}",
        quoted(name),
        quoted(&entries.join(",")),
        quoted(&rescue.token),
        quoted(&action.place.peer_urls.to_string()),
    );
    let wal = action.settings.wal_dir.as_deref();
    let wal = wal.map_or_else(String::new, |wal| format!(" --wal-dir {}", quoted(wal)));
    let bump = format!("--bump-revision {} --mark-compacted", rescue.revision_bump);
    let tool = "$(command -v etcdutl || command -v etcdctl)";
    let mut lines = vec![format!(
        "bump=; {tool} snapshot restore --help 2>&1 | grep -q bump-revision && bump={}",
        quoted(&bump)
    )];
    let (database, check) = if let Some(path) = &rescue.backup {
        lines.push(format!("[ ! -e {dir}/member ] &&"));
        (quoted(path), "")
    } else {
        let aside = quoted(&format!("{data_dir}{}", rescue.aside));
        let replay = format!("{data_dir}.replay");
        let (copy, log) = (quoted(&replay), quoted(&format!("{replay}.log")));
        let (from, to) = (format!("{aside}/."), format!("{copy}/"));
        lines.push(format!(
            "[ ! -e {dir}/member ] && rm -rf {copy} && mkdir -m 700 {copy} &&"
        ));
        lines.push(format!("cp -a {from} {to} &&"));
        if let Some(wal) = action.settings.wal_dir.as_deref() {
            let from = quoted(&format!("{wal}{}", rescue.aside));
            lines.push(format!("cp -a {from} {copy}/member/wal &&"));
        }
        lines.extend(alone(action, &copy, "", &log));
        let database = quoted(&format!("{replay}/member/snap/db"));
        (database, " --skip-hash-check")
    };
    lines.push(format!(
        "ETCDCTL_API=3 {tool} snapshot restore {database}{check} $bump \\"
    ));
    lines.push(format!("  {flags} --data-dir {dir}{wal} &&"));
    lines.push(
        "echo RESTORED || echo 'NOT RESTORED: there is data already, or something failed above'"
            .to_owned(),
    );
    Some(lines)
}

/// Starts etcd once as the only member of its cluster, and ends it.
pub(super) fn force_new(action: &HostAction, data_dir: &str) -> Vec<String> {
    let dir = quoted(data_dir);
    let wal = action.settings.wal_dir.as_deref();
    let wal = wal.map_or_else(String::new, |wal| format!(" --wal-dir {}", quoted(wal)));
    let mut lines = vec![
        running_on(data_dir),
        format!(
            "if [ -n \"$(etcd_on_it)\" ]; then echo {}",
            quoted(&format!("NOT DONE: etcd still runs on {data_dir}"))
        ),
        "else".to_owned(),
    ];
    let log = quoted(&format!("{data_dir}.log"));
    lines.extend(alone(action, &dir, &wal, &log));
    lines.push("echo DONE || echo 'NOT DONE: something failed above'".to_owned());
    lines.push("fi".to_owned());
    lines
}

/// Lets a member's old peer address lead to its new one, on another host; or no more.
pub(super) fn relay(action: &HostAction, begins: bool) -> Vec<String> {
    let old = action.previous.peer_urls.first();
    let new = action.place.peer_urls.first();
    let (Some(old), Some(new)) = (old, new) else {
        return Vec::new();
    };
    let (Ok(address), Some(port)) = (old.host().parse::<IpAddr>(), old.port()) else {
        return Vec::new();
    };
    let program = match address {
        IpAddr::V4(_) => "iptables",
        IpAddr::V6(_) => "ip6tables",
    };
    let rule = format!(
        "OUTPUT -p tcp -d {address} --dport {port} -j DNAT --to-destination {}",
        quoted(new.authority())
    );
    let line = if begins {
        format!("{program} -t nat -C {rule} 2>/dev/null || {program} -t nat -A {rule}")
    } else {
        format!("while {program} -t nat -D {rule} 2>/dev/null; do :; done")
    };
    vec![line]
}

/// Starts etcd on a directory, reached by nobody, until it has applied its log; goes on if it went well.
///
/// etcdplan, where it is there, keeps also the last entries of which the member had not heard that they are
/// committed: etcd drops them.
fn alone(action: &HostAction, dir: &str, wal: &str, log: &str) -> Vec<String> {
    let quota = action.settings.env.get(QUOTA);
    let quota = quota.map_or_else(String::new, |quota| format!(" {QUOTA}={}", quoted(quota)));
    vec![
        format!(
            "if command -v etcdplan >/dev/null; then etcdplan salvage {dir}{wal} --in-place; else"
        ),
        format!(
            "  env -i PATH=\"$PATH\"{quota} etcd --name replay --force-new-cluster --data-dir {dir}{wal} \\"
        ),
        "    --listen-client-urls http://127.0.0.1:0 --advertise-client-urls http://127.0.0.1:0 \\"
            .to_owned(),
        format!("    --listen-peer-urls http://127.0.0.1:0 >{log} 2>&1 & replay=$!"),
        format!(
            "  until grep -q 'ready to serve client requests' {log} || [ ! -e /proc/$replay ]; do sleep 0.2; done"
        ),
        format!(
            "  kill $replay; wait $replay; grep -q 'ready to serve client requests' {log}; fi &&"
        ),
    ]
}
