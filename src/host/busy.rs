//! Whether some process has a file open, as `/proc` tells it.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// Whether a process that we may look at has this file open.
pub fn is_open(file: &Path) -> bool {
    let Ok(wanted) = fs::metadata(file) else {
        return false;
    };
    let wanted = (wanted.dev(), wanted.ino());
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let files = processes.flat_map(|process| {
        let open = fs::read_dir(process.path().join("fd"));
        open.into_iter().flatten().flatten()
    });
    let mut files = files.filter_map(|open| fs::metadata(open.path()).ok());
    files.any(|open| (open.dev(), open.ino()) == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;

    #[test]
    fn one_that_is_open_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        assert!(!is_open(&path));
        let open = File::create(&path).unwrap();
        assert!(is_open(&path));
        drop(open);
        assert!(!is_open(&path));
    }
}
