//! A backup of a large database: as a whole process, beside etcd's own.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::bed::Outcome;
use crate::bed::cluster::Cluster;
use crate::bed::ground::Plot;
use crate::bed::topology::{Driver, Topology};
use crate::figures::{Table, median, ratio, seconds};
use crate::selection::Selection;
use crate::usage::{self, Usage};

const PROGRAM: &str = env!("CARGO_BIN_EXE_etcdplan");

/// How large the database is, in MiB.
const SIZE: usize = 500;

/// `backup` of 500 MiB, `etcdctl snapshot save`, and `status`, which holds no database.
pub(crate) async fn beside_etcdctl(selection: &Selection, plot: &Plot) -> Outcome<Table> {
    let server = selection.server.clone();
    let cluster = Cluster::lay_out(plot.directory().to_owned(), plot.net().clone(), server)?;
    let members = cluster.net.members(1..=1);
    cluster.bootstrap(&members).await?;
    cluster.fill(&members, SIZE).await?;
    Topology::new(Driver::Exec, &members, &members).write(&cluster, "topology.yaml")?;
    let folder = &cluster.directory;
    let endpoint = members[0].client_url();
    let (mut ours, mut theirs, mut statuses) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..selection.rounds(5) {
        let program = Path::new(PROGRAM);
        let backup = ["backup", "-f", "topology.yaml", "-o", "saved"];
        ours.push(usage::of(folder, program, &backup)?);
        fs::remove_dir_all(folder.join("saved"))?;
        let save = ["--endpoints", &endpoint, "snapshot", "save", "theirs.db"];
        theirs.push(usage::of(folder, Path::new("bin/etcdctl"), &save)?);
        fs::remove_file(folder.join("theirs.db"))?;
        statuses.push(usage::of(
            folder,
            program,
            &["status", "-f", "topology.yaml"],
        )?);
    }
    let mut table = Table::new(&["backup of 500 MiB", "time", "ratio", "peak memory", "ratio"]);
    let (wall, peak) = medians(&theirs).ok_or("no round was run")?;
    for (name, runs) in [
        ("etcdplan backup", &ours),
        ("etcdctl snapshot save", &theirs),
        ("etcdplan status", &statuses),
    ] {
        let (own_wall, own_peak) = medians(runs).ok_or("no round was run")?;
        let parts = own_peak * 100 / peak;
        table.row(&[
            name,
            &seconds(own_wall),
            &format!("{:.2}", ratio(own_wall, wall)),
            &format!("{}.{} MiB", own_peak / 1024, own_peak % 1024 * 10 / 1024),
            &format!("{}.{:02}", parts / 100, parts % 100),
        ]);
    }
    Ok(table)
}

/// The time, and the peak of memory in KiB.
fn medians(runs: &[Usage]) -> Option<(Duration, u64)> {
    let wall = median(runs.iter().map(|run| run.wall).collect())?;
    Some((wall, median(runs.iter().map(|run| run.peak).collect())?))
}
