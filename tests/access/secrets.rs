//! A password and a key are planted, and everything that etcdplan writes is searched for them.

use std::fs;

use crate::bed::cluster::Cluster;
use crate::bed::member::Member;
use crate::bed::{Outcome, script};
use crate::mode::{EVERYTHING, PASSWORD, ROOT, Users};
use crate::search::Search;
use crate::stage::{Stage, expect};

/// Where a password comes from.
struct Source {
    /// Lines of the file's `connect`.
    connect: &'static [&'static str],
    flags: &'static [&'static str],
    environment: &'static [(&'static str, &'static str)],
    /// What stands for the lines, where there is no file.
    adopt: Option<&'static [&'static str]>,
}

/// The file that a password is read from.
pub(crate) const PASSWORD_FILE: &str = "password.txt";

const WITH_PASSWORD: &str = "root:pLaNtEd-sEcReT";
const WRONG_PASSWORD: &str = "pLaNtEd-sEcReT, and more";

const SOURCES: [Source; 5] = [
    Source {
        connect: &["user: root"],
        flags: &[],
        environment: &[("ETCDPLAN_PASSWORD", PASSWORD)],
        adopt: Some(&["--user", ROOT]),
    },
    Source {
        connect: &["user: root", "passwordFile: password.txt"],
        flags: &[],
        environment: &[],
        adopt: None,
    },
    Source {
        connect: &[],
        flags: &["--user", WITH_PASSWORD],
        environment: &[],
        adopt: Some(&["--user", WITH_PASSWORD]),
    },
    Source {
        connect: &[],
        flags: &[],
        environment: &[("ETCDCTL_USER", WITH_PASSWORD)],
        adopt: Some(&[]),
    },
    Source {
        connect: &[],
        flags: &[],
        environment: &[("ETCDCTL_USER", ROOT), ("ETCDCTL_PASSWORD", PASSWORD)],
        adopt: Some(&[]),
    },
];

/// A driver's program that tells all it knows, and fails.
const TELLTALE: &str = "#!/bin/sh\nenv\nenv >&2\nexit 1\n";

const COMMANDS: [(&[&str], i32); 7] = [
    (&["status", "-f", "same.yaml"], 0),
    (&["status", "-f", "same.yaml", "--format", "json"], 0),
    (&["observe", "-f", "same.yaml"], 0),
    (&["plan", "-f", "replace.yaml", "-v"], 0),
    (&["plan", "-f", "replace.yaml", "--format", "json"], 0),
    (&["apply", "--yes", "-v", "-f", "failing.yaml"], 5),
    (&["apply", "--yes", "-v", "-f", "replace.yaml"], 0),
];

pub(crate) async fn play(cluster: &Cluster) -> Outcome<()> {
    let mut stage = Stage::set(cluster, EVERYTHING, Vec::new()).await?;
    let directory = &cluster.directory;
    fs::write(directory.join(PASSWORD_FILE), format!("{PASSWORD}\n"))?;
    let telltale = directory.join("telltale");
    script::write(&telltale, TELLTALE)?;
    let mut search = Search::new(directory)?;
    for (source, newcomer) in SOURCES.iter().zip(4..) {
        let mut wanted = stage.members.clone();
        source.write(&stage, &wanted, "same.yaml")?;
        wanted.remove(0);
        wanted.push(stage.member(newcomer));
        source.write(&stage, &wanted, "replace.yaml")?;
        let text = stage.read("replace.yaml")?;
        let failing = text.replace("[driver/start]", "[./telltale]");
        fs::write(directory.join("failing.yaml"), failing)?;
        for (command, code) in COMMANDS {
            let arguments = [command, source.flags].concat();
            let run = search.run(&stage, &arguments, source.environment);
            expect(&run.await?, code)?;
        }
        stage.members = wanted;
        if let Some(flags) = source.adopt {
            let file = format!("adopted-{newcomer}.yaml");
            let reached = stage.reached();
            let reached: Vec<&str> = reached.iter().map(String::as_str).collect();
            let arguments = [&["adopt", "-o", &file], flags, &reached].concat();
            let run = search.run(&stage, &arguments, source.environment);
            expect(&run.await?, 0)?;
        }
        stage.settle().await?;
    }
    SOURCES[0].write(&stage, &stage.members, "same.yaml")?;
    let status = ["status", "-f", "same.yaml"];
    let wrong = [("ETCDPLAN_PASSWORD", WRONG_PASSWORD)];
    expect(&search.run(&stage, &status, &wrong).await?, 1)?;
    let text = stage.read("same.yaml")?;
    let line = "keyFile: pki/client.key";
    // Whoever takes one file for another.
    fs::write(
        directory.join("same.yaml"),
        text.replace(line, "keyFile: password.txt"),
    )?;
    expect(&search.run(&stage, &status, &wrong).await?, 1)?;
    search.end(directory)
}

impl Source {
    fn write(&self, stage: &Stage<'_>, wanted: &[Member], file: &str) -> Outcome<()> {
        let mut topology = stage.wanting(wanted, Users::None);
        let lines = self.connect.iter().map(|line| (*line).to_owned());
        topology.connect.extend(lines);
        topology.write(stage.cluster, file)?;
        Ok(())
    }
}
