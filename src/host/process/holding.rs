//! Whether a place holds a member's own data or another's.
//!
//! etcd's log says whose it is. Before there is one, and after, so does a note
//! of ours beside the data: a process that joins may end before it has written
//! anything that names it.

use std::fs;
use std::io;
use std::path::Path;

use crate::apply::host_action::HostAction;
use crate::host::process::data_of;
use crate::host::{copy, wal};
use crate::member::MemberId;

/// The note: as which member the data was begun.
const NOTE: &str = "joined";

/// The member whose data is there, as far as anybody knows.
fn holder(home: &Path) -> Option<MemberId> {
    let data = data_of(home);
    if copy::is_empty(&data) {
        return None;
    }
    let noted = || {
        fs::read_to_string(home.join(NOTE))
            .ok()?
            .trim()
            .parse()
            .ok()
    };
    let owner = wal::owner(&wal::within(&data));
    owner.map(|owner| owner.member).or_else(noted)
}

/// Whether the data there is known to be the member's own.
pub(super) fn is_own(action: &HostAction, home: &Path) -> bool {
    action.member_id.is_some() && holder(home) == action.member_id
}

/// The other member whose data is there.
pub(super) fn other(action: &HostAction, home: &Path) -> Option<MemberId> {
    let own = action.member_id?;
    holder(home).filter(|holder| *holder != own)
}

/// Notes that the data there is the member's.
pub(super) fn note(action: &HostAction, home: &Path) -> io::Result<()> {
    match action.member_id {
        Some(id) => fs::write(home.join(NOTE), id.to_string()),
        // The first start of a cluster: its log will say.
        None => forget(home),
    }
}

/// Forgets whose the data was.
pub(super) fn forget(home: &Path) -> io::Result<()> {
    match fs::remove_file(home.join(NOTE)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}
