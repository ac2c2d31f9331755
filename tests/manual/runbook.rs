//! The way back from a lost quorum as commands alone: no etcdplan runs meanwhile, and none is on the hosts.

use std::fs::{self, File};
use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;
use tokio::time::timeout;

use crate::bed::Outcome;
use crate::bed::cluster::Cluster;
use crate::bed::program::Run;
use crate::operator::PATIENCE;
use crate::recovery;

/// What is typed, in order.
const STEPS: [&str; 10] = [
    "stop", "put", "restore", "start", "add", "start", "promote", "add", "start", "promote",
];

/// A step: where it is typed, none where etcdctl is, and what.
struct Sheet {
    verb: String,
    host: Option<String>,
    commands: String,
}

/// Two of three are gone with their machines.
pub(crate) async fn play(cluster: &Cluster) -> Outcome<()> {
    let members = recovery::lose_two_of_three(cluster).await?;
    let directory = &cluster.directory;
    let etcdplan = async |arguments: &[&str]| -> Outcome<String> {
        let run = Run::of(directory, arguments).await?;
        run.expect(0)?;
        Ok(run.stdout())
    };
    let recover = [
        "recover",
        "-f",
        "topology.yaml",
        "--lost",
        "m2",
        "--lost",
        "m3",
        "-o",
        "way-back.json",
    ];
    etcdplan(&recover).await?;
    let text = etcdplan(&["show", "way-back.json"]).await?;
    let markdown = etcdplan(&["show", "way-back.json", "--format", "markdown"]).await?;
    let (_, commands) = text.split_once("\nBy hand, ").ok_or("no commands")?;
    if !markdown.contains(commands.trim_end()) {
        return Err("the comment has other commands than the text".into());
    }
    let sheets = sheets(commands);
    let verbs: Vec<&str> = sheets.iter().map(|sheet| sheet.verb.as_str()).collect();
    if verbs != STEPS {
        return Err(format!("the steps are {verbs:?}").into());
    }
    for (number, sheet) in sheets.iter().enumerate() {
        typed(cluster, number, sheet).await?;
    }
    recovery::is_back(cluster, &members).await?;
    etcdplan(&["plan", "-f", "topology.yaml", "--detailed-exitcode"]).await?;
    Ok(())
}

/// The steps of the text, from their headings on: `Step 2, by hand on 10.0.4.14: start etcd as infra3`.
fn sheets(text: &str) -> Vec<Sheet> {
    let mut sheets: Vec<Sheet> = Vec::new();
    for line in text.lines() {
        let heading = line
            .strip_prefix("Step ")
            .and_then(|line| line.split_once(", "));
        if let Some((place, what)) = heading.and_then(|(_, rest)| rest.split_once(": ")) {
            sheets.push(Sheet {
                verb: what.split(' ').next().unwrap_or_default().to_owned(),
                host: place.strip_prefix("by hand on ").map(str::to_owned),
                commands: String::new(),
            });
        } else if let (Some(sheet), Some(command)) = (sheets.last_mut(), line.strip_prefix("    "))
        {
            sheet.commands += command;
            sheet.commands.push('\n');
        }
    }
    sheets
}

/// Types it into a shell there.
async fn typed(cluster: &Cluster, number: usize, sheet: &Sheet) -> Outcome<()> {
    let folder = match &sheet.host {
        Some(host) => cluster.directory.join("hosts").join(host),
        None => cluster.directory.clone(),
    };
    fs::create_dir_all(&folder)?;
    // What goes on in the background must not hold a pipe open.
    let said = cluster.directory.join(format!("said-{number}"));
    let out = File::create(&said)?;
    let mut shell = Command::new("sh")
        .args(["-c", &sheet.commands])
        .current_dir(&folder)
        .env_clear()
        .env(
            "PATH",
            format!("{}:/usr/bin:/bin", cluster.server.directory.display()),
        )
        .stdin(Stdio::null())
        .stderr(out.try_clone()?)
        .stdout(out)
        .kill_on_drop(true)
        .spawn()?;
    let ended = timeout(PATIENCE, shell.wait()).await;
    let said = fs::read_to_string(Path::new(&said))?;
    let is_well = matches!(ended, Ok(Ok(_))) && !said.lines().any(|line| line.starts_with("NOT "));
    if is_well {
        return Ok(());
    }
    Err(format!(
        "{} {number} did not end well:\n{}\n{said}",
        sheet.verb, sheet.commands
    )
    .into())
}
