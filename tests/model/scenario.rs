//! What is live, what is wanted, and what may go wrong on the way.

use etcdplan::observation::Observation;
use etcdplan::safety::Outage;
use etcdplan::topology::{Backup, Topology};

use crate::budget::Budget;
use crate::look::VERSION;
use crate::notation;
use crate::place::{Name, Place, client};
use crate::world::{Entry, Machine, Process, World};

/// How a run that ended is followed by the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// `apply -f FILE`: planned anew.
    Planned,
    /// `apply PLAN`: the same plan, until somebody plans anew.
    Saved,
}

/// One cluster and one topology.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// In the notation of `tests/testdata`.
    pub(crate) live: &'static str,
    pub(crate) wanted: &'static str,
    pub(crate) outage: Outage,
    pub(crate) again: Again,
    /// Whether a backup is made before anything else.
    pub(crate) backup: Backup,
    /// What may go wrong, unless `ETCDPLAN_MODEL_DEPTH` says.
    pub(crate) budget: Budget,
}

const fn scenario(name: &'static str, live: &'static str, wanted: &'static str) -> Scenario {
    Scenario {
        name,
        live,
        wanted,
        outage: Outage::Refused,
        again: Again::Planned,
        backup: Backup::None,
        budget: Budget::of(1),
    }
}

const fn with_outage(name: &'static str, live: &'static str, wanted: &'static str) -> Scenario {
    Scenario {
        outage: Outage::Allowed,
        ..scenario(name, live, wanted)
    }
}

const fn saved(name: &'static str, live: &'static str, wanted: &'static str) -> Scenario {
    Scenario {
        again: Again::Saved,
        ..scenario(name, live, wanted)
    }
}

const fn with_backup(name: &'static str, live: &'static str, wanted: &'static str) -> Scenario {
    Scenario {
        backup: Backup::BeforeApply,
        ..saved(name, live, wanted)
    }
}

/// Every scenario.
pub(crate) const ALL: &[Scenario] = &[
    scenario("grow 1 to 2", "voters=(m1*)", "m1 m2"),
    scenario("grow 1 to 3", "voters=(m1*)", "m1 m2 m3"),
    scenario("grow 3 to 5", "voters=(m1* m2 m3)", "m1 m2 m3 m4 m5"),
    scenario("shrink 3 to 1", "voters=(m1 m2* m3)", "m1"),
    scenario("shrink 5 to 3", "voters=(m1* m2 m3 m4 m5)", "m3 m4 m5"),
    scenario("shrink 2 to 1", "voters=(m1* m2)", "m2"),
    scenario("replace", "voters=(m1* m2 m3)", "m1 m2 m4"),
    scenario("replace the leader", "voters=(m1* m2 m3)", "m2 m3 m4"),
    scenario("replace the only one", "voters=(m1*)", "m2"),
    scenario("replace one of two", "voters=(m1* m2)", "m2 m3"),
    // A third of all states with the rest.
    Scenario {
        budget: Budget {
            hosts: 0,
            foreign: 0,
            ..Budget::of(1)
        },
        ..scenario("replace all of three", "voters=(m1* m2 m3)", "m4 m5 m6")
    },
    scenario(
        "replace, same name",
        "voters=(m1* m2 m3)",
        "m1 m2 m3@13/discard",
    ),
    scenario(
        "replace the leader, same name",
        "voters=(m1* m2 m3)",
        "m1@11/discard m2 m3",
    ),
    scenario("replace a dead one", "voters=(m1* m2 m3!)", "m1 m2 m4"),
    scenario(
        "replace a dead one, same name",
        "voters=(m1* m2 m3!)",
        "m1 m2 m3@13/discard",
    ),
    scenario(
        "replace a dead one of five",
        "voters=(m1* m2 m3 m4 m5!)",
        "m1 m2 m3 m4 m6",
    ),
    scenario(
        "replace two dead ones of five",
        "voters=(m1* m2 m3 m4! m5!)",
        "m1 m2 m3 m6 m7",
    ),
    with_outage("move the only one", "voters=(m1*)", "m1@11/copy"),
    with_outage("move one of two", "voters=(m1* m2)", "m1@11/copy m2"),
    scenario(
        "move one of three",
        "voters=(m1* m2 m3)",
        "m1 m2@12/copy m3",
    ),
    scenario(
        "move the leader of three",
        "voters=(m1* m2 m3)",
        "m1@11/copy m2 m3",
    ),
    scenario("move a dead one", "voters=(m1* m2 m3!)", "m1 m2 m3@13/copy"),
    scenario("readdress", "voters=(m1* m2 m3)", "m1 m2:2390 m3"),
    scenario(
        "readdress the leader",
        "voters=(m1* m2 m3)",
        "m1:2390 m2 m3",
    ),
    scenario(
        "readdress in place",
        "voters=(m1* m2 m3)",
        "m1 m2@42/inPlace m3",
    ),
    with_outage("readdress the only one", "voters=(m1*)", "m1:2390"),
    scenario("rename", "voters=(m1* m2 m3)", "m1 r2@2 m3"),
    scenario("rename all", "voters=(m1* m2 m3)", "r1@1 r2@2 r3@3"),
    with_outage("rename the only one", "voters=(m1*)", "r1@1"),
    scenario("demote", "voters=(m1* m2 m3 m4)", "m1 m2 m3 m4/learner"),
    scenario(
        "finish a learner",
        "voters=(m1* m2 m3) learners=(m4)",
        "m1 m2 m3 m4",
    ),
    scenario(
        "finish what never started",
        "voters=(m1* m2 m3) learners=(m4?)",
        "m1 m2 m3 m4",
    ),
    scenario("finish a voter", "voters=(m1* m2 m3 m4?)", "m1 m2 m3 m4"),
    scenario(
        "drop a learner",
        "voters=(m1* m2 m3) learners=(m4)",
        "m1 m2 m3",
    ),
    scenario("mixed", "voters=(m1* m2 m3)", "m2 r3@3 m4"),
    scenario(
        "mixed, with a dead one",
        "voters=(m1* m2 m3 m4! m5)",
        "m1 m2:2390 m3 m6",
    ),
    saved("saved: grow 1 to 3", "voters=(m1*)", "m1 m2 m3"),
    saved(
        "saved: replace the leader",
        "voters=(m1* m2 m3)",
        "m2 m3 m4",
    ),
    saved(
        "saved: replace, same name",
        "voters=(m1* m2 m3)",
        "m1 m2 m3@13/discard",
    ),
    saved(
        "saved: move the leader",
        "voters=(m1* m2 m3)",
        "m1@11/copy m2 m3",
    ),
    saved("saved: readdress", "voters=(m1* m2 m3)", "m1 m2:2390 m3"),
    saved(
        "saved: demote",
        "voters=(m1* m2 m3 m4)",
        "m1 m2 m3 m4/learner",
    ),
    with_backup("backup: replace", "voters=(m1* m2 m3)", "m1 m2 m4"),
    with_backup("backup: move one", "voters=(m1* m2 m3)", "m1 m2@12/copy m3"),
];

