//! What each command needs to be allowed, on a cluster with users.

use serde_json::Value;

use crate::bed::Outcome;
use crate::bed::cluster::Cluster;
use crate::bed::program::Run;
use crate::bed::server::Server;
use crate::mode::{PASSWORD, PLAIN_WITH_PASSWORD, ROOT, Users};
use crate::stage::Stage;

/// Nobody who has logged in; a user without any role; one who may read and write the lock's key
/// and nothing else; and etcd's root.
const WHO: [&str; 4] = ["", "plain", "locker", ROOT];

/// A command, and what each of them gets: nothing where it is allowed, else the code.
struct Row {
    what: &'static str,
    command: &'static [&'static str],
    /// Up to 3.5.27 and 3.6.8, where everybody may ask for the status and move leadership.
    earlier: [&'static str; 4],
    later: [&'static str; 4],
}

/// Stands for the name of a member in a command.
const FOLLOWER: &str = "FOLLOWER";
const LEADER: &str = "LEADER";

const TABLE: &[Row] = &[
    Row {
        what: "status",
        command: &["status", "-f", "same.yaml"],
        earlier: ["", "", "", ""],
        later: ["E0407", "", "", ""],
    },
    Row {
        what: "observe",
        command: &["observe", "-f", "same.yaml"],
        earlier: ["", "", "", ""],
        later: ["E0407", "", "", ""],
    },
    Row {
        what: "plan",
        command: &["plan", "-f", "grow.yaml"],
        earlier: ["", "", "", ""],
        later: ["E0407", "", "", ""],
    },
    Row {
        what: "apply, restart a follower",
        command: &["apply", "--yes", "-f", "same.yaml", "--restart", FOLLOWER],
        earlier: ["E0442", "E0442", "", ""],
        later: ["E0407", "E0442", "", ""],
    },
    Row {
        what: "apply without the lock, restart a follower",
        command: &[
            "apply",
            "--yes",
            "-f",
            "same.yaml",
            "--restart",
            FOLLOWER,
            "--lock",
            "none",
        ],
        earlier: ["", "", "", ""],
        later: ["E0407", "", "", ""],
    },
    Row {
        what: "apply without the lock, restart the leader",
        command: &[
            "apply",
            "--yes",
            "-f",
            "same.yaml",
            "--restart",
            LEADER,
            "--lock",
            "none",
        ],
        earlier: ["", "", "", ""],
        later: ["E0407", "E0434", "E0434", ""],
    },
    Row {
        what: "apply, add a member",
        command: &["apply", "--yes", "-f", "grow.yaml"],
        earlier: ["E0442", "E0442", "E0434", ""],
        later: ["E0407", "E0442", "E0434", ""],
    },
    Row {
        what: "apply without the lock, add another member",
        command: &["apply", "--yes", "-f", "grow-more.yaml", "--lock", "none"],
        earlier: ["E0434", "E0434", "E0434", ""],
        later: ["E0407", "E0434", "E0434", ""],
    },
];

pub(crate) async fn play(cluster: &Cluster) -> Outcome<()> {
    let mut stage = Stage::set(cluster, PLAIN_WITH_PASSWORD, Vec::new()).await?;
    for command in [
        ["user", "add", &format!("plain:{PASSWORD}")].as_slice(),
        &["user", "add", &format!("locker:{PASSWORD}")],
        &["role", "add", "lock"],
        &[
            "role",
            "grant-permission",
            "lock",
            "readwrite",
            "etcdplan/lock",
        ],
        &["user", "grant-role", "locker", "lock"],
    ] {
        stage.etcdctl(command).await?;
    }
    let mut wanted = stage.members.clone();
    for (file, more) in [
        ("same.yaml", None),
        ("grow.yaml", Some(4)),
        ("grow-more.yaml", Some(5)),
    ] {
        wanted.extend(more.map(|number| stage.member(number)));
        stage.wanting(&wanted, Users::None).write(cluster, file)?;
    }
    let mut problems = plans(&stage).await?;
    for (index, who) in WHO.iter().enumerate() {
        for row in TABLE {
            let expected = row.expected(&cluster.server)[index];
            let before = stage.listed().await?;
            let run = run(&stage, who, row.command).await?;
            let after = stage.listed().await?;
            if !is_as(&run, expected) {
                let user = if who.is_empty() { "nobody" } else { who };
                problems.push(format!(
                    "{} by {user}, not {expected:?}:\n{}",
                    row.what,
                    run.told()
                ));
            }
            if run.code != Some(0) && after != before {
                problems.push(format!("{}: {before:?} became {after:?}", row.what));
            }
        }
    }
    stage.members = wanted;
    let listed = stage.listed().await?;
    if listed.len() != stage.members.len() {
        problems.push(format!("at the end, listed are {listed:?}"));
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(problems.join("\n").into())
}

/// Whoever may plan gets the same plan.
async fn plans(stage: &Stage<'_>) -> Outcome<Vec<String>> {
    let mut problems = Vec::new();
    let mut plans: Vec<Value> = Vec::new();
    for who in WHO {
        let run = run(stage, who, &["plan", "-f", "grow.yaml", "--format", "json"]).await?;
        if run.code == Some(0) {
            let plan: Value = serde_json::from_str(&run.stdout())?;
            plans.push(
                ["base", "changes", "steps", "refusals"]
                    .iter()
                    .map(|part| plan[part].clone())
                    .collect(),
            );
        }
    }
    if plans.len() < WHO.len() - 1 {
        problems.push(format!("only {} could plan", plans.len()));
    }
    if let Some(other) = plans.windows(2).find(|two| two[0] != two[1]) {
        problems.push(format!("the plan depends on who asks for it: {other:#?}"));
    }
    Ok(problems)
}

async fn run(stage: &Stage<'_>, who: &str, command: &[&str]) -> Outcome<Run> {
    let leader = stage.leader().await?;
    let follower = stage
        .members
        .iter()
        .find(|one| **one != leader)
        .ok_or("nobody follows")?;
    let named = command.iter().map(|word| match *word {
        LEADER => leader.name.as_str(),
        FOLLOWER => follower.name.as_str(),
        word => word,
    });
    let mut arguments: Vec<&str> = named.collect();
    if !who.is_empty() {
        arguments.extend(["--user", who]);
    }
    if arguments[0] == "apply" {
        arguments.extend(["--lock-timeout", "1s"]);
    }
    stage
        .run_as(&arguments, &[("ETCDPLAN_PASSWORD", PASSWORD)])
        .await
}

impl Row {
    fn expected(&self, server: &Server) -> [&'static str; 4] {
        match server.version {
            [3, 0..=4, _] | [3, 5, 0..28] | [3, 6, 0..9] => self.earlier,
            _ => self.later,
        }
    }
}

/// Whether a run ended well, or with this code.
fn is_as(run: &Run, expected: &str) -> bool {
    if expected.is_empty() {
        return run.code == Some(0);
    }
    run.code == Some(1) && run.stderr().contains(&format!("[{expected}]"))
}
