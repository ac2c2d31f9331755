//! One apply at a time: the lock on a cluster.
//!
//! It is asked for before every act. That one apply excludes another does not
//! make an act safe, and nothing relies on it: a lock that was lost without
//! notice shows as a change by somebody else at the next look.

/// A lock that was taken.
pub trait Lock {
    /// Whether it is still ours.
    fn check(&mut self) -> impl Future<Output = Result<(), LockError>>;
}

/// Why the lock cannot be relied on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LockError {
    /// It is somebody else's, or nobody's.
    Lost {
        /// Whose, in words.
        holder: Option<String>,
    },
    /// Nobody answers who could say. Without quorum nobody can take it either.
    Unknown {
        /// What happened instead.
        reason: String,
    },
}

/// No lock: `--lock none`.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoLock;

impl Lock for NoLock {
    async fn check(&mut self) -> Result<(), LockError> {
        Ok(())
    }
}
