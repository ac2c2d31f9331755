//! `etcdplan salvage`: a database of a data directory, with everything that its log holds. For a
//! driver's `restore`.

use std::fs;
use std::path::PathBuf;

use crate::host::salvage::{Source, database};
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
    let (data, out) = (&arguments.dir, &arguments.out);
    let failed = |reason: String| Failure::error(reason);
    let within = wal::within(data);
    let log = wal::read(arguments.wal_dir.as_deref().unwrap_or(&within));
    let log = log.map_err(|error| input::unreadable(data, &error.to_string()))?;
    let log = log.ok_or_else(|| failed(format!("{} holds no data of etcd", data.display())))?;
    if busy::is_open(&data.join("member/snap/db")) {
        return Err(failed(format!("etcd runs on {}", data.display())));
    }
    if out.exists() {
        return Err(failed(format!("{} is there already", out.display())));
    }
    let mut work = out.as_os_str().to_owned();
    work.push(".replay");
    let work = PathBuf::from(work);
    let quota = arguments.quota_backend_bytes.map(|bytes| bytes.to_string());
    let source = Source {
        data,
        wal: arguments.wal_dir.as_deref(),
        quota: quota.as_deref(),
    };
    let made = signals
        .or_stop(database(&arguments.etcd, &source, &work))
        .await;
    let made = made.and_then(|made| made.map_err(|error| failed(error.to_string())));
    let placed = made.and_then(|made| {
        let placed = fs::File::open(&made).and_then(|file| file.sync_all());
        let placed = placed.and_then(|()| fs::rename(&made, out));
        placed.map_err(|error| failed(format!("cannot write {}: {error}", out.display())))
    });
    let _ = fs::remove_dir_all(&work);
    placed?;
    console.result(&format!(
        "{}: all of member {} of cluster {}, up to {}. It has no digest: --skip-hash-check.\n",
        out.display(),
        log.owner.member,
        log.owner.cluster,
        log.last,
    ))?;
    Ok(Exit::Done)
}
