//! The `process` driver: etcd on this machine, for sandboxes, rehearsals, and tests.
//!
//! Everything of one running place stands under `<root>/<name>/<host>/`, where
//! the host is that of the first peer URL: two members of one name can run at
//! the same time while one replaces the other. A process has a session of its
//! own and outlives this one.

mod pid_file;
mod running;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use process_wrap::std::{CommandWrap, ProcessSession};
use tokio::time::sleep;

use crate::apply::HostError;
use crate::apply::host_action::{ExpectedData, HostAction, Place};
use crate::host::copy;
use crate::topology::{HostActionKind, ProcessDriver};

pub use running::Running;

/// How long a process must live to count as started; one that etcd's own
/// checks refuse is gone within 20 ms (ETCD 2).
const SURVIVES: Duration = Duration::from_millis(60);

/// How much of a log is shown when a process ends at once.
const LOG_TAIL: usize = 3;

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

    /// Performs an action; repeating it is safe.
    pub async fn perform(&self, action: &HostAction) -> Result<(), HostError> {
        let home = self.home(&action.place);
        let failed = |error: io::Error| HostError::Refused {
            reason: error.to_string(),
        };
        match action.kind {
            HostActionKind::Start => self.start(action, &home).await,
            HostActionKind::Stop => running::stop(&home).await.map_err(failed),
            HostActionKind::Restart => {
                let previous = self.home(&action.previous);
                running::stop(&previous).await.map_err(failed)?;
                running::stop(&home).await.map_err(failed)?;
                self.start(action, &home).await
            }
            HostActionKind::MoveData => {
                let previous = self.home(&action.previous);
                self.move_data(action, &previous, &home)
            }
            HostActionKind::Wipe => self.wipe(action, &home),
        }
    }

    fn home(&self, place: &Place) -> PathBuf {
        let host = place.peer_urls.first().map_or("", |url| url.host());
        self.root
            .join(folder_name(&place.member))
            .join(folder_name(host))
    }

    fn data_dir(&self, place: &Place, home: &Path) -> PathBuf {
        place
            .data_dir
            .as_ref()
            .map_or_else(|| home.join("data"), |dir| self.root.join(dir))
    }

    async fn start(&self, action: &HostAction, home: &Path) -> Result<(), HostError> {
        let refused = |reason: String| HostError::Refused { reason };
        let failed = |error: io::Error| refused(error.to_string());
        if running::is_running(home) {
            return Ok(());
        }
        let data = self.data_dir(&action.place, home);
        self.attach(action, &data).map_err(failed)?;
        match (action.data, copy::is_empty(&data)) {
            (ExpectedData::Present, true) => {
                return Err(refused(format!(
                    "{} holds no data, and a member must never start again on an empty directory; \
                     if the data is lost, replace the member: data: discard",
                    data.display()
                )));
            }
            // A joiner that was started before has its own data there already.
            (ExpectedData::Empty, false) if !joined_before(home, action) => {
                return Err(refused(format!(
                    "{} holds the data of an earlier member, and a new one must start empty; clear it first",
                    data.display()
                )));
            }
            (ExpectedData::Empty | ExpectedData::Any, _) | (ExpectedData::Present, false) => {}
        }
        fs::create_dir_all(home).map_err(failed)?;
        mark_joined(home, action).map_err(failed)?;
        self.launch(action, home, &data)
            .map_err(|error| HostError::Spawn {
                program: self.etcd.display().to_string(),
                reason: error.to_string(),
            })?;
        sleep(SURVIVES).await;
        if running::is_running(home) {
            return Ok(());
        }
        let tail = log_tail(&home.join("etcd.log"));
        Err(HostError::Failed {
            program: "etcd".to_owned(),
            status: format!("an error at once: {tail}"),
        })
    }

    fn launch(&self, action: &HostAction, home: &Path, data: &Path) -> io::Result<()> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(home.join("etcd.log"))?;
        let mut command = CommandWrap::with_new(&self.etcd, |command| {
            command
                .envs(action.etcd_environment())
                .env("ETCD_DATA_DIR", data)
                .stdin(Stdio::null())
                .stdout(log.try_clone().map_or_else(|_| Stdio::null(), Stdio::from))
                .stderr(Stdio::from(log));
        });
        let child = command.wrap(ProcessSession).spawn()?;
        pid_file::write(&home.join(pid_file::NAME), child.id())
    }

    /// A host or member that only got another name: the directory is where it was.
    fn attach(&self, action: &HostAction, data: &Path) -> io::Result<()> {
        let previous = self.home(&action.previous);
        let old = self.data_dir(&action.previous, &previous);
        let attachable = action.data == ExpectedData::Present
            && old != *data
            && copy::is_empty(data)
            && old.exists();
        if !attachable || running::is_running(&previous) {
            return Ok(());
        }
        if let Some(parent) = data.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::rename(old, data)
    }

    fn move_data(
        &self,
        action: &HostAction,
        previous: &Path,
        home: &Path,
    ) -> Result<(), HostError> {
        let (from, to) = (
            self.data_dir(&action.previous, previous),
            self.data_dir(&action.place, home),
        );
        let failed = |error: io::Error| HostError::Refused {
            reason: format!(
                "cannot copy {} to {}: {error}",
                from.display(),
                to.display()
            ),
        };
        if from == to || (copy::is_empty(&from) && !copy::is_empty(&to)) {
            return Ok(());
        }
        if running::is_running(previous) {
            return Err(failed(io::Error::other("etcd still runs on it")));
        }
        if copy::is_empty(&from) {
            return Err(failed(io::Error::other("there is no data")));
        }
        if copy::is_empty(&to) {
            // An empty directory in the way would stop the renaming.
            let _ = fs::remove_dir(&to);
            fs::create_dir_all(home).map_err(failed)?;
            copy::copy_whole(&from, &to).map_err(failed)?;
        }
        copy::put_aside(&from).map_err(failed)
    }

    fn wipe(&self, action: &HostAction, home: &Path) -> Result<(), HostError> {
        let data = self.data_dir(&action.place, home);
        if running::is_running(home) {
            let reason = format!(
                "etcd still runs on {}: it is stopped before its data is cleared",
                data.display()
            );
            return Err(HostError::Refused { reason });
        }
        match fs::remove_dir_all(&data) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(HostError::Refused {
                reason: format!("cannot clear {}: {error}", data.display()),
            }),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

/// The file that says as which member the directory was begun.
const JOINED: &str = "joined";

fn joined_before(home: &Path, action: &HostAction) -> bool {
    let id = action.member_id.map(|id| id.to_string());
    fs::read_to_string(home.join(JOINED)).is_ok_and(|joined| Some(joined) == id)
}

fn mark_joined(home: &Path, action: &HostAction) -> io::Result<()> {
    match action.member_id {
        Some(id) => fs::write(home.join(JOINED), id.to_string()),
        None => Ok(()),
    }
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

fn log_tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().rev().take(LOG_TAIL).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join(" | ")
}
