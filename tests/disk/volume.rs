//! A disk whose size can be changed: a file system in memory.

use std::ffi::CString;
use std::fs;
use std::path::{Path, PathBuf};

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};

use crate::bed::Outcome;

pub(crate) const MEBIBYTE: u64 = 1 << 20;

/// More than anything here takes.
const AMPLE: u64 = 4096 * MEBIBYTE;

/// A file system that only this thread sees, and what it starts.
#[derive(Debug)]
pub(crate) struct Volume(PathBuf);

/// Fails where nothing can be mounted.
pub(crate) fn available() -> Outcome<()> {
    if rustix::process::geteuid().is_root() {
        return Ok(());
    }
    Err("a file system of its own needs root".into())
}

impl Volume {
    pub(crate) fn mount(directory: &Path) -> Outcome<Self> {
        fs::create_dir(directory)?;
        unshare(CloneFlags::CLONE_NEWNS)?;
        let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
        mount(None::<&Path>, "/", None::<&Path>, private, None::<&Path>)?;
        mounted(directory, AMPLE, MsFlags::empty())?;
        Ok(Self(directory.to_owned()))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Makes it so large that so many bytes are left.
    pub(crate) fn leave(&self, bytes: u64) -> Outcome<()> {
        let now = rustix::fs::statvfs(&self.0)?;
        let used = (now.f_blocks - now.f_bfree) * now.f_frsize;
        mounted(&self.0, used + bytes, MsFlags::MS_REMOUNT)
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        // Where that fails, it goes with the last process that sees it.
        let _ = umount2(&self.0, MntFlags::MNT_DETACH);
    }
}

fn mounted(directory: &Path, size: u64, flags: MsFlags) -> Outcome<()> {
    let size = CString::new(format!("size={size}"))?;
    let kind = Some("tmpfs");
    mount(kind, directory, kind, flags, Some(size.as_c_str()))?;
    Ok(())
}

/// How much a directory takes.
pub(crate) fn taken(directory: &Path) -> Outcome<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        bytes += if entry.file_type()?.is_dir() {
            taken(&entry.path())?
        } else {
            entry.metadata()?.len()
        };
    }
    Ok(bytes)
}
