//! What etcdplan must refuse, on real servers: exit code 3, and nothing changed.

use std::fs;
use std::time::Instant;

use etcd_client::{AlarmAction, AlarmOptions, AlarmType};

use crate::bed::cluster::Cluster;
use crate::bed::member::{Member, Net};
use crate::bed::program::Run;
use crate::bed::server::Server;
use crate::bed::topology::{Driver, Topology};
use crate::bed::{Outcome, client};
use crate::report::{Journal, Report};

/// A wish that must not be fulfilled.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The rule that forbids it.
    code: &'static str,
    before: Vec<Member>,
    killed: Vec<Member>,
    /// Members that are restarted under another name.
    renamed: Vec<Member>,
    alarm: bool,
    wanted: Vec<Member>,
    /// A line below `cluster:`.
    cluster: Vec<String>,
    /// A text of the file, and what is written instead.
    edit: Option<(String, String)>,
    flags: &'static [&'static str],
}

/// A name for the command line, and what makes the case on a network.
pub type Named = (&'static str, fn(&Net) -> Refusal);

pub const CASES: &[Named] = &[
    ("healthy-beside-dead", |net| Refusal {
        killed: net.members([3]),
        ..Refusal::of("E0310", net.members(1..=3), net.members([1, 3]))
    }),
    ("last-voter", |net| Refusal {
        flags: &["--replace", "m1"],
        ..Refusal::of("E0214", net.members([1]), net.members([1]))
    }),
    ("two-learners", |net| {
        let mut wanted = net.members(1..=3);
        wanted.extend(net.members(4..=5).into_iter().map(Member::learner));
        Refusal::of("E0316", net.members(1..=3), wanted)
    }),
    ("nospace", |net| Refusal {
        alarm: true,
        ..Refusal::of("E0330", net.members(1..=3), net.members([1, 2, 4]))
    }),
    ("no-quorum", |net| Refusal {
        killed: net.members(2..=3),
        ..Refusal::of("E0301", net.members(1..=3), net.members([1, 2, 4]))
    }),
    ("other-cluster", |net| Refusal {
        cluster: vec!["id: 00000000000000ab".to_owned()],
        ..Refusal::of("E0201", net.members(1..=3), net.members([1, 2, 4]))
    }),
    // One entry has the addresses of two live members.
    ("ambiguous-url", |net| {
        let (one, two) = (net.member(1).peer_url(), net.member(2).peer_url());
        Refusal {
            edit: Some((format!("\"{one}\""), format!("\"{one}\", \"{two}\""))),
            ..Refusal::of("E0204", net.members(1..=3), net.members([1, 3, 4]))
        }
    }),
    // Two live members have the name of an entry, whose address neither has.
    ("ambiguous-name", |net| Refusal {
        renamed: vec![net.member(2).named("m3")],
        ..Refusal::of(
            "E0205",
            net.members(1..=3),
            vec![net.member(1), net.member(4).named("m3")],
        )
    }),
    ("restart-of-only-voter", |net| Refusal {
        flags: &["--restart", "m1"],
        ..Refusal::of("E0311", net.members([1]), net.members([1]))
    }),
    ("rename-of-only-voter", |net| {
        Refusal::of(
            "E0311",
            net.members([1]),
            vec![net.member(1).named("renamed")],
        )
    }),
    ("http-to-https", |net| {
        let url = net.member(3).peer_url();
        let secure = url.replace("http:", "https:");
        Refusal {
            edit: Some((url, secure)),
            ..Refusal::of("E0327", net.members(1..=3), net.members(1..=3))
        }
    }),
];

/// Whether a server refuses this at all: from 3.6 on a flag that no API shows says how many learners there may be.
pub fn applies(name: &str, server: &Server) -> bool {
    name != "two-learners" || server.version < [3, 6, 0]
}

impl Refusal {
    fn of(code: &'static str, before: Vec<Member>, wanted: Vec<Member>) -> Self {
        Self {
            code,
            before,
            killed: Vec::new(),
            renamed: Vec::new(),
            alarm: false,
            wanted,
            cluster: Vec::new(),
            edit: None,
            flags: &[],
        }
    }
}

/// Asks for it, by plan and by apply.
pub async fn run(cluster: &Cluster, refusal: &Refusal, journal: &mut Journal) -> Outcome<Report> {
    cluster.bootstrap(&refusal.before).await?;
    let witness = refusal.before.first().ok_or("no member")?;
    // None of the killed leads: what is refused is not an election.
    cluster.crown(&refusal.before, witness).await?;
    for dead in &refusal.killed {
        cluster.kill(dead).await?;
    }
    for renamed in &refusal.renamed {
        cluster.rename(renamed).await?;
    }
    if refusal.alarm {
        let id = cluster.leadership(witness).await?.leader;
        let mut member = client::to(&witness.client_url()).await?;
        let mut options = AlarmOptions::new();
        options.with_member(id);
        member
            .alarm(AlarmAction::Activate, AlarmType::Nospace, Some(options))
            .await?;
    }
    let topology = Topology {
        cluster: refusal.cluster.clone(),
        ..Topology::new(Driver::Exec, &refusal.before, &refusal.wanted)
    };
    let path = topology.write(cluster, "topology.yaml")?;
    if let Some((from, to)) = &refusal.edit {
        let text = fs::read_to_string(&path)?;
        fs::write(&path, text.replacen(from, to, 1))?;
    }
    journal.note(fs::read_to_string(&path)?);

    let listed = cluster.listed_locally(witness).await?;
    let processes = cluster.processes();
    let begun = Instant::now();
    for verb in [&["plan"][..], &["apply", "--yes"]] {
        let arguments = [verb, &["-f", "topology.yaml"], refusal.flags].concat();
        let run = Run::of(&cluster.directory, &arguments).await?;
        journal.note(run.told());
        run.expect(3)?;
        let mut errors = run
            .stderr
            .iter()
            .filter(|line| line.text.starts_with("Error: refused: "));
        if !errors.any(|line| line.text.ends_with(&format!("[{}]", refusal.code))) {
            return Err(format!("refused, and not by {}", refusal.code).into());
        }
    }
    let wall = begun.elapsed();
    let listed_after = cluster.listed_locally(witness).await?;
    if listed_after != listed {
        return Err(format!(
            "refused, and yet the member list went from {listed:?} to {listed_after:?}"
        )
        .into());
    }
    if cluster.processes() != processes {
        return Err("refused, and yet a process was started or stopped".into());
    }
    Ok(Report::of(wall))
}
