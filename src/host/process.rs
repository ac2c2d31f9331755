//! The `process` driver: etcd on this machine, for sandboxes, rehearsals, and tests.
//!
//! Everything of one running place stands under `<root>/<name>/<host>/`, where
//! the host is that of the first peer URL: two members of one name can run at
//! the same time while one replaces the other. A process has a session of its
//! own and outlives this one.
//!
//! Nothing outside of the root is touched, and no member's data is cleared,
//! started, or replaced for another's: whose it is stands in etcd's own log.

mod holding;
mod log;
mod pid_file;
mod relay;
mod rescue;
mod running;
mod snapshot;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use process_wrap::std::{CommandWrap, ProcessSession};
use tokio::time::sleep;

use crate::apply::HostError;
use crate::apply::host_action::{ExpectedData, HostAction, Place};
use crate::host::failure::{failed, refused};
use crate::host::{SECRETS, copy};
use crate::remains::Remnant;
use crate::topology::{HostActionKind, ProcessDriver};

pub use running::Running;

/// How long a process must live to count as started; one that etcd's own
/// checks refuse is gone within 20 ms (ETCD 2).
const SURVIVES: Duration = Duration::from_millis(60);

/// etcd processes on this machine.
#[derive(Clone, Debug)]
pub struct Processes {
    etcd: PathBuf,
    root: PathBuf,
}

impl Processes {
    /// The processes under the root of these settings; relative paths start at the folder.
    pub fn new(settings: &ProcessDriver, folder: &Path) -> Self {
        let etcd = if settings.etcd.contains('/') {
            folder.join(&settings.etcd)
        } else {
            settings.etcd.clone().into()
        };
        Self {
            etcd,
            root: folder.join(&settings.root),
        }
    }

    /// Every place under the root, in the order of names.
    pub fn places(&self) -> io::Result<Vec<Running>> {
        running::below(&self.root)
    }

    /// Performs an action, and gives what whoever is there should know; repeating it is safe.
    pub async fn perform(&self, action: &HostAction) -> Result<Option<&'static str>, HostError> {
        let (home, previous) = (self.home(&action.place), self.home(&action.previous));
        match action.kind {
            HostActionKind::Start => self.start(action, &home, &previous).await?,
            HostActionKind::Stop => stop(action, &home).await?,
            HostActionKind::Restart => {
                // Before anything goes down.
                not_anothers_process(action, &home)?;
                stop(action, &previous).await?;
                stop(action, &home).await?;
                self.start(action, &home, &previous).await?;
            }
            HostActionKind::MoveData => move_data(action, &previous, &home)?,
            HostActionKind::Wipe => wipe(action, &home)?,
            HostActionKind::Check => {}
            HostActionKind::PutAside => rescue::put_aside(action, &home)?,
            HostActionKind::Restore => return rescue::restore(&self.etcd, action, &home).await,
            HostActionKind::ForceNew => rescue::force_new(&self.etcd, action, &home).await?,
            HostActionKind::Relay => relay::open(action, &home).await?,
            HostActionKind::EndRelay => relay::end(&home).await?,
        }
        Ok(None)
    }

    /// Looks at a member's place.
    pub fn check(&self, action: &HostAction) -> Result<Remnant, HostError> {
        rescue::check(&self.home(&action.place))
    }

    fn home(&self, place: &Place) -> PathBuf {
        self.root
            .join(folder_name(&place.member))
            .join(folder_name(place.peer_urls.first_host()))
    }

    async fn start(
        &self,
        action: &HostAction,
        home: &Path,
        previous: &Path,
    ) -> Result<(), HostError> {
        not_anothers_process(action, home)?;
        if running::is_running(home) {
            return Ok(());
        }
        attach(action, previous, home).map_err(failed)?;
        let data = data_of(home);
        match (
            action.data,
            copy::is_empty(&data),
            holding::other(action, home),
        ) {
            (ExpectedData::Present, true, _) => {
                return Err(refused(format!(
                    "{} holds no data, and a member must never start again on an empty directory; \
                     if the data is lost, replace the member: data: discard",
                    data.display()
                )));
            }
            (ExpectedData::Present | ExpectedData::Any, false, Some(other)) => {
                return Err(refused(format!(
                    "{} holds the data of member {other}, and another's is never started",
                    data.display()
                )));
            }
            // A joiner that was started before has its own data there already.
            (ExpectedData::Empty, false, _) if !holding::is_own(action, home) => {
                return Err(refused(format!(
                    "{} holds the data of an earlier member, and a new one must start empty; clear it first",
                    data.display()
                )));
            }
            (ExpectedData::Empty, _, _)
            | (ExpectedData::Any, true, _)
            | (ExpectedData::Present | ExpectedData::Any, false, None) => {}
        }
        fs::create_dir_all(home).map_err(failed)?;
        holding::note(action, home).map_err(failed)?;
        let log = home.join(LOG);
        let begin = log::length(&log);
        self.launch(action, home, &data)
            .map_err(|error| HostError::Spawn {
                program: self.etcd.display().to_string(),
                reason: error.to_string(),
            })?;
        sleep(SURVIVES).await;
        if running::is_running(home) {
            return Ok(());
        }
        Err(ended(&log, begin))
    }

    /// Whether a member still runs that was started for the first time; else why it ended.
    pub fn survives(&self, action: &HostAction) -> Result<(), HostError> {
        let home = self.home(&action.place);
        if running::is_running(&home) {
            return Ok(());
        }
        Err(ended(&home.join(LOG), 0))
    }

    fn launch(&self, action: &HostAction, home: &Path, data: &Path) -> io::Result<()> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(home.join(LOG))?;
        let mut command = CommandWrap::with_new(&self.etcd, |command| {
            for secret in SECRETS {
                command.env_remove(secret);
            }
            command
                .envs(action.etcd_environment())
                .env("ETCD_DATA_DIR", data)
                .env_remove("ETCD_WAL_DIR")
                .stdin(Stdio::null())
                .stdout(log.try_clone().map_or_else(|_| Stdio::null(), Stdio::from))
                .stderr(Stdio::from(log));
        });
        let child = command.wrap(ProcessSession).spawn()?;
        pid_file::write(&home.join(pid_file::NAME), child.id())
    }
}

