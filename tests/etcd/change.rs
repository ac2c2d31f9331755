//! One cell of the matrix: a cluster is changed by etcdplan while writers write.

use std::fmt;
use std::fs;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::bed::cluster::{Cluster, Leadership};
use crate::bed::member::{Member, Role};
use crate::bed::program::Run;
use crate::bed::topology::{Driver, Topology};
use crate::bed::writers::{self, Pace, Writers, Written};
use crate::bed::{Outcome, ledger};
use crate::cases::{Case, Outage, Preparation};
use crate::report::{Journal, Report};

/// Writes that must be acknowledged between the first and the last step.
const WRITES: usize = 200;

/// Up to so many steps writers press as hard as they can.
const FEW_STEPS: usize = 4;

/// What a removed member says that is asked for its status before it has ended.
const ASKED_AFTER_REMOVAL: &str = "failed to find local ID in cluster members";

/// Performs one case and checks everything that the matrix promises of it.
pub async fn run(
    cluster: &Cluster,
    case: &Case,
    driver: Driver,
    journal: &mut Journal,
) -> Outcome<Report> {
    prepare(cluster, case, driver, journal).await?;
    let live = survivors(case);
    let stays = witness(case);
    // In an outage the writes that are counted are those beside it, and there must be time for them.
    let lingers = (case.outage == Outage::Allowed).then(|| ("DRIVER_LINGERS", "4".to_owned()));
    let topology = Topology {
        env: lingers.into_iter().collect(),
        ..Topology::new(driver, &case.before, &case.wanted)
    };
    topology.write(cluster, "topology.yaml")?;
    let flags: &[&str] = if case.outage == Outage::Allowed {
        &["--allow-outage"]
    } else {
        &[]
    };
    let etcdplan = async |verb: &[&str], journal: &mut Journal| -> Outcome<Run> {
        let arguments = [verb, &["-f", "topology.yaml"], flags].concat();
        let run = Run::of(&cluster.directory, &arguments).await?;
        journal.note(run.told());
        Ok(run)
    };

    etcdplan(&["plan", "--detailed-exitcode"], journal)
        .await?
        .expect(2)?;
    let plan = Run::of(
        &cluster.directory,
        &[&["plan", "-f", "topology.yaml", "--format", "json"], flags].concat(),
    )
    .await?;
    let planned = planned(&plan.stdout())?;
    same_from_recording(cluster, flags, &plan.stdout(), journal).await?;

    let before = cluster.leadership(stays).await?;
    let writers = Writers::start(&endpoints(case), pace(case, &planned)).await?;
    let applied = etcdplan(&["apply", "--yes"], journal).await;
    let written = writers.finish().await;
    let applied = applied?;
    applied.expect(0)?;

    cluster.settle(&case.wanted).await?;
    let after = cluster.leadership(witness_after(case)).await?;
    same_members(cluster, case).await?;
    no_stranger_runs(cluster, case).await?;
    if cluster.has_logged(ASKED_AFTER_REMOVAL) {
        return Err("a removed member was asked for its status, and panicked".into());
    }
    for member in &case.wanted {
        ledger::check(&member.endpoint(), &written).await?;
    }
    let (count, gap) = enough(&applied, &written)?;
    let transfers = planned.iter().filter(|kind| *kind == "moveLeader");
    let transfers = u64::try_from(transfers.count())?;
    elections(case, &live, transfers, before, after)?;

    let again = etcdplan(&["plan", "--detailed-exitcode"], journal).await?;
    again.expect(0)?;
    if !again
        .stdout()
        .lines()
        .any(|line| line.starts_with("No changes."))
    {
        return Err("the second plan does not say `No changes.`".into());
    }
    Ok(Report {
        gap: Some(gap),
        writes: Some(count),
        ..Report::of(applied.ended - applied.begun)
    })
}

