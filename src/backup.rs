//! Copies of the database: how they are called, which is deleted, whether one is whole.
//!
//! Layer 1, pure. The `etcd` adapter streams a backup to a file and asks here
//! whether what came is what was sent; the `cli` asks which file may go.
//!
//! What etcd sends is the database file and behind it the SHA-256 of all
//! before ([`trailer`]). A file has the name of a backup ([`name`]) only once
//! it is whole and on the disk.

pub mod error;
pub mod name;
pub mod retention;
pub mod source;
pub mod trailer;

use std::path::PathBuf;

use crate::amount::Size;
use crate::member::{ClusterId, MemberId};
use crate::url::Url;

pub use error::BackupError;
pub use name::BackupName;
pub use source::Source;

/// A backup that is to be made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Order {
    /// What people call the cluster, if a file says it.
    pub cluster_name: Option<String>,
    /// The cluster.
    pub cluster_id: ClusterId,
    /// The member that sends it.
    pub from: MemberId,
    /// What people call that member.
    pub label: String,
    /// Where it answers.
    pub endpoint: Url,
    /// The size of its database.
    pub db_size: Size,
    /// When the cluster was looked at: UTC, RFC 3339, whole seconds.
    pub observed_at: String,
}

/// A backup that was made and checked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Saved {
    /// The file.
    pub path: PathBuf,
    /// The member that sent it.
    pub from: String,
    /// What is in the file.
    pub content: Content,
    /// The revision of the cluster when the stream was asked for: that of the backup is no lower.
    pub asked_at: u64,
}

/// What is in the file of a backup that is whole.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Content {
    /// Its length in bytes, with the digest at its end.
    pub bytes: u64,
    /// The SHA-256 of the whole file, as `sha256sum` prints it.
    pub sha256: String,
    /// What etcd's own program reads in it.
    pub reading: Reading,
}

/// What etcd's own program reads in a backup.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reading {
    /// It was read.
    Read {
        /// The last revision in it.
        revision: u64,
        /// How many keys it has in all, revisions and etcd's own among them, as
        /// `etcdutl snapshot status` counts.
        keys: u64,
        /// The program.
        program: PathBuf,
    },
    /// There is no program here that reads it.
    NotRead,
}
