//! `etcdplan salvage`: a database of a data directory, with everything that its log holds. For a
//! driver's `restore`.

use std::fs;
use std::path::{Path, PathBuf, absolute};

use crate::host::salvage::{Source, begin_anew, database};
use crate::host::{busy, wal};

use super::args::Salvage;
use super::console::Console;
use super::exit::Exit;
use super::failure::Failure;
use super::signals::Signals;
use super::{input, runtime};

/// Writes it, and says how far it goes.
pub(super) fn run(console: &Console, arguments: &Salvage) -> Result<Exit, Failure> {
    runtime::block_on(salvaged(console, arguments))?
}

async fn salvaged(console: &Console, arguments: &Salvage) -> Result<Exit, Failure> {
    let mut signals = Signals::listen()?;
    let data = &arguments.dir;
    let log = arguments.wal_dir.as_deref();
    let within = wal::within(data);
    let found = wal::read(log.unwrap_or(&within));
    let found = found.map_err(|error| input::unreadable(data, &error.to_string()))?;
    let found =
        found.ok_or_else(|| Failure::error(format!("{} holds no data of etcd", data.display())))?;
    let quota = arguments.quota_backend_bytes.map(|bytes| bytes.to_string());
    let source = Source {
        data,
        wal: log,
        quota: quota.as_deref(),
    };
    let made = if let Some(out) = &arguments.out {
        made(&arguments.etcd, &source, out, &mut signals).await?;
        format!("{}: all", out.display())
    } else {
        let anew = begin_anew(&arguments.etcd, source.quota, data, log);
        let anew = signals.or_stop(anew).await?;
        anew.map_err(|error| Failure::error(error.to_string()))?;
        format!("{}: alone, with all", data.display())
    };
    console.result(&format!(
        "{made} of member {} of cluster {}, up to {}.\n",
        found.owner.member, found.owner.cluster, found.last,
    ))?;
    Ok(Exit::Done)
}

/// Makes the database, or leaves nothing behind.
async fn made(
    etcd: &Path,
    source: &Source<'_>,
    out: &Path,
    signals: &mut Signals,
) -> Result<(), Failure> {
    let failed = |reason: String| Failure::error(reason);
    let out = &absolute(out).map_err(|error| input::unreadable(out, &error.to_string()))?;
    if !out.parent().is_some_and(Path::is_dir) {
        return Err(failed(format!("there is no folder for {}", out.display())));
    }
    let is_locked = busy::is_locked(&source.data.join("member/snap/db"));
    if is_locked.map_err(|error| input::unreadable(source.data, &error.to_string()))? {
        return Err(failed(format!("etcd runs on {}", source.data.display())));
    }
    if out.exists() {
        return Err(failed(format!("{} is there already", out.display())));
    }
    let mut work = out.as_os_str().to_owned();
    work.push(".replay");
    let work = PathBuf::from(work);
    let made = signals.or_stop(database(etcd, source, &work)).await;
    let made = made.and_then(|made| made.map_err(|error| failed(error.to_string())));
    let placed = made.and_then(|made| {
        let placed = fs::File::open(&made).and_then(|file| file.sync_all());
        let placed = placed.and_then(|()| fs::rename(&made, out));
        placed.map_err(|error| failed(format!("cannot write {}: {error}", out.display())))
    });
    let _ = fs::remove_dir_all(&work);
    placed
}
