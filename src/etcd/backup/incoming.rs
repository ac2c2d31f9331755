//! The hidden file of a backup that comes in.

use std::fs::{File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tempfile::{Builder, TempPath};

use crate::backup::BackupError;
use crate::backup::trailer::{Judgement, StreamDigest};

use super::unwritten;

/// The file, and the digest of what is in it.
#[derive(Debug)]
pub(super) struct Incoming {
    file: File,
    digest: StreamDigest,
}

/// Opens a file in this folder, which is removed with the path that comes with it.
///
/// It is for nobody else to read: a database holds every secret of a cluster.
pub(super) fn open(folder: &Path) -> Result<(TempPath, Incoming), BackupError> {
    let file = Builder::new()
        .prefix(".etcdplan-")
        .suffix(".partial")
        .permissions(Permissions::from_mode(0o600))
        .tempfile_in(folder)
        .map_err(|error| unwritten(folder, &error))?;
    let (file, path) = file.into_parts();
    let digest = StreamDigest::default();
    Ok((path, Incoming { file, digest }))
}

impl Incoming {
    /// Writes the next bytes.
    pub(super) fn put(mut self, bytes: &[u8]) -> io::Result<Self> {
        self.file.write_all(bytes)?;
        self.digest.update(bytes);
        Ok(self)
    }

    /// Brings it to the disk; gives its length, and what it is.
    pub(super) fn finish(self) -> io::Result<(u64, Judgement)> {
        self.file.sync_all()?;
        Ok((self.digest.length(), self.digest.judge()))
    }
}
