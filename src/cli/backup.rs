//! `etcdplan backup`: a verified copy of the database, and whether a file is one.

mod meter;
pub(super) mod progress;
mod report;
mod verify;

use std::path::{Path, PathBuf};

use crate::apply::{Cluster as _, Depth};
use crate::backup::{BackupError, Saved, Source};
use crate::etcd::backup::{self as save, Tool};
use crate::observation::Observation;
use crate::render::Notice;
use crate::topology::Policy;

use super::args::{Backup, BackupAction, Format, Reader};
use super::console::Console;
use super::exit::Exit;
use super::failure::Failure;
use super::input::{self, Wanted};
use super::signals::Signals;
use super::{connection, runtime};
use progress::Progress;
pub(super) use report::line;
use report::{Record, text};

/// Saves a backup, or checks files.
pub(super) fn run(console: &Console, arguments: &Backup) -> Result<Exit, Failure> {
    match &arguments.action {
        Some(BackupAction::Verify(verify)) => runtime::block_on(verify::run(console, verify))?,
        None => runtime::block_on(take(console, arguments))?,
    }
}

/// The program that reads a backup.
pub(super) async fn tool(reader: &Reader) -> Tool {
    match &reader.etcdutl {
        Some(program) => Tool::Program(program.clone()),
        None => Tool::find().await,
    }
}

async fn take(console: &Console, arguments: &Backup) -> Result<Exit, Failure> {
    let mut signals = Signals::listen()?;
    let target = &arguments.target;
    let wanted = target.file.as_deref().map(input::topology).transpose()?;
    let mut cluster = connection::cluster(wanted.as_ref(), &target.connection)?;
    let observation = signals.or_stop(cluster.observe(Depth::Whole)).await??;
    let place = place(arguments, wanted.as_ref());
    let policy = wanted.as_ref().map(|wanted| &wanted.topology.policy);
    let default = Policy::default();
    let max_lag = policy.unwrap_or(&default).max_learner_lag;
    let source = Source::choose(&observation, max_lag).ok_or(BackupError::NoSource)?;
    if !source.is_healthy() {
        console.note(&uncertain(&source.member().label()).text(console.stderr));
    }
    let name = wanted.as_ref();
    let name = name.map(|wanted| wanted.topology.cluster.name.as_str());
    let order = source.order(&observation, name);
    save::prepare(&place)?;
    let tool = tool(&arguments.reader).await;
    let mut progress = Progress::new(console, &order);
    let access = cluster.access();
    let saving = save::save(&access, &order, &place, &tool, |stage| progress.told(stage));
    let saved = Box::pin(signals.or_stop(saving)).await;
    progress.end();
    let saved = saved??;
    let pruned = match arguments.keep {
        Some(keep) => save::prune(&saved.path, keep.into()),
        None => Ok(Vec::new()),
    };
    // The backup is there, also where an older one cannot be deleted.
    let deleted = pruned.as_deref().unwrap_or_default();
    tell(console, arguments, &observation, &saved, deleted)?;
    pruned?;
    Ok(Exit::Done)
}

/// Where it goes.
fn place(arguments: &Backup, wanted: Option<&Wanted>) -> PathBuf {
    if let Some(folder) = &arguments.out {
        return folder.clone();
    }
    let of_file = wanted.and_then(|wanted| {
        let folder = wanted.topology.policy.backup_dir.as_ref()?;
        Some(connection::folder(&wanted.source.file).join(folder))
    });
    of_file.unwrap_or_else(|| Path::new(".").to_owned())
}

fn tell(
    console: &Console,
    arguments: &Backup,
    observation: &Observation,
    saved: &Saved,
    deleted: &[PathBuf],
) -> Result<(), Failure> {
    match arguments.format {
        Format::Text => console.result(&text(saved, deleted)),
        Format::Json => {
            let record = Record::of(saved, observation, deleted);
            console.document(&record.json())
        }
    }
}

/// What is told where nobody can say whether the member is still one of its cluster.
fn uncertain(member: &str) -> Notice {
    Notice {
        details: vec![
            format!("{member} has the most of those that answer, and may lack the last writes"),
            "look at the revision before you restore it".to_owned(),
        ],
        ..Notice::warning("no voter is known to be healthy: the backup may be old")
    }
}
