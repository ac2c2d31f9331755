//! Where a plan's backup is put: a port, and nobody behind it.

use crate::backup::{BackupError, Content, Order, Reading, Saved};

/// Somewhere that backups are kept.
pub trait Backups {
    /// Saves what a member has. When this returns it is whole, checked, and on the disk; where it
    /// fails, or is given up, nothing is left that looks like a backup.
    fn save(&mut self, order: &Order) -> impl Future<Output = Result<Saved, BackupError>>;
}

/// Nowhere: each backup is taken for made. For runs in memory.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoBackups;

impl Backups for NoBackups {
    async fn save(&mut self, order: &Order) -> Result<Saved, BackupError> {
        Ok(Saved {
            path: order.label.clone().into(),
            from: order.label.clone(),
            content: Content {
                bytes: order.db_size.0,
                sha256: String::new(),
                reading: Reading::NotRead,
            },
            asked_at: 0,
        })
    }
}
