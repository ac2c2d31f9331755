//! Whether some process works on a file.

use std::fs::{self, DirEntry, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

/// Whether an etcd works on this database: it holds a lock on it for as long (`flock` in bbolt's
/// `bolt_unix.go`), which shows whoever's process it is.
///
/// # Errors
///
/// The file cannot be read.
pub fn is_locked(database: &Path) -> io::Result<bool> {
    let file = match File::open(database) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    match flock(&file, FlockOperation::NonBlockingLockShared) {
        Ok(()) => Ok(false),
        Err(Errno::WOULDBLOCK) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// The processes that have this file open, of those that we may look at.
pub(super) fn holders(file: &Path) -> Vec<u32> {
    let Ok(wanted) = fs::metadata(file) else {
        return Vec::new();
    };
    let wanted = (wanted.dev(), wanted.ino());
    let holds = |process: &DirEntry| {
        let open = fs::read_dir(process.path().join("fd"));
        let mut files = open.into_iter().flatten().flatten();
        files.any(|open| {
            fs::metadata(open.path()).is_ok_and(|open| (open.dev(), open.ino()) == wanted)
        })
    };
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let processes = processes.filter(holds);
    let pids = processes.filter_map(|process| process.file_name().to_str()?.parse().ok());
    pids.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_is_open_or_locked_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        assert!(!is_locked(&path).unwrap());
        let open = File::create(&path).unwrap();
        assert_eq!(holders(&path), [std::process::id()]);
        assert!(!is_locked(&path).unwrap());
        flock(&open, FlockOperation::LockExclusive).unwrap();
        assert!(is_locked(&path).unwrap());
        drop(open);
        assert!(!is_locked(&path).unwrap());
        assert!(holders(&path).is_empty());
    }
}
