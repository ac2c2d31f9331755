//! What of a folder is the sandbox's: only that is ever removed.
//!
//! A sandbox is made in a folder that is not there or empty, and a mark is left
//! in it. Without the mark a folder is somebody else's, whatever lies in it.

use std::fs;
use std::io;
use std::path::Path;

use crate::sandbox::{FILE, ROOT};

/// The file that says that a folder is a sandbox.
const MARK: &str = ".etcdplan-sandbox";

/// Whether somebody made a sandbox here.
pub(super) fn is_ours(dir: &Path) -> bool {
    dir.join(MARK).is_file()
}

/// Whether nothing is lost if a sandbox is made here.
pub(super) fn is_free(dir: &Path) -> io::Result<bool> {
    match fs::read_dir(dir) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

/// Makes a free folder a sandbox with this topology file.
pub(super) fn claim(dir: &Path, topology: &str) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    let word = "etcdplan made this sandbox; `etcdplan sandbox down` removes it\n";
    fs::write(dir.join(MARK), word)?;
    fs::write(dir.join(FILE), topology)
}

/// Removes what is the sandbox's, and the folder if nothing else is in it.
pub(super) fn clear(dir: &Path) -> io::Result<()> {
    let gone = |removed: io::Result<()>| match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    };
    gone(fs::remove_dir_all(dir.join(ROOT)))?;
    gone(fs::remove_file(dir.join(FILE)))?;
    gone(fs::remove_file(dir.join(MARK)))?;
    if is_free(dir)? {
        // The working directory of a shell may be here: it is empty, and that is enough.
        let _ = fs::remove_dir(dir);
    }
    Ok(())
}
