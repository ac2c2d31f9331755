//! `etcdplan sandbox`: a local cluster, for trying things.

use std::fmt::Write as _;

use crate::render::counted;
use crate::render::plain::plain;
use crate::sandbox::{self, Data, FILE, Options, Up};

use super::args::{Sandbox, SandboxAction, SandboxDown, SandboxFolder, SandboxUp};
use super::console::Console;
use super::exit::Exit;
use super::failure::Failure;
use super::runtime;

/// Brings a sandbox up or down, or shows it.
pub(super) fn run(console: &Console, arguments: &Sandbox) -> Result<Exit, Failure> {
    match &arguments.action {
        SandboxAction::Up(arguments) => up(console, arguments),
        SandboxAction::Down(arguments) => down(console, arguments),
        SandboxAction::Status(arguments) => status(console, arguments),
    }
}

fn up(console: &Console, arguments: &SandboxUp) -> Result<Exit, Failure> {
    let SandboxUp {
        folder,
        members,
        etcd,
        name,
        first_address,
    } = arguments;
    let options = Options {
        dir: folder.dir.clone(),
        name: name.clone(),
        members: *members,
        etcd: etcd.clone(),
        first_address: *first_address,
    };
    let up = runtime::block_on(sandbox::up(&options))??;
    let file = folder.dir.join(FILE);
    let file = plain(&file.to_string_lossy()).into_owned();
    let state = match up {
        Up::Created { members } => {
            format!("is up: {}, as {file} says", counted(members, "member"))
        }
        Up::Running { members } => format!("is up already: {}", counted(members, "member")),
    };
    console.result(&format!(
        "The sandbox {state}. Change {}, then:\n  \
         etcdplan plan -f {file}\n  etcdplan apply -f {file}\n",
        if matches!(up, Up::Created { .. }) {
            "that file"
        } else {
            &file
        }
    ))?;
    Ok(Exit::Done)
}

fn down(console: &Console, arguments: &SandboxDown) -> Result<Exit, Failure> {
    let data = if arguments.keep_data {
        Data::Kept
    } else {
        Data::Cleared
    };
    let ended = runtime::block_on(sandbox::down(&arguments.folder.dir, data))??;
    let dir = arguments.folder.dir.to_string_lossy();
    console.result(&match ended {
        Some(ended) => format!("The sandbox is down: {} ended.\n", counted(ended, "member")),
        None => format!(
            "There is no sandbox in {}. Nothing was touched.\n",
            plain(&dir)
        ),
    })?;
    Ok(Exit::Done)
}

fn status(console: &Console, arguments: &SandboxFolder) -> Result<Exit, Failure> {
    let places = sandbox::status(&arguments.dir)?;
    let mut text = String::new();
    for place in &places {
        let state = place
            .pid
            .map_or_else(|| "ended".to_owned(), |pid| format!("pid {pid}"));
        let (member, host) = (plain(&place.member), plain(&place.host));
        // Writing to a string does not fail.
        let _ = writeln!(text, "{member:<12} {host:<16} {state}");
    }
    if places.is_empty() {
        let dir = arguments.dir.to_string_lossy();
        text = format!(
            "No process is known in {}. To make a sandbox: etcdplan sandbox up\n",
            plain(&dir)
        );
    }
    console.result(&text)?;
    Ok(Exit::Done)
}
