//! `etcdplan sandbox`: a local cluster of real etcd processes, for trying things.

use std::path::Path;

use crate::host::Running;
use crate::render::counted;
use crate::render::plain::plain;
use crate::sandbox::{self, Data, Options, Up};

use super::args::{Sandbox, SandboxAction, SandboxUp};
use super::console::{Console, Failure};
use super::exit::Exit;
use super::input;
use super::invocation::quoted;

/// Creates, ends, or shows the sandbox.
pub(super) fn run(console: &Console, arguments: &Sandbox) -> Result<Exit, Failure> {
    let dir = &arguments.dir;
    match &arguments.action {
        SandboxAction::Up(wanted) => up(console, dir, wanted)?,
        SandboxAction::Down(down) => {
            let data = if down.keep_data {
                Data::Kept
            } else {
                Data::Cleared
            };
            let ended = input::runtime()?.block_on(sandbox::down(dir, data))?;
            console.tell(&format!("Stopped {}.\n", counted(ended, "process")));
        }
        SandboxAction::Status => console.result(&table(&sandbox::status(dir)?))?,
    }
    Ok(Exit::Done)
}

fn up(console: &Console, dir: &Path, wanted: &SandboxUp) -> Result<(), Failure> {
    let SandboxUp {
        name,
        members,
        etcd,
        first_address,
    } = wanted;
    let options = Options {
        dir: dir.to_owned(),
        name: name.clone(),
        members: *members,
        etcd: etcd.clone(),
        first_address: *first_address,
    };
    let state = match input::runtime()?.block_on(sandbox::up(&options))? {
        Up::Created => "is up",
        Up::Running => "was up already",
    };
    let file = dir.join(sandbox::FILE).display().to_string();
    let file = quoted(&plain(&file));
    console.tell(&format!(
        "The sandbox {state}. Its topology is {file}: change it, then

    etcdplan plan -f {file}
    etcdplan apply -f {file}

To end it: etcdplan sandbox down --dir {}
",
        quoted(&plain(&dir.display().to_string()))
    ));
    Ok(())
}

fn table(places: &[Running]) -> String {
    let widest = |width: fn(&Running) -> usize| places.iter().map(width).max().unwrap_or(0);
    let names = widest(|place| place.member.len());
    let hosts = widest(|place| place.host.len());
    let row = |place: &Running| {
        let state = place
            .pid
            .map_or_else(|| "down".to_owned(), |pid| format!("process {pid}"));
        let (name, host) = (plain(&place.member), plain(&place.host));
        format!("{name:names$}   {host:hosts$}   {state}\n")
    };
    places.iter().map(row).collect()
}
