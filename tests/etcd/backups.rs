//! An apply that begins with a backup: nothing without it, once, and what it holds.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use crate::bed::cluster::Cluster;
use crate::bed::member::Member;
use crate::bed::program::Run;
use crate::bed::topology::{Driver, Topology};
use crate::bed::{Outcome, client};
use crate::report::{Journal, Report};

pub const NAME: &str = "backup-first";

const APPLY: [&str; 4] = ["apply", "-f", "topology.yaml", "--yes"];

pub async fn run(cluster: &Cluster, journal: &mut Journal) -> Outcome<Report> {
    let (before, wanted) = (cluster.net.members(1..=3), cluster.net.members(2..=4));
    cluster.bootstrap(&before).await?;
    let mut writer = client::to(&before[0].endpoint()).await?;
    writer.put("before", "the change", None).await?;
    let begun = Instant::now();

    // Where there is no room for it, nothing begins.
    write(cluster, &before, &wanted, "/proc")?;
    let listed = cluster.listed(&before[0]).await?;
    let refused = Run::of(&cluster.directory, &APPLY).await?;
    journal.note(refused.told());
    refused.expect(1)?;
    let told = refused.stderr();
    if !told.contains("E0471") || !told.contains("Nothing was changed.") {
        return Err("it does not say that there is no room".into());
    }
    if cluster.listed(&before[0]).await? != listed {
        return Err("it began without a backup".into());
    }

    // A run that stops on the way, and the one that goes on, make one between them.
    write(cluster, &before, &wanted, "backups")?;
    let first = Run::of(
        &cluster.directory,
        &[&APPLY[..], &["--until", "s2"]].concat(),
    )
    .await?;
    journal.note(first.told());
    first.expect(5)?;
    let saved = backups(cluster)?;
    let second = Run::of(&cluster.directory, &APPLY).await?;
    journal.note(second.told());
    second.expect(0)?;
    if saved.len() != 1 || backups(cluster)? != saved {
        return Err(format!("not one backup: {saved:?}, {:?}", backups(cluster)?).into());
    }
    let name = saved[0].display().to_string();
    if !first.stderr().contains(&name) || !name.contains("/test-") {
        return Err(format!("it does not tell of {name}").into());
    }
    let etcdutl = ["etcdutl", "etcdctl"].map(|name| cluster.server.directory.join(name));
    let etcdutl = etcdutl.into_iter().find(|path| path.is_file());
    let etcdutl = etcdutl.ok_or("there is no etcdutl")?.display().to_string();
    let verify = ["backup", "verify", &name, "--etcdutl", &etcdutl];
    let verified = Run::of(&cluster.directory, &verify).await?;
    journal.note(verified.told());
    verified.expect(0)?;
    cluster.settle(&wanted).await?;
    let again = ["plan", "-f", "topology.yaml", "--detailed-exitcode"];
    Run::of(&cluster.directory, &again).await?.expect(0)?;
    Ok(Report::of(begun.elapsed()))
}

/// The topology file, with a backup before each apply.
fn write(cluster: &Cluster, before: &[Member], wanted: &[Member], folder: &str) -> Outcome<()> {
    let path = Topology::new(Driver::Exec, before, wanted).write(cluster, "topology.yaml")?;
    let policy = format!("policy:\n  backup: before-apply\n  backupDir: {folder}\n");
    let text = fs::read_to_string(&path)?.replace("policy:\n", &policy);
    fs::write(path, text)?;
    Ok(())
}

/// Every file in the folder of backups.
fn backups(cluster: &Cluster) -> Outcome<Vec<PathBuf>> {
    let entries = fs::read_dir(cluster.directory.join("backups"))?;
    let mut found = Vec::new();
    for entry in entries {
        found.push(entry?.path());
    }
    Ok(found)
}