/// How many writes were acknowledged during the steps, which must be enough, and the longest time without any.
pub fn enough(applied: &Run, written: &[Written]) -> Outcome<(usize, Duration)> {
    let (from, to) = applied.steps()?;
    let (count, gap) = writers::within(written, from, to);
    if count < WRITES {
        return Err(TooFew { count, gap }.into());
    }
    Ok((count, gap))
}

/// That a change was over before enough was written: the servers had little of the processor.
#[derive(Debug)]
pub struct TooFew {
    count: usize,
    gap: Duration,
}

impl fmt::Display for TooFew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, gap } = self;
        write!(
            f,
            "{count} writes were acknowledged during the steps instead of {WRITES}; longest gap {gap:?}"
        )
    }
}

impl std::error::Error for TooFew {}

/// The plan on a recording is the plan on the cluster.
async fn same_from_recording(
    cluster: &Cluster,
    flags: &[&str],
    plan: &str,
    journal: &mut Journal,
) -> Outcome<()> {
    let live = Run::of(&cluster.directory, &["observe", "-f", "topology.yaml"]).await?;
    journal.note(live.told());
    live.expect(0)?;
    fs::write(cluster.directory.join("live.json"), live.stdout())?;
    let offline = [
        "plan",
        "-f",
        "topology.yaml",
        "--live",
        "live.json",
        "--format",
        "json",
    ];
    let offline = Run::of(&cluster.directory, &[&offline, flags].concat()).await?;
    // The two looks were taken one after the other.
    let timeless = |plan: &str| -> Vec<String> {
        let lines = plan.lines().filter(|line| !line.contains("\"createdAt\":"));
        lines.map(str::to_owned).collect()
    };
    let (one, other) = (timeless(plan), timeless(&offline.stdout()));
    if one != other {
        return Err(format!("from the recording it is another plan:\n{one:#?}\n{other:#?}").into());
    }
    Ok(())
}

/// Brings the cluster to where the case begins.
pub async fn prepare(
    cluster: &Cluster,
    case: &Case,
    driver: Driver,
    journal: &mut Journal,
) -> Outcome<()> {
    match driver {
        Driver::Exec | Driver::Watched | Driver::Hooked => cluster.bootstrap(&case.before).await?,
        Driver::Process => sandbox(cluster, case, journal).await?,
    }
    cluster.crown(&case.before, &case.leader).await?;
    for preparation in &case.prepared {
        match preparation {
            Preparation::Killed(member) => cluster.kill(member).await?,
            Preparation::Registered(learner) => cluster.register(&case.leader, learner).await?,
            Preparation::Joined(learner) => {
                cluster.register(&case.leader, learner).await?;
                cluster.join(&case.before, learner).await?;
            }
            Preparation::Filled(mebibytes) => cluster.fill(&case.before, *mebibytes).await?,
        }
    }
    cluster.settle(&survivors(case)).await
}

/// A sandbox: what the `process` driver goes on from.
async fn sandbox(cluster: &Cluster, case: &Case, journal: &mut Journal) -> Outcome<()> {
    let count = case.before.len().to_string();
    let first = cluster.net.host(1);
    let arguments = [
        "sandbox",
        "up",
        "--dir",
        "sandbox",
        "--members",
        &count,
        "--first-address",
        &first,
        "--etcd",
        "bin/etcd",
    ];
    let up = Run::of(&cluster.directory, &arguments).await?;
    journal.note(up.told());
    up.expect(0)?;
    cluster.settle(&case.before).await
}

/// Those of the first members that still run when the plan is made.
pub fn survivors(case: &Case) -> Vec<Member> {
    let dead = |member: &Member| {
        case.prepared
            .iter()
            .any(|preparation| matches!(preparation, Preparation::Killed(dead) if dead == member))
    };
    case.before
        .iter()
        .filter(|member| !dead(member))
        .cloned()
        .collect()
}

/// A voter to ask before the change.
fn witness(case: &Case) -> &Member {
    &case.leader
}

