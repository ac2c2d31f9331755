//! Planning: as a whole process, beside the question that people ask instead.

use std::path::Path;
use std::time::{Duration, Instant};

use etcdplan::etcd::CONNECT_TIMEOUT;

use crate::bed::Outcome;
use crate::bed::cluster::Cluster;
use crate::bed::ground::Plot;
use crate::bed::topology::{Driver, Topology};
use crate::black_hole::BlackHole;
use crate::figures::{Table, mebibytes, median, milliseconds, ratio};
use crate::selection::Selection;
use crate::usage::{self, Usage};

const PATIENCE: Duration = Duration::from_secs(30);

const PROGRAM: &str = env!("CARGO_BIN_EXE_etcdplan");

/// `plan` of a change on three members, and `etcdctl endpoint status --cluster`.
pub(crate) async fn beside_status(selection: &Selection, plot: &Plot) -> Outcome<Table> {
    let cluster = three(selection, plot).await?;
    let folder = &cluster.directory;
    let endpoint = cluster.net.member(1).client_url();
    let (mut plans, mut statuses) = (Vec::new(), Vec::new());
    for _ in 0..selection.rounds(40) {
        plans.push(plan(folder)?);
        statuses.push(usage::of(
            folder,
            Path::new("bin/etcdctl"),
            &[
                "--endpoints",
                &endpoint,
                "endpoint",
                "status",
                "--cluster",
                "-w",
                "json",
            ],
        )?);
    }
    let wall = |runs: &[Usage]| median(runs.iter().map(|run| run.wall).collect());
    let peak = |runs: &[Usage]| median(runs.iter().map(|run| run.peak).collect());
    let none = "no round was run";
    let (plan_wall, status_wall) = (wall(&plans).ok_or(none)?, wall(&statuses).ok_or(none)?);
    let (plan_peak, status_peak) = (peak(&plans).ok_or(none)?, peak(&statuses).ok_or(none)?);
    let parts = plan_peak * 100 / status_peak;
    let mut table = Table::new(&["plan on 3 members", "time", "ratio", "peak memory", "ratio"]);
    table.row(&[
        "etcdplan plan",
        &milliseconds(plan_wall),
        &format!("{:.2}", ratio(plan_wall, status_wall)),
        &mebibytes(plan_peak),
        &format!("{}.{:02}", parts / 100, parts % 100),
    ]);
    table.row(&[
        "etcdctl endpoint status --cluster -w json",
        &milliseconds(status_wall),
        "1",
        &mebibytes(status_peak),
        "1",
    ]);
    Ok(table)
}

/// `plan` where one of three members neither accepts nor refuses connections.
pub(crate) async fn beside_a_black_hole(selection: &Selection, plot: &Plot) -> Outcome<Table> {
    // The member that is cut off is to be replaced.
    let cluster = three(selection, plot).await?;
    let lost = cluster.net.member(3);
    cluster.kill(&lost).await?;
    let _client = BlackHole::at(format!("{}:2379", lost.host).parse()?).await?;
    let _peer = BlackHole::at(format!("{}:{}", lost.host, lost.peer_port).parse()?).await?;
    // Its leader takes a moment to see that it is gone.
    let begun = Instant::now();
    while plan(&cluster.directory).is_err() && begun.elapsed() < PATIENCE {}
    let mut plans = Vec::new();
    for _ in 0..selection.rounds(10) {
        plans.push(plan(&cluster.directory)?);
    }
    let wall = median(plans.iter().map(|run| run.wall).collect()).ok_or("no round was run")?;
    let mut table = Table::new(&["1 of 3 members cut off", "time", "ratio"]);
    let times = format!("{:.2}", ratio(wall, CONNECT_TIMEOUT));
    table.row(&["etcdplan plan", &milliseconds(wall), &times]);
    table.row(&["its connect timeout", &milliseconds(CONNECT_TIMEOUT), "1"]);
    Ok(table)
}

/// Three members, of which the third is to be replaced.
async fn three(selection: &Selection, plot: &Plot) -> Outcome<Cluster> {
    let server = selection.server.clone();
    let cluster = Cluster::lay_out(plot.directory().to_owned(), plot.net().clone(), server)?;
    let members = cluster.net.members(1..=3);
    cluster.bootstrap(&members).await?;
    Topology::new(Driver::Exec, &members, &cluster.net.members([1, 2, 4]))
        .write(&cluster, "topology.yaml")?;
    Ok(cluster)
}

fn plan(folder: &Path) -> Outcome<Usage> {
    usage::of(folder, Path::new(PROGRAM), &["plan", "-f", "topology.yaml"])
}
