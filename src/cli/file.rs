//! Files that a command writes: whole or not at all.

use std::fs::Permissions;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tempfile::Builder;

use crate::render::Notice;

use super::exit::Exit;
use super::failure::Failure;

/// What happens to a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Present {
    /// It stays as it is, and that is an error.
    Kept,
    /// It is replaced.
    Replaced,
}

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Nobody else.
    Ours,
    /// Others, as far as the umask lets them.
    Everybody,
}

/// Writes a file.
pub(super) fn write(
    path: &Path,
    text: &str,
    present: Present,
    access: Access,
) -> Result<(), Failure> {
    written(path, text, present, access).map_err(|error| {
        let path = path.display();
        if error.kind() == io::ErrorKind::AlreadyExists {
            Failure::new(
                Exit::Error,
                Notice {
                    ways_out: vec!["name another file, or pass --force".to_owned()],
                    ..Notice::error(format!("{path} is there already, and was not touched"))
                },
            )
        } else {
            Failure::error(format!("cannot write {path}: {error}"))
        }
    })
}

fn written(path: &Path, text: &str, present: Present, access: Access) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        Some(_) | None => Path::new("."),
    };
    // Beside it, so that a rename is all that is left to do.
    let mut file = Builder::new()
        .prefix(".etcdplan-")
        .permissions(Permissions::from_mode(match access {
            Access::Ours => 0o600,
            Access::Everybody => 0o666,
        }))
        .tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    let kept = match present {
        Present::Kept => file.persist_noclobber(path),
        Present::Replaced => file.persist(path),
    };
    kept.map(|_| ()).map_err(|error| error.error)
}
