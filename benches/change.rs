//! Changing a cluster under load: by etcdplan, by a program that does only the
//! same, and by hand.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::bed::Outcome;
use crate::bed::cluster::Cluster;
use crate::bed::ground::Ground;
use crate::bed::program::Run;
use crate::bed::topology::{Driver, Topology};
use crate::bed::writers::{self, Pace, Writers};
use crate::figures::{Table, median, ratio, seconds};
use crate::scenario::{Change, Scenario};
use crate::selection::Selection;
use crate::{by_hand, straight};

/// Who changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Etcdplan,
    Straight,
    ByHand,
}

/// How long it took, and the longest time without an acknowledged write.
#[derive(Clone, Copy, Debug)]
struct Figures {
    wall: Duration,
    stall: Duration,
}

/// Measures a scenario in all three ways.
pub(crate) async fn run(
    selection: &Selection,
    ground: &Ground,
    scenario: &Scenario,
) -> Outcome<Table> {
    const WAYS: [Way; 3] = [Way::Etcdplan, Way::Straight, Way::ByHand];
    let mut runs: Vec<(Way, Figures)> = Vec::new();
    for _ in 0..selection.rounds(3) {
        for way in WAYS {
            let figures = attempt(selection, ground, scenario, way).await;
            let figures =
                figures.map_err(|error| format!("{}, {way:?}: {error}", scenario.name))?;
            runs.push((way, figures));
        }
    }
    let of = |way: Way, part: fn(&Figures) -> Duration| {
        let mine = runs.iter().filter(|(other, _)| *other == way);
        median(mine.map(|(_, figures)| part(figures)).collect()).ok_or("no round was run")
    };
    let mut table = Table::new(&[
        scenario.name,
        "wall",
        "ratio",
        "longest without a write",
        "ratio",
    ]);
    let wall = of(Way::Etcdplan, |figures| figures.wall)?;
    let stall = of(Way::Etcdplan, |figures| figures.stall)?;
    for way in WAYS {
        let (other, halt) = (of(way, |f| f.wall)?, of(way, |f| f.stall)?);
        table.row(&[
            way.name(),
            &seconds(other),
            &format!("{:.2}", ratio(wall, other)),
            &seconds(halt),
            &format!("{:.2}", ratio(stall, halt)),
        ]);
    }
    Ok(table)
}

impl Way {
    fn name(self) -> &'static str {
        match self {
            Self::Etcdplan => "etcdplan apply",
            Self::Straight => "the same calls, polling every 10 ms",
            Self::ByHand => "by hand, as etcd's documentation says",
        }
    }
}

/// Changes a cluster of its own.
async fn attempt(
    selection: &Selection,
    ground: &Ground,
    scenario: &Scenario,
    way: Way,
) -> Outcome<Figures> {
    let plot = ground.plot()?;
    let server = selection.server.clone();
    let cluster = Cluster::lay_out(plot.directory().to_owned(), plot.net().clone(), server)?;
    let change = Change::of(scenario, &cluster.net);
    cluster.bootstrap(&change.before).await?;
    let leader = change.before.first().ok_or("no member")?;
    cluster.crown(&change.before, leader).await?;
    Topology::new(Driver::Exec, &change.before, &change.wanted).write(&cluster, "topology.yaml")?;
    let plan = ["plan", "-f", "topology.yaml", "--format", "json"];
    let plan = Run::of(&cluster.directory, &plan).await?;
    plan.expect(0)?;
    let plan: Value = serde_json::from_str(&plan.stdout())?;
    // etcd takes no new member before its voters have been connected for 5 s: that wait is nobody's.
    tokio::time::sleep(Duration::from_secs(6)).await;

    let writers = Writers::start(&change.endpoints(), Pace::Dense).await?;
    let begun = Instant::now();
    let changed = match way {
        Way::Etcdplan => apply(&cluster).await,
        Way::Straight => straight::perform(&cluster, &change, &plan).await,
        Way::ByHand => by_hand::perform(&cluster, &change).await,
    };
    let ended = Instant::now();
    let written = writers.finish().await;
    changed?;
    cluster.settle(&change.wanted).await?;
    let (_, stall) = writers::within(&written, begun, ended);
    let wall = ended - begun;
    Ok(Figures { wall, stall })
}

async fn apply(cluster: &Cluster) -> Outcome<()> {
    let arguments = ["apply", "-f", "topology.yaml", "--yes"];
    Run::of(&cluster.directory, &arguments).await?.expect(0)
}
