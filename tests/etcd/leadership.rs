//! Leadership is moved by hand where etcdplan does not expect it: between plan
//! and apply, and during apply. No member is removed, stopped, or restarted
//! while it leads.

use std::fs;
use std::time::Duration;

use tokio::time::sleep;

use crate::bed::cluster::Cluster;
use crate::bed::member::{Member, Net};
use crate::bed::program::Run;
use crate::bed::topology::{Driver, Topology};
use crate::bed::{Outcome, client};
use crate::report::{Journal, Report};

/// A change, and who makes leadership wander.
#[derive(Clone, Debug)]
pub struct Wandering {
    before: Vec<Member>,
    wanted: Vec<Member>,
    /// Leads when the plan is made, and when apply starts.
    leaders: [Member; 2],
    /// The member that the poll asks: it stays, and does not restart last.
    witness: Member,
}

/// A name for the command line, and what makes the case on a network.
pub type Named = (&'static str, fn(&Net) -> Wandering);

/// What a server is asked in a run that is not complete.
pub const BRIEF: &str = "leader-moved-restart";

pub const CASES: &[Named] = &[
    // The driver hands leadership to the next victim after each action, so each trial is also "during".
    ("leader-moved-remove", |net| Wandering {
        before: net.members(1..=5),
        wanted: net.members(1..=2),
        leaders: [net.member(1), net.member(5)],
        witness: net.member(1),
    }),
    ("leader-moved-replace", |net| Wandering {
        before: net.members(1..=3),
        wanted: net.members([1, 4, 5]),
        leaders: [net.member(1), net.member(2)],
        witness: net.member(1),
    }),
    ("leader-moved-restart", |net| Wandering {
        before: net.members(1..=3),
        wanted: net
            .members(1..=3)
            .into_iter()
            .map(|member| member.peer_port(2390))
            .collect(),
        leaders: [net.member(1), net.member(3)],
        witness: net.member(1),
    }),
    ("leader-moved-move", |net| Wandering {
        before: net.members(1..=3),
        wanted: (1..=3)
            .map(|n| net.member(n).moved(net.host(n + 10), Some("copy")))
            .collect(),
        leaders: [net.member(1), net.member(2)],
        witness: net.member(1),
    }),
];

/// Plans, moves leadership, applies while the driver moves it on, and watches.
pub async fn run(cluster: &Cluster, case: &Wandering, journal: &mut Journal) -> Outcome<Report> {
    let [planned, surprise] = &case.leaders;
    cluster.bootstrap(&case.before).await?;
    cluster.crown(&case.before, planned).await?;
    let topology = Topology::new(Driver::Watched, &case.before, &case.wanted);
    topology.write(cluster, "topology.yaml")?;
    let arguments = [
        "plan",
        "-f",
        "topology.yaml",
        "--format",
        "json",
        "-o",
        "plan.json",
    ];
    let plan = Run::of(&cluster.directory, &arguments).await?;
    plan.expect(0)?;
    fs::write(
        cluster.directory.join("victims"),
        victims(&plan.stdout(), case)?,
    )?;
    let everyone: Vec<String> = case
        .before
        .iter()
        .chain(&case.wanted)
        .map(Member::client_url)
        .collect();
    fs::write(
        cluster.directory.join("everyone"),
        everyone.join("\n") + "\n",
    )?;
    fs::write(cluster.directory.join("touched"), "")?;

    cluster.crown(&case.before, surprise).await?;
    let arguments = ["apply", "plan.json", "--yes"];
    let apply = async { Run::of(&cluster.directory, &arguments).await };
    let applied = tokio::select! {
        applied = apply => applied?,
        problem = leaderless(cluster, &case.witness) => return Err(problem.into()),
    };
    let watched = fs::read_to_string(cluster.directory.join("watched.log")).unwrap_or_default();
    journal.note(applied.told());
    journal.note(&watched);
    applied.expect(0)?;
    cluster.settle(&case.wanted).await?;

    if let Some(line) = watched.lines().find(|line| line.ends_with(" leader")) {
        return Err(format!("a member was touched while it led: {line}").into());
    }
    if !watched.contains("Leadership transferred") {
        return Err("leadership was never moved during apply: nothing was tested".into());
    }
    Ok(Report::of(applied.ended - applied.begun))
}

/// The members that will be removed, stopped or restarted, in the plan's order, by their present client URLs.
fn victims(plan: &str, case: &Wandering) -> Outcome<String> {
    let plan: serde_json::Value = serde_json::from_str(plan)?;
    let steps = plan["steps"]
        .as_array()
        .ok_or("the plan's JSON has no steps")?;
    let mut victims: Vec<String> = Vec::new();
    for step in steps {
        let touches = matches!(step["kind"].as_str(), Some("remove" | "stop" | "restart"));
        let member = case
            .before
            .iter()
            .find(|member| step["member"] == member.name);
        if let (true, Some(member)) = (touches, member) {
            let url = member.client_url();
            if !victims.contains(&url) {
                victims.push(url);
            }
        }
    }
    Ok(victims.join("\n") + "\n")
}

/// Ends with a description when the witness follows a leader that is no member any more.
async fn leaderless(cluster: &Cluster, witness: &Member) -> String {
    loop {
        sleep(Duration::from_millis(10)).await;
        // Followed before and after the list was read, so that a leader who left in between is not blamed.
        let Ok(status) = client::status(&witness.client_url()).await else {
            continue;
        };
        let Ok(listed) = cluster.listed_locally(witness).await else {
            continue;
        };
        let Ok(again) = client::status(&witness.client_url()).await else {
            continue;
        };
        let (leader, same) = (status.leader(), status.leader() == again.leader());
        if same && leader != 0 && listed.iter().all(|member| member.id != leader) {
            return format!("{leader:x} was removed while it led");
        }
    }
}
