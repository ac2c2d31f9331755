//! The folder in which the backups of a plan are kept.

use std::fmt;
use std::path::PathBuf;

use crate::apply::backups::Backups;
use crate::backup::{BackupError, Order, Saved};
use crate::etcd::Access;

use super::{Stage, Tool, prepare, save};

/// The folder in which the backups of a plan are kept; `told` is told how far each has come.
pub struct Depot<W> {
    access: Access,
    folder: PathBuf,
    told: W,
}

impl<W> Depot<W> {
    /// In this folder, which is created where only its last part is missing.
    pub fn new(access: Access, folder: PathBuf, told: W) -> Self {
        Self {
            access,
            folder,
            told,
        }
    }
}

impl<W: FnMut(&Order, Stage)> Backups for Depot<W> {
    async fn save(&mut self, order: &Order) -> Result<Saved, BackupError> {
        prepare(&self.folder)?;
        let tool = Tool::find().await;
        let told = |stage| (self.told)(order, stage);
        // Its buffers are not for the stack of whoever performs a plan.
        Box::pin(save(&self.access, order, &self.folder, &tool, told)).await
    }
}

impl<W> fmt::Debug for Depot<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Depot")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}
