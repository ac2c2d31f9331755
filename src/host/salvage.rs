//! The database of a member with everything that its log holds, by etcd's own program.
//!
//! A database lags behind its log: what was committed last stands in the log alone until etcd applies
//! it, and the log itself learns late what is committed ([`wal::commit_all`]). So a copy of the data
//! directory, whose log is noted as committed, is started once, alone on the loopback and reached by
//! nobody, with `--force-new-cluster`: it applies its log and closes its database. The directory itself
//! is never touched.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use crate::apply::HostError;
use crate::host::failure::{self, failed, refused};
use crate::host::{busy, copy, orphans, space, wal};

/// The variable by which etcd learns how large its database may be.
pub const QUOTA: &str = "ETCD_QUOTA_BACKEND_BYTES";

/// The name of an etcd that is started here and reached by nobody.
const NAME: &str = "--name=replay";

/// The flag with which a member begins anew alone.
const FORCE: &str = "--force-new-cluster";

/// What etcd says when it serves.
const SERVES: &str = "ready to serve client requests";

/// How long it has to apply its log.
const PATIENCE: Duration = Duration::from_secs(300);

/// How often it is looked at.
const POLL: Duration = Duration::from_millis(20);

/// The data of a member that does not run.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Its data directory.
    pub data: &'a Path,
    /// Where its log is, if etcd's `--wal-dir` said so.
    pub wal: Option<&'a Path>,
    /// How large its database may be, as etcd takes it.
    pub quota: Option<&'a str>,
}

/// Makes a whole database of it, within a directory of its own, which is cleared first and is the
/// caller's to clear afterwards. Returns the database's path.
pub async fn database(etcd: &Path, source: &Source<'_>, work: &Path) -> Result<PathBuf, HostError> {
    end_earlier(work).await?;
    copy::cleared(work).map_err(failed)?;
    let wanted = space::taken(source.data).map_err(failed)?;
    space::must_hold(work, wanted)?;
    let cannot =
        |from: &Path, error: io::Error| refused(format!("cannot copy {}: {error}", from.display()));
    copy::copy_whole(source.data, work).map_err(|error| cannot(source.data, error))?;
    let log = wal::within(work);
    if let Some(wal) = source.wal {
        copy::copy_whole(wal, &log).map_err(|error| cannot(wal, error))?;
    }
    begin_anew(etcd, source.quota, work, None).await?;
    Ok(work.join("member/snap/db"))
}

/// Lets the member of a data directory begin anew alone, with all of its log, and ends it: its cluster
/// keeps its id, and has no other member.
pub async fn begin_anew(
    etcd: &Path,
    quota: Option<&str>,
    data: &Path,
    log: Option<&Path>,
) -> Result<(), HostError> {
    end_earlier(data).await?;
    let within = wal::within(data);
    wal::commit_all(log.unwrap_or(&within)).map_err(failed)?;
    replayed(etcd, quota, data, log).await
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Ends what a run that was killed has left running there: two processes of one member must never be.
async fn end_earlier(data: &Path) -> Result<(), HostError> {
    orphans::end(data, &[NAME, FORCE]).await?;
    let database = data.join("member/snap/db");
    let is_held = !busy::holders(&database).is_empty();
    if is_held || busy::is_locked(&database).map_err(failed)? {
        return Err(refused(format!("a process works on {}", data.display())));
    }
    Ok(())
}

/// Starts etcd there until it has applied its log.
async fn replayed(
    etcd: &Path,
    quota: Option<&str>,
    data: &Path,
    wal: Option<&Path>,
) -> Result<(), HostError> {
    let log = beside(data, ".log");
    let output = File::create(&log).map_err(failed)?;
    let mut command = Command::new(etcd);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .arg(NAME)
        .arg(FORCE)
        .arg(orphans::DATA_DIR)
        .arg(data)
        .args(["--listen-client-urls=http://127.0.0.1:0"])
        .args(["--advertise-client-urls=http://127.0.0.1:0"])
        .args(["--listen-peer-urls=http://127.0.0.1:0"])
        .stdin(Stdio::null())
        .stdout(output.try_clone().map_err(failed)?)
        .stderr(output)
        .kill_on_drop(true);
    if let Some(wal) = wal {
        command.arg("--wal-dir").arg(wal);
    }
    if let Some(quota) = quota {
        command.env(QUOTA, quota);
    }
    let mut child = command
        .spawn()
        .map_err(|error| failure::spawn(etcd, &error))?;
    let begun = Instant::now();
    loop {
        let said = fs::read(&log).map_err(failed)?;
        let said = String::from_utf8_lossy(&said);
        if said.contains(SERVES) {
            break;
        }
        if let Some(status) = child.try_wait().map_err(failed)? {
            return Err(failure::ended(etcd, status, &said));
        }
        if begun.elapsed() > PATIENCE {
            return Err(HostError::TimedOut {
                program: etcd.display().to_string(),
                limit: PATIENCE,
            });
        }
        sleep(POLL).await;
    }
    stop(&mut child).await.map_err(failed)?;
    fs::remove_file(&log).map_err(failed)
}

/// Ends it so that its database is closed.
async fn stop(child: &mut Child) -> io::Result<()> {
    let pid = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(pid) = pid.and_then(Pid::from_raw) {
        kill_process(pid, Signal::TERM)?;
    }
    match tokio::time::timeout(orphans::TERM_TO_KILL, child.wait()).await {
        Ok(status) => status.map(|_| ()),
        Err(_) => Err(io::Error::other("etcd does not end")),
    }
}
