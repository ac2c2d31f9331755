//! What is found at a member's place: its data, how far that goes, and what is left beside it.

use std::io;
use std::path::Path;

use crate::host::{space, wal};
use crate::remains::{Data, Remnant};

/// Looks at a data directory, whose log may be elsewhere.
pub fn look(data: &Path, log: Option<&Path>, running: bool) -> io::Result<Remnant> {
    let within = wal::within(data);
    let found = wal::read(log.unwrap_or(&within))?;
    let found = match found {
        Some(log) => Some(Data {
            member: log.owner.member,
            cluster: log.owner.cluster,
            last: log.last,
            committed: log.committed,
            size: Some(space::taken(data)?),
        }),
        None => None,
    };
    Ok(Remnant {
        running,
        data: found,
        free: Some(space::left(data)?),
    })
}
