//! A data directory copied so that half a copy is never taken for a whole one.
//!
//! etcd starts silently on a directory whose database is missing, and panics
//! on one whose log is cut (ETCD 10). So the copy gets a temporary name, is
//! synced, compared file by file, and only then renamed.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// What a copy that is not finished is called.
const PARTIAL: &str = "partial";

/// What a directory that is out of the way is called.
const MOVED_AWAY: &str = "moved-away";

/// A directory's name with a word added: `data` becomes `data.partial`.
fn beside(dir: &Path, word: &str) -> PathBuf {
    let mut name = dir.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(word);
    dir.with_file_name(name)
}

/// Copies a directory to a place where none is. Repeatable at any point.
pub(super) fn copy_whole(from: &Path, to: &Path) -> io::Result<()> {
    let partial = beside(to, PARTIAL);
    if partial.exists() {
        fs::remove_dir_all(&partial)?;
    }
    copy_tree(from, &partial)?;
    if !is_same(from, &partial)? {
        return Err(io::Error::other("the copy differs from its source"));
    }
    fs::rename(&partial, to)?;
    sync_dir(to.parent())
}

/// Whether both directories hold the same.
pub(super) fn is_same(one: &Path, other: &Path) -> io::Result<bool> {
    Ok(digest(one)? == digest(other)?)
}

/// Gives a directory a name under which nothing starts it.
pub(super) fn put_aside(dir: &Path) -> io::Result<()> {
    let aside = (0..u32::MAX)
        .map(|number| beside(dir, &numbered(number)))
        .find(|path| !path.exists());
    let aside = aside.ok_or_else(|| io::Error::other("no free name to put the directory aside"))?;
    fs::rename(dir, aside)?;
    sync_dir(dir.parent())
}

fn numbered(number: u32) -> String {
    if number == 0 {
        MOVED_AWAY.to_owned()
    } else {
        format!("{MOVED_AWAY}.{number}")
    }
}

/// Removes a directory, if there is one.
pub(super) fn cleared(dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            let reason = format!("cannot clear {}: {error}", dir.display());
            Err(io::Error::new(error.kind(), reason))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Whether a directory holds anything.
pub(super) fn is_empty(dir: &Path) -> bool {
    fs::read_dir(dir).map_or(true, |mut entries| entries.next().is_none())
}

fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    fs::set_permissions(to, fs::metadata(from)?.permissions())?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
            File::open(&target)?.sync_all()?;
        }
    }
    sync_dir(Some(to))
}

fn sync_dir(dir: Option<&Path>) -> io::Result<()> {
    dir.map_or(Ok(()), |dir| File::open(dir)?.sync_all())
}

/// Every file below a directory, in order, with its content's digest.
fn digest(dir: &Path) -> io::Result<Vec<(PathBuf, Vec<u8>)>> {
    let mut found = Vec::new();
    let mut entries = fs::read_dir(dir)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = PathBuf::from(entry.file_name());
        if entry.file_type()?.is_dir() {
            found.extend(
                digest(&entry.path())?
                    .into_iter()
                    .map(|(below, sum)| (name.join(below), sum)),
            );
        } else {
            found.push((name, file_digest(&entry.path())?));
        }
    }
    Ok(found)
}

fn file_digest(path: &Path) -> io::Result<Vec<u8>> {
    let (mut file, mut hash, mut buffer) = (File::open(path)?, Sha256::new(), vec![0; 1 << 16]);
    loop {
        let length = file.read(&mut buffer)?;
        if length == 0 {
            return Ok(hash.finalize().to_vec());
        }
        hash.update(buffer.get(..length).unwrap_or_default());
    }
}