/// Why a process ended, by its log from this byte on.
fn ended(log: &Path, begin: usize) -> HostError {
    let status = match log::last_words(log, begin) {
        Some(words) => format!("an error: {words}"),
        None => "nothing in its log".to_owned(),
    };
    HostError::Failed {
        program: "etcd".to_owned(),
        status,
    }
}

/// etcd's log, in the folder of a place.
const LOG: &str = "etcd.log";

/// Where the data of a place is: below the root, whatever the file says of hosts.
fn data_of(home: &Path) -> PathBuf {
    home.join("data")
}

/// What two members of one name on one host would share.
fn not_anothers_process(action: &HostAction, home: &Path) -> Result<(), HostError> {
    match holding::other(action, home).filter(|_| running::is_running(home)) {
        Some(other) => Err(refused(format!(
            "member {other} runs in {}, and only one member can",
            home.display()
        ))),
        None => Ok(()),
    }
}

/// Ends the member's process; another's that runs in its place is left alone.
async fn stop(action: &HostAction, home: &Path) -> Result<(), HostError> {
    if holding::other(action, home).is_some() {
        return Ok(());
    }
    running::stop(home).await.map_err(failed)
}

/// A host or member that only got another name: the directory is where it was.
fn attach(action: &HostAction, previous: &Path, home: &Path) -> io::Result<()> {
    let (old, data) = (data_of(previous), data_of(home));
    let there = copy::is_empty(&data) || holding::other(action, home).is_some();
    let attachable = action.data == ExpectedData::Present
        && old != data
        && there
        && !copy::is_empty(&old)
        && holding::other(action, previous).is_none();
    if !attachable || running::is_running(previous) {
        return Ok(());
    }
    if !copy::is_empty(&data) {
        copy::put_aside(&data)?;
    }
    fs::create_dir_all(home)?;
    fs::rename(old, data)?;
    holding::forget(previous)?;
    holding::note(action, home)
}

/// Copies the data; at any point of it, doing it again is safe.
fn move_data(action: &HostAction, previous: &Path, home: &Path) -> Result<(), HostError> {
    let (from, to) = (data_of(previous), data_of(home));
    let failed = |error: io::Error| {
        let (from, to) = (from.display(), to.display());
        refused(format!("cannot copy {from} to {to}: {error}"))
    };
    let because = |reason: String| failed(io::Error::other(reason));
    let stranger = holding::other(action, previous);
    let left = stranger.is_some() || copy::is_empty(&from);
    let arrived = !copy::is_empty(&to) && holding::other(action, home).is_none();
    if from == to || (left && arrived) {
        return Ok(());
    }
    if let Some(stranger) = stranger {
        return Err(because(format!("it is the data of member {stranger}")));
    }
    // First: one that was started a moment ago has written no data yet.
    for place in [previous, home] {
        if running::is_running(place) {
            return Err(because(format!("etcd still runs in {}", place.display())));
        }
    }
    if copy::is_empty(&from) {
        return Err(because("there is no data".to_owned()));
    }
    // What lies there is a whole copy, of which this is the second attempt, or of another time.
    if !copy::is_empty(&to) && !copy::is_same(&from, &to).map_err(failed)? {
        copy::put_aside(&to).map_err(failed)?;
    }
    if copy::is_empty(&to) {
        // An empty directory in the way would stop the renaming.
        let _ = fs::remove_dir(&to);
        fs::create_dir_all(home).map_err(failed)?;
        copy::copy_whole(&from, &to).map_err(failed)?;
    }
    holding::note(action, home).map_err(failed)?;
    copy::put_aside(&from).map_err(failed)?;
    holding::forget(previous).map_err(failed)
}

fn wipe(action: &HostAction, home: &Path) -> Result<(), HostError> {
    let data = data_of(home);
    let because = |reason: String| refused(format!("cannot clear {}: {reason}", data.display()));
    if let Some(other) = holding::other(action, home) {
        return Err(because(format!("it is the data of member {other}")));
    }
    if running::is_running(home) {
        return Err(because("etcd still runs on it".to_owned()));
    }
    copy::cleared(&data).map_err(failed)?;
    holding::forget(home).map_err(failed)
}

/// A name that is one folder and no more, whatever the member is called.
fn folder_name(text: &str) -> String {
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '_'
        }
    };
    let name: String = text.chars().map(safe).collect();
    if name.starts_with('.') {
        format!("_{name}")
    } else {
        name
    }
}
