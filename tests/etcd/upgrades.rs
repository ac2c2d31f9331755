//! A cluster that is brought to the next version that there is, member by member, while writers write.

use std::fs;
use std::os::unix::fs::symlink;

use crate::bed::cluster::Cluster;
use crate::bed::member::Member;
use crate::bed::program::Run;
use crate::bed::server::Server;
use crate::bed::topology::{Driver, Topology};
use crate::bed::writers::{Pace, Writers};
use crate::bed::{Outcome, client, ledger};
use crate::change::{enough, planned};
use crate::report::{Journal, Report};

pub const NAME: &str = "upgrade";

pub async fn run(cluster: &Cluster, to: &Server, journal: &mut Journal) -> Outcome<Report> {
    let members = cluster.net.members(1..=3);
    let from = cluster.server.name();
    cluster.bootstrap(&members).await?;
    cluster.crown(&members, &members[0]).await?;
    let etcdplan = async |arguments: &[&str], journal: &mut Journal| -> Outcome<Run> {
        let run = Run::of(&cluster.directory, arguments).await?;
        journal.note(run.told());
        Ok(run)
    };

    // A restart that is to upgrade is no success where the program is still the old one.
    want(cluster, &members, &to.name())?;
    let in_vain = etcdplan(
        &["apply", "-f", FILE, "--yes", "--step-timeout", "10s"],
        journal,
    )
    .await?;
    in_vain.expect(5)?;
    let why = format!(
        "to run etcd {}, which its host must have: it runs etcd {from}",
        to.name()
    );
    if !in_vain.stderr().contains(&why) {
        return Err("it does not say why a restart was in vain".into());
    }
    versions(&members, &from).await?;
    cluster.settle(&members).await?;

    install(cluster, to)?;
    let plan = etcdplan(&["plan", "-f", FILE, "--format", "json"], journal).await?;
    let kinds = planned(&plan.stdout())?;
    if kinds.iter().filter(|kind| *kind == "restart").count() != members.len() {
        return Err(format!("not every member is restarted: {kinds:?}").into());
    }
    let transfers = kinds.iter().filter(|kind| *kind == "moveLeader").count();
    let before = cluster.leadership(&members[0]).await?;
    let endpoints: Vec<String> = members.iter().map(Member::endpoint).collect();
    let writers = Writers::start(&endpoints, Pace::Dense).await?;
    let applied = etcdplan(&["apply", "-f", FILE, "--yes"], journal).await;
    let written = writers.finish().await;
    let applied = applied?;
    applied.expect(0)?;

    cluster.settle(&members).await?;
    versions(&members, &to.name()).await?;
    let after = cluster.leadership(&members[0]).await?;
    if after.term - before.term != u64::try_from(transfers)? {
        return Err(format!("{before:?} became {after:?} with {transfers} transfers").into());
    }
    for member in &members {
        ledger::check(&member.endpoint(), &written).await?;
    }
    let (count, gap) = enough(&applied, &written)?;
    let nothing = ["plan", "-f", FILE, "--detailed-exitcode"];
    etcdplan(&nothing, journal).await?.expect(0)?;
    Ok(Report {
        gap: Some(gap),
        writes: Some(count),
        ..Report::of(applied.ended - applied.begun)
    })
}

const FILE: &str = "topology.yaml";

/// Writes a file that wants this version.
fn want(cluster: &Cluster, members: &[Member], version: &str) -> Outcome<()> {
    let topology = Topology {
        cluster: vec![format!("version: \"{version}\"")],
        ..Topology::new(Driver::Exec, members, members)
    };
    topology.write(cluster, FILE)?;
    Ok(())
}

/// Puts the programs of another version on all machines.
fn install(cluster: &Cluster, server: &Server) -> Outcome<()> {
    let bin = cluster.directory.join("bin");
    fs::remove_file(&bin)?;
    symlink(&server.directory, bin)?;
    Ok(())
}

/// Every member runs this version.
async fn versions(members: &[Member], version: &str) -> Outcome<()> {
    for member in members {
        let status = client::status(&member.endpoint()).await?;
        if status.version() != version {
            let found = status.version();
            return Err(format!("{} runs {found}, not {version}", member.name).into());
        }
    }
    Ok(())
}
