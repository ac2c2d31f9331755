//! Backups: the database as one member streams it, to a file that is whole or not there.
//!
//! What comes goes to a hidden file beside its place; its digest is made while it comes.
//! Only what is whole, on the disk, and readable to etcd's own program where that is at hand
//! gets the name of a backup. Wherever this ends otherwise, the hidden file is removed.

mod depot;
mod folder;
mod incoming;
mod inspection;
mod reading;
mod stream;

use std::io;
use std::path::{Path, PathBuf};

use tokio::task::{JoinHandle, spawn_blocking};

use crate::backup::{BackupError, BackupName, Content, Order, Reading, Saved};
use crate::etcd::Access;

pub use depot::Depot;
pub use folder::{prepare, prune};
pub use inspection::{Inspection, inspect, sha256_of};
pub use reading::Tool;

/// How far a backup has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// So many bytes have come.
    Received(u64),
    /// All of it has come, and is read by etcd's own program.
    ReadBack,
}

/// Saves what a member has, to this folder, which is there.
pub async fn save(
    access: &Access,
    order: &Order,
    place: &Path,
    tool: &Tool,
    mut told: impl FnMut(Stage),
) -> Result<Saved, BackupError> {
    folder::make_room(place, order.db_size)?;
    let (hidden, incoming) = incoming::open(place)?;
    let received = stream::receive(access, order, place, incoming, |bytes| {
        told(Stage::Received(bytes));
    })
    .await?;
    if *tool != Tool::Absent {
        told(Stage::ReadBack);
    }
    let what = format!("the backup from {}", order.label);
    let reading = tool.read(&hidden, &what).await?;
    // What was compacted away is not read, and the member had come that far.
    let revision = match reading {
        Reading::Read { revision, .. } => revision.max(received.asked_at),
        Reading::NotRead => received.asked_at,
    };
    let name = BackupName::new(
        order.cluster_name.as_deref(),
        order.cluster_id,
        revision,
        &order.observed_at,
    );
    let path = match place.to_str() {
        Some(".") => PathBuf::from(name.to_string()),
        Some(_) | None => place.join(name.to_string()),
    };
    hidden
        .persist(&path)
        .map_err(|error| unwritten(&path, &error.error))?;
    folder::sync(place).await?;
    Ok(Saved {
        path,
        from: order.label.clone(),
        content: Content {
            bytes: received.bytes,
            sha256: received.sha256,
            reading,
        },
        asked_at: received.asked_at,
    })
}

fn unwritten(path: &Path, error: &io::Error) -> BackupError {
    BackupError::Unwritten {
        path: path.display().to_string(),
        reason: error.to_string(),
    }
}

/// Work of a disk, which begins at once. Others go on meanwhile, such as who keeps a lock alive.
struct Aside<T>(JoinHandle<io::Result<T>>);

impl<T: Send + 'static> Aside<T> {
    fn begin(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Self {
        Self(spawn_blocking(work))
    }

    async fn end(self) -> io::Result<T> {
        self.0.await.map_err(io::Error::other)?
    }
}
