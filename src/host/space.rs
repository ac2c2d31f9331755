//! How much a file system has left.

use std::fs;
use std::io;
use std::path::Path;

use crate::amount::Size;
use crate::apply::HostError;
use crate::host::failure::{failed, refused};

/// How much a directory takes.
pub fn taken(dir: &Path) -> io::Result<Size> {
    let mut bytes = 0;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        bytes += if entry.file_type()?.is_dir() {
            taken(&entry.path())?.0
        } else {
            entry.metadata()?.len()
        };
    }
    Ok(Size(bytes))
}

/// How much is left where something is to be made: at the nearest directory above it that is there.
pub fn left(place: &Path) -> io::Result<Size> {
    let there = place.ancestors().find(|dir| dir.is_dir());
    let there = there.unwrap_or(Path::new("."));
    let found = rustix::fs::statvfs(there)?;
    Ok(Size(found.f_bavail.saturating_mul(found.f_frsize)))
}

/// Refuses what would fill it.
pub(super) fn must_hold(place: &Path, wanted: Size) -> Result<(), HostError> {
    let left = left(place).map_err(failed)?;
    if left >= wanted {
        return Ok(());
    }
    Err(refused(format!(
        "{wanted} are needed for {}, and {left} are left there",
        place.display()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("inner")).unwrap();
        fs::write(folder.path().join("one"), [0; 10]).unwrap();
        fs::write(folder.path().join("inner/two"), [0; 5]).unwrap();
        assert_eq!(taken(folder.path()).unwrap(), Size(15));
        let place = folder.path().join("not/there/yet");
        must_hold(&place, Size(15)).unwrap();
        let error = must_hold(&place, Size(u64::MAX)).unwrap_err();
        assert!(error.to_string().contains("are left there"), "{error}");
    }
}