impl Scenario {
    pub(crate) fn topology(&self) -> Topology {
        let mut wanted = notation::wanted(self.wanted);
        wanted.policy.backup = self.backup;
        wanted.policy.backup_dir = Some("backups".to_owned());
        wanted
    }

    /// The world as it is live: a dead member has its data, and does not come back by itself.
    pub(crate) fn world(&self) -> World {
        let live = notation::live(self.live, VERSION);
        let mut world = World {
            members: entries(&live),
            leader: live.leader,
            machines: std::iter::empty().collect(),
            born: 0,
            flight: None,
        };
        for member in &live.members {
            let Some(name) = member.name.as_ref() else {
                continue;
            };
            let place = Place::of(&member.peer_urls);
            let process = Process {
                id: member.id,
                name: Name::of(name),
                listens: place,
                client: client(&member.client_urls),
                behind: false,
                frozen: false,
                cut: false,
            };
            let machine = Machine {
                data: Some(member.id),
                process: member.status().map(|_| process),
                crashed: None,
            };
            world.machines.insert(place.host, machine);
        }
        world.settle();
        world
    }
}

fn entries(live: &Observation) -> Vec<Entry> {
    let entries = live.members.iter().map(|member| Entry {
        id: member.id,
        name: member.name.as_ref().map(Name::of),
        place: Place::of(&member.peer_urls),
        client: client(&member.client_urls),
        votes: member.role == etcdplan::member::Role::Voter,
        starts: 0,
    });
    entries.collect()
}

/// Whether the world is as wanted, judged without the planner: who is listed, where, and as what, and that
/// every member runs there.
pub(crate) fn is_reached(topology: &Topology, world: &World) -> bool {
    let is_there = |spec: &etcdplan::topology::MemberSpec| {
        world.members.iter().any(|entry| {
            entry.place == Place::of(&spec.peer_urls)
                && entry.name == Some(Name::of(&spec.name))
                && entry.client == client(&spec.client_urls)
                && World::role(entry) == spec.role
                && world.serves(entry.id)
                && world.is_reachable(entry.id)
        })
    };
    world.members.len() == topology.members.len() && topology.members.iter().all(is_there)
}
