//! The journals of runs: a file for each plan, one synced line an entry.
//!
//! Layer 6. `<state>/<cluster id>/<plan id>.jsonl`, readable by nobody else. A
//! line that was cut off by a crash is no entry, and the next run begins a new one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::apply::journal::{Entry, Journal, JournalError, Record};
use crate::member::ClusterId;
use crate::plan::Plan;

/// How the files are called.
const EXTENSION: &str = "jsonl";

/// A line: an entry, and when it was written.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Line {
    /// UTC, RFC 3339.
    at: String,
    #[serde(flatten)]
    entry: Entry,
}

/// A journal that is written.
#[derive(Debug)]
pub struct FileJournal {
    path: PathBuf,
    file: File,
}

impl FileJournal {
    /// Opens the journal of a plan below a state directory, and makes it if it is new.
    pub fn open(state: &Path, plan: &Plan) -> Result<Self, JournalError> {
        let folder = folder_of(state, plan);
        let path = place(state, plan);
        let open = || -> io::Result<File> {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&folder)?;
            let mut file = OpenOptions::new()
                .create(true)
                .append(true)
                .mode(0o600)
                .open(&path)?;
            // A line that was cut off ends here.
            if !fs::read(&path)?.ends_with(b"\n") && file.metadata()?.len() > 0 {
                file.write_all(b"\n")?;
            }
            File::open(&folder)?.sync_all()?;
            Ok(file)
        };
        match open() {
            Ok(file) => Ok(Self { path, file }),
            Err(error) => Err(failed(&path, &error)),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Journal for FileJournal {
    fn record(&mut self, entry: &Entry) -> Result<(), JournalError> {
        let line = Line {
            at: now(),
            entry: entry.clone(),
        };
        let written = serde_json::to_string(&line)
            .map_err(io::Error::from)
            .and_then(|line| self.file.write_all(format!("{line}\n").as_bytes()))
            .and_then(|()| self.file.sync_data());
        written.map_err(|error| failed(&self.path, &error))
    }
}

fn failed(path: &Path, error: &io::Error) -> JournalError {
    JournalError {
        reason: format!("{}: {error}", path.display()),
    }
}

/// A run that was written down.
#[derive(Clone, Debug)]
pub struct Run {
    /// Where.
    pub path: PathBuf,
    /// When it last began.
    pub begun_at: String,
    /// The plan.
    pub plan: Plan,
    /// What was done of it.
    pub record: Record,
    /// Whether every step is done.
    pub is_complete: bool,
}

impl Run {
    /// Reads a journal; `None` where it holds no plan.
    pub fn read(path: &Path) -> io::Result<Option<Self>> {
        let text = fs::read_to_string(path)?;
        let lines: Vec<Line> = text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        // A plan that is made anew begins anew, though it may have the id of one that was performed.
        let begins = |line: &Line| matches!(&line.entry, Entry::Begun { plan: Some(_), .. });
        let first = lines.iter().rposition(begins);
        let lines = first.map_or(&[][..], |first| lines.split_at(first).1);
        let mut run = None;
        for line in lines {
            if let Entry::Begun { plan, .. } = &line.entry {
                let earlier = run.take().map(|run: Self| run.plan);
                let plan = plan.as_deref().cloned().or(earlier);
                run = plan.map(|plan| Self {
                    path: path.to_owned(),
                    begun_at: line.at.clone(),
                    plan,
                    record: Record::of(lines.iter().map(|line| &line.entry)),
                    is_complete: lines
                        .last()
                        .is_some_and(|line| line.entry == Entry::Complete),
                });
            }
        }
        Ok(run)
    }

    /// The run of this very plan.
    pub fn of(state: &Path, plan: &Plan) -> Option<Self> {
        // What cannot be read tells nothing: losing it makes no run unsafe.
        let run = Self::read(&place(state, plan)).ok()??;
        (run.plan.plan_id == plan.plan_id).then_some(run)
    }

    /// The run of a cluster that began last, whichever plan it was of.
    pub fn last_of(state: &Path, cluster: ClusterId) -> io::Result<Option<Self>> {
        let mut runs = below(&folder(state, cluster))?;
        runs.sort_by(|a, b| a.begun_at.cmp(&b.begun_at));
        Ok(runs.pop())
    }

    /// The last run of each cluster.
    pub fn last_of_each(state: &Path) -> io::Result<Vec<Self>> {
        let clusters = entries(state)?.into_iter().filter_map(|path| {
            let name = path.file_name()?.to_str()?.to_owned();
            name.parse().ok()
        });
        let mut runs = Vec::new();
        for cluster in clusters {
            runs.extend(Self::last_of(state, cluster)?);
        }
        Ok(runs)
    }
}

fn place(state: &Path, plan: &Plan) -> PathBuf {
    let file = folder_of(state, plan).join(&plan.plan_id);
    file.with_extension(EXTENSION)
}

fn folder_of(state: &Path, plan: &Plan) -> PathBuf {
    let unknown = || state.join("unknown");
    plan.kept_under()
        .map_or_else(unknown, |cluster| folder(state, cluster))
}

fn folder(state: &Path, cluster: ClusterId) -> PathBuf {
    state.join(cluster.to_string())
}

/// Every run in a folder. A file that cannot be read as one tells nothing.
fn below(folder: &Path) -> io::Result<Vec<Run>> {
    let is_journal = |path: &PathBuf| path.extension().is_some_and(|end| end == EXTENSION);
    let files = entries(folder)?.into_iter().filter(is_journal);
    Ok(files.filter_map(|path| Run::read(&path).ok()?).collect())
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()?;
    paths.sort();
    Ok(paths)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a journal tells when something was done; nothing is decided by it but which run was last"
)]
fn now() -> String {
    humantime::format_rfc3339_millis(SystemTime::now()).to_string()
}
