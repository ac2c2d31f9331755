//! What is done by hand, and how it must end.

use std::fs::{self, File};
use std::process::Stdio;

use tokio::process::Command;

use crate::bed::Outcome;
use crate::bed::cluster::{Cluster, DATA_DIR, ETCD_ENVIRONMENT};
use crate::bed::member::{Member, Net};
use crate::bed::runner::Trial;
use crate::operator::Operator;

/// A change, and where etcdplan runs meanwhile.
pub(crate) struct Scene {
    before: fn(&Net) -> Vec<Member>,
    killed: fn(&Net) -> Vec<Member>,
    wanted: fn(&Net) -> Vec<Member>,
    /// The kinds of steps that are done by hand, in order.
    by_hand: &'static [&'static str],
    place: Place,
    /// The shell on the hosts.
    shell: &'static str,
}

/// Where etcdplan runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Terminal,
    Log,
}

/// What is played.
pub(crate) enum Play {
    /// Steps by hand.
    Scene(Scene),
    /// Questions, and answers to them.
    Questions,
    /// The way back from a lost quorum.
    Recovery,
    /// The same without any etcdplan.
    Runbook,
}

pub(crate) const PLAYS: &[Trial<Play>] = &[
    Trial {
        name: "questions in a terminal",
        what: Play::Questions,
    },
    Trial {
        name: "a lost quorum in a terminal",
        what: Play::Recovery,
    },
    Trial {
        name: "a lost quorum from a runbook",
        what: Play::Runbook,
    },
    Trial {
        name: "1-to-3 in a terminal",
        what: Play::Scene(Scene {
            before: |net| net.members([1]),
            killed: |_| Vec::new(),
            wanted: |net| net.members(1..=3),
            by_hand: &["start", "start"],
            place: Place::Terminal,
            shell: "bash --norc",
        }),
    },
    Trial {
        name: "replace-dead in a terminal",
        what: Play::Scene(Scene {
            before: |net| net.members(1..=3),
            killed: |net| net.members([3]),
            wanted: |net| net.members([1, 2, 4]),
            by_hand: &["start"],
            place: Place::Terminal,
            shell: "sh",
        }),
    },
    Trial {
        name: "replace and rename in a terminal",
        what: Play::Scene(Scene {
            before: |net| net.members(1..=3),
            killed: |_| Vec::new(),
            wanted: |net| vec![net.member(1).named("renamed"), net.member(2), net.member(4)],
            by_hand: &["start", "stop", "restart"],
            place: Place::Terminal,
            shell: "bash --norc",
        }),
    },
    Trial {
        name: "move in a terminal",
        what: Play::Scene(Scene {
            before: |net| net.members(1..=3),
            killed: |_| Vec::new(),
            wanted: |net| {
                let moved = net.member(3).moved(net.host(9), Some("copy"));
                vec![net.member(1), net.member(2), moved]
            },
            by_hand: &["stop", "bring", "start"],
            place: Place::Terminal,
            shell: "sh",
        }),
    },
    Trial {
        name: "1-to-3 in a log",
        what: Play::Scene(Scene {
            before: |net| net.members([1]),
            killed: |_| Vec::new(),
            wanted: |net| net.members(1..=3),
            by_hand: &["start", "start"],
            place: Place::Log,
            shell: "sh",
        }),
    },
];

impl Scene {
    /// Plays it to its end, and looks at the cluster.
    pub(crate) async fn play(&self, cluster: &Cluster) -> Outcome<()> {
        let (net, directory) = (&cluster.net, &cluster.directory);
        let before = (self.before)(net);
        cluster.bootstrap(&before).await?;
        let killed = (self.killed)(net);
        for dead in &killed {
            cluster.kill(dead).await?;
        }
        let left: Vec<Member> = before
            .into_iter()
            .filter(|one| !killed.contains(one))
            .collect();
        cluster.settle(&left).await?;
        let wanted = (self.wanted)(net);
        fs::write(directory.join("topology.yaml"), topology(&wanted))?;
        let mut operator = Operator::new(cluster, self.shell);
        let told = match self.place {
            Place::Terminal => in_terminal(&mut operator).await?,
            Place::Log => in_log(cluster, &mut operator).await?,
        };
        let did: Vec<&str> = operator
            .done
            .iter()
            .map(|done| verb(&done.heading))
            .collect();
        if did != self.by_hand {
            return Err(format!("by hand were {did:?}, not {:?}\n{told}", self.by_hand).into());
        }
        cluster.settle(&wanted).await?;
        Ok(())
    }
}

/// What a heading says is to be done.
pub(crate) fn verb(heading: &str) -> &str {
    let what = heading.rsplit(": ").next().unwrap_or_default();
    what.split(' ').next().unwrap_or_default()
}

