//! What is told of a backup that was made, and of files that were checked.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::amount::Size;
use crate::backup::{Content, Reading, Saved};
use crate::member::ClusterId;
use crate::observation::Observation;
use crate::render::plain::plain;

/// The version of the JSON forms: minor versions only add.
pub(super) const FORMAT_VERSION: &str = "1.0";

/// What is told where no program of etcd's is at hand.
const NOT_READ: &str = "not read back: no etcdutl on PATH, and no --etcdutl";

/// A backup that was made, as JSON.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record {
    format_version: &'static str,
    #[serde(rename = "clusterID")]
    cluster_id: ClusterId,
    observed_at: String,
    from: String,
    #[serde(flatten)]
    file: Sheet,
    /// The least that its revision is, where it was not read back.
    asked_at_revision: u64,
    deleted: Vec<String>,
}

/// A file, as JSON.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sheet {
    path: String,
    bytes: u64,
    sha256: String,
    read_back: bool,
    revision: Option<u64>,
    keys: Option<u64>,
}

impl Sheet {
    pub(super) fn of(path: &Path, content: &Content) -> Self {
        let (revision, keys) = match &content.reading {
            Reading::Read { revision, keys, .. } => (Some(*revision), Some(*keys)),
            Reading::NotRead => (None, None),
        };
        Self {
            path: path.display().to_string(),
            bytes: content.bytes,
            sha256: content.sha256.clone(),
            read_back: content.reading != Reading::NotRead,
            revision,
            keys,
        }
    }
}

impl Record {
    pub(super) fn of(saved: &Saved, observation: &Observation, deleted: &[PathBuf]) -> Self {
        let deleted = deleted.iter().map(|path| path.display().to_string());
        Self {
            format_version: FORMAT_VERSION,
            cluster_id: observation.cluster_id,
            observed_at: observation.observed_at.clone(),
            from: saved.from.clone(),
            file: Sheet::of(&saved.path, &saved.content),
            asked_at_revision: saved.asked_at,
            deleted: deleted.collect(),
        }
    }

    pub(super) fn json(&self) -> String {
        json(self)
    }
}

pub(super) fn json(document: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(document).expect("texts and numbers are JSON");
    format!("{text}\n")
}

/// A backup that a plan has made, in a line.
pub(in crate::cli) fn line(saved: &Saved) -> String {
    let size = Size(saved.content.bytes);
    let reading = match &saved.content.reading {
        Reading::Read { revision, keys, .. } => {
            format!("revision {revision}, {keys} keys, read back")
        }
        Reading::NotRead => format!("revision {} or later, not read back", saved.asked_at),
    };
    format!(
        "{} ({size} from {}, {reading})",
        saved.path.display(),
        saved.from
    )
}

/// A backup that was made, for people.
pub(super) fn text(saved: &Saved, deleted: &[PathBuf]) -> String {
    let Saved {
        path,
        from,
        content,
        asked_at,
    } = saved;
    let mut rows = vec![("from", from.clone())];
    rows.extend(rows_of(content, Some(*asked_at)));
    let older = deleted.iter().map(|path| path.display().to_string());
    rows.extend(older.map(|path| ("deleted", path)));
    table(path, &rows)
}

/// A file that was checked, for people.
pub(super) fn checked(path: &Path, content: &Content) -> String {
    table(path, &rows_of(content, None))
}

fn rows_of(content: &Content, at_least: Option<u64>) -> Vec<(&'static str, String)> {
    let Content {
        bytes,
        sha256,
        reading,
    } = content;
    let mut rows = vec![("size", format!("{} ({bytes} bytes)", Size(*bytes)))];
    match reading {
        Reading::Read {
            revision,
            keys,
            program,
        } => {
            rows.push(("revision", revision.to_string()));
            rows.push((
                "keys",
                format!("{keys}, read back by {}", program.display()),
            ));
        }
        Reading::NotRead => {
            rows.extend(at_least.map(|least| ("revision", format!("{least} or later"))));
            rows.push(("keys", NOT_READ.to_owned()));
        }
    }
    rows.push(("sha256", sha256.clone()));
    rows
}

fn table(path: &Path, rows: &[(&str, String)]) -> String {
    let title = format!("{}\n", plain(&path.display().to_string()));
    let rows = rows
        .iter()
        .map(|(name, value)| format!("  {name:<8}  {}\n", plain(value)));
    [title].into_iter().chain(rows).collect()
}
