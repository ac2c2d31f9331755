//! The commands of a recovery on a host: what is old is put aside, and new data is made of it.

use std::net::IpAddr;

use crate::apply::host_action::{HostAction, Rescue};
use crate::host::instructions::commands::running_on;
use crate::host::salvage::QUOTA;
use crate::render::shell::quoted;

/// Gives the old data another name, unless etcd runs on it; none outside of a recovery.
///
/// The data directory stays: it may be a mount point, which cannot be renamed. A log with a directory of its
/// own goes with it: etcd removes whatever is in there when it makes a new one (`renameWAL` in etcd's `wal.go`).
pub(super) fn put_aside(action: &HostAction, data_dir: &str) -> Option<Vec<String>> {
    let rescue = action.rescue.as_ref()?;
    let aside = data_aside(data_dir, rescue);
    let mut lines = vec![
        running_on(data_dir),
        format!(
            "if [ -n \"$(etcd_on_it)\" ]; then echo {}",
            quoted(&format!("NOT PUT ASIDE: etcd still runs on {data_dir}"))
        ),
        // Pasted again it finds the new name taken, and does nothing.
        format!("elif [ ! -e {aside} ]; then"),
    ];
    if let Some(wal) = action.settings.wal_dir.as_deref() {
        let (aside, wal) = (log_aside(wal, rescue), quoted(wal));
        lines.push(format!(
            "  {{ [ -e {aside} ] || [ ! -e {wal} ] || mv -T {wal} {aside}; }} &&"
        ));
    }
    lines.push(format!(
        "  mv -T {} {aside}",
        quoted(&format!("{data_dir}/member"))
    ));
    lines.push("fi".to_owned());
    Some(lines)
}

/// Makes the data of the new cluster; none outside of a recovery.
///
/// Each line is reached only if the one before went well: half a copy, or a log that was not applied, would
/// be restored without a word. It is made under another name beside its place, in the same directory: etcd's
/// tool refuses one that is not empty.
pub(super) fn restore(action: &HostAction, data_dir: &str) -> Option<Vec<String>> {
    let rescue = action.rescue.as_ref()?;
    let dir = quoted(data_dir);
    let within = |name: &str| quoted(&format!("{data_dir}/{name}"));
    let (made, copy, log) = (within("restored"), within("replay"), within("replay.log"));
    let wal_dir = action.settings.wal_dir.as_deref();
    let tool = "$(command -v etcdutl || command -v etcdctl)";
    let bump = format!("--bump-revision {} --mark-compacted", rescue.revision_bump);
    let mut lines = vec![
        format!(
            "bump=; if {tool} snapshot restore --help 2>&1 | grep -q bump-revision; then bump={}",
            quoted(&bump)
        ),
        "else echo 'REVISIONS ARE NOT RAISED: this etcd cannot. Restart what watches or caches.'; fi"
            .to_owned(),
        format!(
            "[ ! -e {} ] && mkdir -p -m 700 {dir} && rm -rf {made} {copy} &&",
            within("member")
        ),
    ];
    let (database, check, owner) = if let Some(path) = &rescue.backup {
        (quoted(path), "", dir.clone())
    } else {
        let aside = data_aside(data_dir, rescue);
        lines.push(format!(
            "mkdir -m 700 {copy} && cp -a {aside} {} &&",
            within("replay/member")
        ));
        if let Some(wal) = wal_dir {
            lines.push(format!(
                "cp -a {} {} &&",
                log_aside(wal, rescue),
                within("replay/member/wal")
            ));
        }
        lines.extend(alone(action, &copy, "", &log));
        let database = within("replay/member/snap/db");
        (database, " --skip-hash-check", aside)
    };
    lines.push(format!(
        "ETCDCTL_API=3 {tool} snapshot restore {database}{check} $bump \\"
    ));
    lines.push(format!(
        "  {} --data-dir {made} &&",
        identity(action, rescue)
    ));
    if let Some(wal) = wal_dir {
        let (wal, own) = (quoted(wal), within("restored/member/wal"));
        lines.push(format!(
            "mkdir -p -m 700 {wal} && {} && cp -a {own}/. {wal} && rm -rf {own} &&",
            given(&owner, &own)
        ));
    }
    lines.push(format!(
        "{} && mv -T {} {} && rm -rf {made} {copy} {log} &&",
        given(&owner, &made),
        within("restored/member"),
        within("member")
    ));
    lines.push(
        "echo RESTORED || echo 'NOT RESTORED: there is data already, or something failed above'"
            .to_owned(),
    );
    Some(lines)
}

/// Who the only member of the new cluster is, for etcd's tool.
fn identity(action: &HostAction, rescue: &Rescue) -> String {
    let name = action.member.as_str();
    let urls = action.place.peer_urls.iter();
    let entries: Vec<String> = urls.map(|url| format!("{name}={url}")).collect();
    format!(
        "--name {} --initial-cluster {} --initial-cluster-token {} --initial-advertise-peer-urls {}",
        quoted(name),
        quoted(&entries.join(",")),
        quoted(&rescue.token),
        quoted(&action.place.peer_urls.to_string()),
    )
}

/// What the data is called once it is put aside.
fn data_aside(data_dir: &str, rescue: &Rescue) -> String {
    quoted(&format!("{data_dir}/member{}", rescue.aside))
}

/// What a log that has a directory of its own is called then.
fn log_aside(wal_dir: &str, rescue: &Rescue) -> String {
    quoted(&format!("{wal_dir}{}", rescue.aside))
}

/// Gives what root has made the owner of something else.
fn given(like: &str, made: &str) -> String {
    format!("{{ [ \"$(id -u)\" != 0 ] || chown -R --reference={like} {made}; }}")
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
    let log = quoted(&format!("{data_dir}/replay.log"));
    let member = quoted(&format!("{data_dir}/member"));
    let mut written = member.clone();
    if let Some(wal) = action.settings.wal_dir.as_deref() {
        written.push(' ');
        written.push_str(&quoted(wal));
    }
    lines.extend(alone(action, &dir, &wal, &log));
    lines.push(format!("{} &&", given(&member, &written)));
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