async fn in_terminal(operator: &mut Operator<'_>) -> Outcome<String> {
    let desk = operator.desk()?;
    desk.line("etcdplan apply -f topology.yaml")?;
    let asked = operator
        .attend(
            || desk.text(),
            &["Type the name of the cluster", "Type yes", "Error:"],
        )
        .await?;
    let answer = if asked.contains("Type yes") {
        "yes"
    } else {
        "test"
    };
    desk.line(answer)?;
    let ends = ["Apply complete!", "Error:"];
    let mut told = operator
        .attend(|| desk.text(), &[&ends[..], &["Type done"]].concat())
        .await?;
    if told.contains("Type done") {
        operator.through().await?;
        desk.line("done")?;
        told = operator.attend(|| desk.text(), &ends).await?;
    }
    if !told.contains("Apply complete!") {
        return Err(format!("it did not end well:\n{told}\n{}", operator.screens()).into());
    }
    unspoilt(&told)?;
    desk.line("etcdplan plan -f topology.yaml --detailed-exitcode; echo \"ended with $?\"")?;
    let ends = [
        "ended with 0",
        "ended with 1",
        "ended with 2",
        "ended with 3",
    ];
    let told = operator.attend(|| desk.text(), &ends).await?;
    if !(told.contains("\nNo changes.") && told.contains("ended with 0")) {
        return Err(format!("the second plan has changes:\n{told}").into());
    }
    Ok(told)
}

/// Nothing of the line that is redrawn is left among what was printed.
fn unspoilt(told: &str) -> Outcome<()> {
    let mut rows = told.lines().skip_while(|line| !line.contains("apply -f"));
    let redrawn = |line: &str| {
        let mut characters = line.chars().skip(2);
        line.starts_with("  ")
            && characters
                .next()
                .is_some_and(|sign| "|/-\\.".contains(sign))
            && line.contains("a person: ")
    };
    match rows.find(|line| redrawn(line) || line.contains('\u{fffd}')) {
        Some(line) => Err(format!("left on the screen: {line}\n{told}").into()),
        None => Ok(()),
    }
}

async fn in_log(cluster: &Cluster, operator: &mut Operator<'_>) -> Outcome<String> {
    let (out, err) = (cluster.directory.join("out"), cluster.directory.join("err"));
    let program = env!("CARGO_BIN_EXE_etcdplan");
    let mut child = Command::new(program)
        .args(["apply", "--yes", "-f", "topology.yaml"])
        .current_dir(&cluster.directory)
        .stdin(Stdio::null())
        .stdout(File::create(&out)?)
        .stderr(File::create(&err)?)
        .kill_on_drop(true)
        .spawn()?;
    let text = || Ok(fs::read_to_string(&err)? + &fs::read_to_string(&out)?);
    let told = operator
        .attend(text, &["Apply complete!", "Error:"])
        .await?;
    let status = child.wait().await?;
    if !status.success() || !told.contains("Apply complete!") {
        return Err(format!("it ended with {status}:\n{told}\n{}", operator.screens()).into());
    }
    // At once, not only after a while.
    let waits = told
        .lines()
        .filter(|line| line.contains(" waiting  a person: "));
    if waits.count() < operator.done.len() || told.contains(['\r', '\u{1b}']) {
        return Err(format!("the log does not tell what is waited for:\n{told}").into());
    }
    let again = Command::new(program)
        .args(["plan", "--detailed-exitcode", "-f", "topology.yaml"])
        .current_dir(&cluster.directory)
        .output()
        .await?;
    let plan = String::from_utf8(again.stdout)?;
    if !again.status.success() || !plan.starts_with("No changes.") {
        return Err(format!("the second plan has changes:\n{plan}").into());
    }
    Ok(told)
}

/// A file whose steps are by hand. The directory is a relative one, so that a folder stands for a
/// machine: whoever works there is in it.
pub(crate) fn topology(members: &[Member]) -> String {
    let dir = DATA_DIR.trim_start_matches('/');
    let mut text = format!(
        "apiVersion: etcdplan/v1\ncluster: {{ name: test }}\nhost:\n  dataDir: {dir}\n  env:\n"
    );
    for (name, value) in ETCD_ENVIRONMENT {
        text += &format!("    {name}: \"{value}\"\n");
    }
    text += "policy: { stepTimeout: 1m }\nmembers:\n";
    for member in members {
        text += &format!(
            "  - name: {}\n    peerURLs: [\"{}\"]\n    clientURLs: [\"{}\"]\n",
            member.name,
            member.peer_url(),
            member.client_url(),
        );
        if let Some(data) = member.data {
            text += &format!("    data: {data}\n");
        }
    }
    text
}
