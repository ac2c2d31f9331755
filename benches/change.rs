//! Changing a cluster under load: by etcdplan, by a program that does only the
//! same, and by hand.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::bed::Outcome;
use crate::bed::cluster::Cluster;
use crate::bed::ground::Ground;
use crate::bed::member::{Member, Net};
use crate::bed::program::Run;
use crate::bed::topology::{Driver, Topology};
use crate::bed::writers::{self, Pace, Writers};
use crate::figures::{Table, median, ratio, seconds};
use crate::selection::Selection;
use crate::{by_hand, straight};

/// A change of members; the first of those before leads.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    before: &'static [u8],
    wanted: &'static [u8],
}

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "1-to-3",
        before: &[1],
        wanted: &[1, 2, 3],
    },
    Scenario {
        name: "3-to-5",
        before: &[1, 2, 3],
        wanted: &[1, 2, 3, 4, 5],
    },
    Scenario {
        name: "replace-leader",
        before: &[1, 2, 3],
        wanted: &[2, 3, 4],
    },
    Scenario {
        name: "replace-all",
        before: &[1, 2, 3],
        wanted: &[4, 5, 6],
    },
];

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

    let writers = Writers::start(&change.endpoints(), Pace::Steady).await?;
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

/// A scenario on a network.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) before: Vec<Member>,
    pub(crate) wanted: Vec<Member>,
}

impl Change {
    fn of(scenario: &Scenario, net: &Net) -> Self {
        let members = |numbers: &[u8]| net.members(numbers.iter().copied());
        Self {
            before: members(scenario.before),
            wanted: members(scenario.wanted),
        }
    }

    /// Those that come.
    pub(crate) fn added(&self) -> Vec<Member> {
        let is_new = |member: &&Member| !self.before.contains(member);
        self.wanted.iter().filter(is_new).cloned().collect()
    }

    /// Those that go.
    pub(crate) fn removed(&self) -> Vec<Member> {
        let goes = |member: &&Member| !self.wanted.contains(member);
        self.before.iter().filter(goes).cloned().collect()
    }

    /// A member, as of now or as wanted.
    pub(crate) fn member(&self, name: &str) -> Outcome<&Member> {
        let mut all = self.before.iter().chain(&self.wanted);
        let found = all.find(|member| member.name == name);
        found.ok_or_else(|| format!("no member is called {name}").into())
    }

    fn endpoints(&self) -> Vec<String> {
        let added = self.added();
        let all = self.before.iter().chain(&added);
        all.map(Member::client_url).collect()
    }
}
