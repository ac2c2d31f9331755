//! The folder of backups: whether there is room, and which files go.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use crate::amount::Size;
use crate::backup::{BackupError, BackupName, retention};

use super::{Aside, unwritten};

/// What must stay free: a database that is written to grows while it is streamed.
const LEAST_MARGIN: u64 = 1 << 20;

/// The margin of a large one: this part of it.
const MARGIN: u64 = 16;

/// Makes sure that the folder is there. Only its last part is created: where more is missing, the
/// place is misspelt or its disk not mounted.
pub fn prepare(folder: &Path) -> Result<(), BackupError> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        created => created.map_err(|error| unwritten(folder, &error)),
    }
}

/// Makes sure that there is room for a database of this size.
pub(super) fn make_room(folder: &Path, size: Size) -> Result<(), BackupError> {
    let statistics = rustix::fs::statvfs(folder);
    let statistics = statistics.map_err(|errno| unwritten(folder, &errno.into()))?;
    let free = Size(statistics.f_bavail.saturating_mul(statistics.f_frsize));
    let needed = Size(size.0 + (size.0 / MARGIN).max(LEAST_MARGIN));
    if needed <= free {
        return Ok(());
    }
    let folder = folder.display().to_string();
    Err(BackupError::NoRoom {
        folder,
        free,
        needed,
    })
}

/// Writes the folder itself to the disk: a name in it is as good as the folder's own pages.
pub(super) async fn sync(folder: &Path) -> Result<(), BackupError> {
    let place = folder.to_owned();
    let synced = Aside::begin(move || File::open(place)?.sync_all());
    let synced = synced.end().await;
    synced.map_err(|error| unwritten(folder, &error))
}

/// Deletes the oldest backups of the same cluster, such that so many stay with the one that was
/// just made; gives those that are gone.
pub fn prune(made: &Path, keep: usize) -> Result<Vec<PathBuf>, BackupError> {
    let here = Path::new(".");
    let parent = made.parent().filter(|parent| *parent != Path::new(""));
    let folder = parent.unwrap_or(here);
    let name = made.file_name().and_then(|name| name.to_str());
    let Some(name) = name.and_then(BackupName::parse) else {
        return Ok(Vec::new());
    };
    let files = files(folder).map_err(|error| unwritten(folder, &error))?;
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let mut gone = Vec::new();
    for file in retention::expendable(&files, &name, keep) {
        let path = made.with_file_name(file);
        fs::remove_file(&path).map_err(|error| unwritten(&path, &error))?;
        gone.push(path);
    }
    Ok(gone)
}

/// The plain files of a folder: a link or a folder of such a name was made by somebody else.
fn files(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file()
            && let Ok(name) = entry.file_name().into_string()
        {
            names.push(name);
        }
    }
    Ok(names)
}
