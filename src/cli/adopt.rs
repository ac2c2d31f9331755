//! `etcdplan adopt`: a topology file from a live cluster, or from a recording of one.

use std::env;
use std::path::Path;

use crate::adopt::{self, Adoption, Options};
use crate::observation::Observation;
use crate::plan::{self, Plan};
use crate::render::counted;
use crate::topology::{self, Connect};

use super::args::{Adopt, Connection, Target};
use super::console::Console;
use super::exit::Exit;
use super::failure::Failure;
use super::file::{self, Access, Present};
use super::{connection, diagnostics, input};

/// Writes the file, and says what a plan of it would say.
pub(super) fn run(console: &Console, arguments: &Adopt) -> Result<Exit, Failure> {
    let Adopt {
        name,
        out,
        force,
        live,
        connection,
    } = arguments;
    let observation = match live {
        Some(recording) => input::recorded(recording)?,
        None => connection::look(&Target {
            file: None,
            connection: connection.clone(),
        })?,
    };
    let options = Options {
        name: name.clone(),
        connect: connect(connection, out.as_deref())?,
    };
    let adoption = adopt::adopt(&observation, &options);
    let shown = out.as_deref().unwrap_or(Path::new("the file"));
    let plan = planned(&adoption, &observation, shown)?;
    match out {
        Some(path) => {
            let present = if *force {
                Present::Replaced
            } else {
                Present::Kept
            };
            file::write(path, &adoption.text, present, Access::Everybody)?;
        }
        None => console.result(&adoption.text)?,
    }
    for notice in &adoption.notices {
        console.note(&notice.text(console.stderr));
    }
    console.point(&adoption.notices);
    console.tell(&summary(&plan, out.as_deref()));
    Ok(Exit::Done)
}

/// How the file says that the cluster is reached: paths are relative to where it stands.
fn connect(connection: &Connection, out: Option<&Path>) -> Result<Connect, Failure> {
    let given = connection::references(connection)?;
    let folder = out.and_then(Path::parent).unwrap_or(Path::new(""));
    let is_here = folder == Path::new("") || folder.canonicalize().ok() == env::current_dir().ok();
    let moved = |path: Option<String>| {
        let path = path?;
        if is_here {
            return Some(path);
        }
        let absolute = std::path::absolute(&path).ok()?;
        Some(absolute.display().to_string())
    };
    Ok(Connect {
        ca_file: moved(given.ca_file),
        cert_file: moved(given.cert_file),
        key_file: moved(given.key_file),
        password_file: moved(given.password_file),
        ..given
    })
}

/// The plan of the file on the cluster that it was made from.
fn planned(adoption: &Adoption, observation: &Observation, shown: &Path) -> Result<Plan, Failure> {
    let file = shown.display().to_string();
    let loaded = topology::load(&file, &adoption.text).map_err(|problems| Failure {
        exit: Exit::Error,
        notices: diagnostics::notices(&problems),
    })?;
    let options = plan::Options::default();
    Ok(plan::build(&loaded.topology, observation, &options))
}

/// What was written, and what comes next.
fn summary(plan: &Plan, out: Option<&Path>) -> String {
    let members = counted(plan.topology.members.len(), "member");
    let written = match out {
        Some(path) => format!("{} has {members}.", path.display()),
        None => format!("This file has {members}."),
    };
    let says = match plan.changes.len() {
        _ if !plan.refusals.is_empty() => "Its plan is refused".to_owned(),
        0 => return format!("{written} A plan of it says: No changes.\n"),
        count => format!("Its plan has {}", counted(count, "change")),
    };
    format!("{written} {says}: see above what could not be written as it is.\n")
}