/// A voter to ask after the change.
fn witness_after(case: &Case) -> &Member {
    case.wanted
        .iter()
        .find(|member| member.role == Role::Voter)
        .expect("a cluster has a voter")
}

/// Where clients may write: all addresses, old and new.
pub fn endpoints(case: &Case) -> Vec<String> {
    let mut all: Vec<String> = case
        .before
        .iter()
        .chain(&case.wanted)
        .map(Member::endpoint)
        .collect();
    all.sort();
    all.dedup();
    all
}

/// How hard the writers press: a plan of a few steps, or one that adds nobody, is over in half a second, and an outage
/// leaves only moments.
fn pace(case: &Case, kinds: &[String]) -> Pace {
    let is_short = kinds.len() <= FEW_STEPS || !kinds.iter().any(|kind| kind == "addLearner");
    if is_short || case.outage == Outage::Allowed {
        Pace::Dense
    } else {
        Pace::Steady
    }
}

/// The kinds of a plan's steps.
pub fn planned(plan: &str) -> Outcome<Vec<String>> {
    let plan: serde_json::Value =
        serde_json::from_str(plan).map_err(|error| format!("plan --format json: {error}"))?;
    let steps = plan["steps"].as_array();
    let steps = steps.ok_or("the plan's JSON has no steps")?.iter();
    let kinds = steps.filter_map(|step| Some(step["kind"].as_str()?.to_owned()));
    Ok(kinds.collect())
}

/// The member list is exactly the wanted one, on every voter.
pub async fn same_members(cluster: &Cluster, case: &Case) -> Outcome<()> {
    let mut wanted: Vec<_> = case
        .wanted
        .iter()
        .map(|m| {
            (
                m.name.clone(),
                vec![m.peer_url()],
                vec![m.client_url()],
                m.role == Role::Learner,
            )
        })
        .collect();
    wanted.sort();
    for voter in case
        .wanted
        .iter()
        .filter(|member| member.role == Role::Voter)
    {
        let listed = cluster.listed(voter).await?.into_iter();
        let listed: Vec<_> = listed
            .map(|m| (m.name, m.peer_urls, m.client_urls, m.learner))
            .collect();
        if listed != wanted {
            return Err(format!("{} lists {listed:?} instead of {wanted:?}", voter.name).into());
        }
    }
    Ok(())
}

/// One process a member, and nobody at an address that was left.
pub async fn no_stranger_runs(cluster: &Cluster, case: &Case) -> Outcome<()> {
    let wanted = case.wanted.len();
    let begun = Instant::now();
    while cluster.processes() != wanted {
        // A process that ends is still there for a moment.
        if begun.elapsed() > Duration::from_secs(1) {
            return Err(format!(
                "{} etcd processes run for {wanted} members",
                cluster.processes()
            )
            .into());
        }
        sleep(Duration::from_millis(50)).await;
    }
    for left in case
        .before
        .iter()
        .filter(|old| case.wanted.iter().all(|new| new.host != old.host))
    {
        for port in [2379, left.peer_port] {
            if TcpStream::connect((left.host.as_str(), port)).is_ok() {
                return Err(format!("{} still listens on {}:{port}", left.name, left.host).into());
            }
        }
    }
    Ok(())
}

/// Each transfer is one election and one term. Where the cluster lost quorum on purpose the
/// members elect as often as they must, and only an only voter's leadership is known before.
fn elections(
    case: &Case,
    live: &[Member],
    planned: u64,
    before: Leadership,
    after: Leadership,
) -> Outcome<()> {
    if case.outage == Outage::Allowed {
        if live.len() == 1 && before.leader != after.leader {
            return Err(format!(
                "the only voter was {:x} and is {:x}",
                before.leader, after.leader
            )
            .into());
        }
        return Ok(());
    }
    let held = after.term - before.term;
    if held != planned {
        return Err(format!("{held} elections were held, and {planned} transfers planned").into());
    }
    Ok(())
}
