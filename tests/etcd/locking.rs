//! Two applies at once, a holder that dies, here and elsewhere, and a lock that outlives
//! every member that was there when it was taken.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use etcd_client::PutOptions;
use tokio::time::sleep;

use crate::bed::cluster::Cluster;
use crate::bed::member::Member;
use crate::bed::program::{Run, Running};
use crate::bed::topology::{Driver, Topology};
use crate::bed::{Outcome, client};
use crate::faults::kill;
use crate::report::{Journal, Report};

/// What is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rivalry {
    /// A second apply while the first is under way.
    Second,
    /// The first is killed, and the next run is on the same machine.
    KilledHere,
    /// The holder was on another machine, and does not come back.
    GoneElsewhere,
    /// Every member that was there at the start is replaced.
    AllReplaced,
}

pub type Named = (&'static str, Rivalry);

/// What a server is asked in a run that is not complete.
pub const BRIEF: &str = "lock-killed-here";

pub const CASES: &[Named] = &[
    ("lock-second-apply", Rivalry::Second),
    ("lock-killed-here", Rivalry::KilledHere),
    ("lock-gone-elsewhere", Rivalry::GoneElsewhere),
    ("lock-all-replaced", Rivalry::AllReplaced),
];

const KEY: &str = "etcdplan/lock";

const APPLY: [&str; 4] = ["apply", "-f", "topology.yaml", "--yes"];

/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

const POLL: Duration = Duration::from_millis(20);

pub async fn run(cluster: &Cluster, rivalry: Rivalry, journal: &mut Journal) -> Outcome<Report> {
    let (before, wanted) = match rivalry {
        // With etcd's own 5 s in the middle, in which there is time for others.
        Rivalry::Second | Rivalry::KilledHere | Rivalry::GoneElsewhere => {
            (cluster.net.members(1..=1), cluster.net.members(1..=3))
        }
        Rivalry::AllReplaced => (cluster.net.members(1..=3), cluster.net.members(4..=6)),
    };
    cluster.bootstrap(&before).await?;
    Topology::new(Driver::Exec, &before, &wanted).write(cluster, "topology.yaml")?;
    let begun = Instant::now();
    match rivalry {
        Rivalry::Second => second(cluster, &before, journal).await?,
        Rivalry::KilledHere => killed_here(cluster, &before, journal).await?,
        Rivalry::GoneElsewhere => gone_elsewhere(cluster, &before, journal).await?,
        Rivalry::AllReplaced => all_replaced(cluster, &before, &wanted, journal).await?,
    }
    cluster.settle(&wanted).await?;
    let again = ["plan", "-f", "topology.yaml", "--detailed-exitcode"];
    Run::of(&cluster.directory, &again).await?.expect(0)?;
    if holder(&wanted).await.is_some() {
        return Err("the lock was not given back".into());
    }
    Ok(Report::of(begun.elapsed()))
}

async fn second(cluster: &Cluster, before: &[Member], journal: &mut Journal) -> Outcome<()> {
    let first = Running::start(&cluster.directory, &APPLY)?;
    let pid = first.pid().ok_or("the first apply has ended")?;
    held(before).await?;
    let listed = cluster.listed(&before[0]).await?;
    let late = [&APPLY[..], &["--lock-timeout", "200ms"]].concat();
    let second = Run::of(&cluster.directory, &late).await?;
    let still = cluster.listed(&before[0]).await?;
    let first = first.ended().await?;
    journal.note(first.told());
    journal.note(second.told());
    second.expect(1)?;
    let told = second.stderr();
    let named = format!("(pid {})", pid.as_raw_nonzero());
    if !told.contains("another apply is under way") || !told.contains(&named) {
        return Err("the second apply does not name the holder".into());
    }
    if second.stderr().contains(" start ") || still.len() < listed.len() {
        return Err("the second apply did something".into());
    }
    first.expect(0)
}

async fn killed_here(cluster: &Cluster, before: &[Member], journal: &mut Journal) -> Outcome<()> {
    let first = Running::start(&cluster.directory, &APPLY)?;
    held(before).await?;
    kill(first.pid()).await;
    if holder(before).await.is_none() {
        return Err("the lock was gone before its holder was missed".into());
    }
    let next = Run::of(&cluster.directory, &APPLY).await?;
    journal.note(next.told());
    next.expect(0)?;
    if next.stderr().contains("Waiting up to") {
        return Err("it waited for a process that is gone".into());
    }
    Ok(())
}

async fn gone_elsewhere(
    cluster: &Cluster,
    before: &[Member],
    journal: &mut Journal,
) -> Outcome<()> {
    let mut client = client::to(&before[0].client_url()).await?;
    let lease = client.lease_grant(3, None).await?.id();
    let claim = r#"{"holder":"ann","host":"elsewhere","pid":1,"bootID":"b",
        "planID":"0123456789abcdef","startedAt":"2026-01-01T00:00:00Z"}"#;
    let options = PutOptions::new().with_lease(lease);
    client.put(KEY, claim, Some(options)).await?;
    let next = Run::of(&cluster.directory, &APPLY).await?;
    journal.note(next.told());
    next.expect(0)?;
    if !next.stderr().contains("ann on elsewhere (pid 1)") {
        return Err("it does not name the holder".into());
    }
    Ok(())
}

async fn all_replaced(
    cluster: &Cluster,
    before: &[Member],
    wanted: &[Member],
    journal: &mut Journal,
) -> Outcome<()> {
    let everybody = [before, wanted].concat();
    let apply = async { Run::of(&cluster.directory, &APPLY).await };
    let mut seen: Vec<Option<i64>> = Vec::new();
    let watch = async {
        loop {
            let lease = holder(&everybody).await;
            if seen.last() != Some(&lease) {
                seen.push(lease);
            }
            sleep(POLL).await;
        }
    };
    let applied = tokio::select! {
        applied = apply => applied?,
        () = watch => return Err("the watch ended".into()),
    };
    journal.note(applied.told());
    journal.note(format!("leases of the lock, one after the other: {seen:?}"));
    applied.expect(0)?;
    let leases: BTreeSet<_> = seen.iter().flatten().collect();
    // Absent, held, and perhaps absent: never lost in between, nor taken anew.
    if leases.len() != 1 || seen.len() > 3 {
        return Err(format!("the lock was lost on the way: {seen:?}").into());
    }
    Ok(())
}

/// Waits until somebody holds the lock.
async fn held(members: &[Member]) -> Outcome<()> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if holder(members).await.is_some() {
            return Ok(());
        }
        sleep(POLL).await;
    }
    Err("nobody took the lock".into())
}

/// The lease under which the lock is held, as the first member says that answers.
async fn holder(members: &[Member]) -> Option<i64> {
    for member in members {
        let Ok(mut client) = client::to(&member.client_url()).await else {
            continue;
        };
        if let Ok(found) = client.get(KEY, None).await {
            return found.kvs().first().map(etcd_client::KeyValue::lease);
        }
    }
    None
}
