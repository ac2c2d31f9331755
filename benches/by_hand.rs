//! The same by hand, as etcd's documentation says: `etcdctl member remove`, stop
//! it, `etcdctl member add`, start it, wait until it is healthy. Whoever types
//! it is as quick as a program, and asks without a pause.
//!
//! <https://etcd.io/docs/v3.6/op-guide/runtime-configuration/>

use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::process::Command;

use crate::bed::Outcome;
use crate::bed::cluster::{Cluster, initial_cluster};
use crate::bed::member::Member;
use crate::scenario::Change;

const PATIENCE: Duration = Duration::from_secs(60);

/// Replaces one member after the other, then adds those that are more.
pub(crate) async fn perform(cluster: &Cluster, change: &Change) -> Outcome<()> {
    let mut members = change.before.clone();
    let mut removed = change.removed().into_iter();
    for new in change.added() {
        if let Some(old) = removed.next() {
            remove(cluster, &mut members, &old).await?;
        }
        add(cluster, &mut members, new).await?;
    }
    for old in removed {
        remove(cluster, &mut members, &old).await?;
    }
    Ok(())
}

async fn remove(cluster: &Cluster, members: &mut Vec<Member>, old: &Member) -> Outcome<()> {
    let listed = cluster.listed_locally(old).await?;
    let listed = listed.iter().find(|one| one.name == old.name);
    let id = format!("{:x}", listed.ok_or("it is no member")?.id);
    members.retain(|member| member != old);
    etcdctl(cluster, members, &["member", "remove", &id]).await?;
    cluster.drive("stop", old, &[]).await
}

async fn add(cluster: &Cluster, members: &mut Vec<Member>, new: Member) -> Outcome<()> {
    let url = format!("--peer-urls={}", new.peer_url());
    etcdctl(cluster, members, &["member", "add", &new.name, &url]).await?;
    let all = members.iter().chain([&new]);
    let initial = initial_cluster(all.map(|member| (member.name.clone(), member.peer_url())));
    let more = [
        ("ETCD_INITIAL_CLUSTER", initial.as_str()),
        ("ETCD_INITIAL_CLUSTER_STATE", "existing"),
    ];
    cluster.drive("start", &new, &more).await?;
    members.push(new.clone());
    etcdctl(cluster, &[new], &["endpoint", "health"]).await
}

/// Calls it until it succeeds.
async fn etcdctl(cluster: &Cluster, via: &[Member], arguments: &[&str]) -> Outcome<()> {
    let endpoints: Vec<String> = via.iter().map(Member::client_url).collect();
    let begun = Instant::now();
    loop {
        let output = Command::new("bin/etcdctl")
            .current_dir(&cluster.directory)
            .env("ETCDCTL_API", "3")
            .arg("--endpoints")
            .arg(endpoints.join(","))
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .await?;
        if output.status.success() {
            return Ok(());
        }
        if begun.elapsed() > PATIENCE {
            let told = String::from_utf8_lossy(&output.stderr);
            return Err(format!("etcdctl {arguments:?}: {told}").into());
        }
    }
}
