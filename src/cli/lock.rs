//! The lock of an apply, as it was asked for.

use crate::apply::lock::{Lock, LockError, NoLock};
use crate::etcd::EtcdCluster;
use crate::etcd::lock::{Claim, EtcdLock};
use crate::plan::Plan;
use crate::render::plain::plain;

use super::args::{Apply, LockKind};
use super::clock::time_of_day;
use super::console::Console;
use super::failure::Failure;

/// A lock that was taken, or none.
#[derive(Debug)]
pub(super) enum HeldLock {
    Etcd(EtcdLock),
    None(NoLock),
}

impl Lock for HeldLock {
    async fn check(&mut self) -> Result<(), LockError> {
        match self {
            Self::Etcd(lock) => lock.check().await,
            Self::None(none) => none.check().await,
        }
    }
}

impl HeldLock {
    /// Gives it back.
    pub(super) async fn release(self) {
        match self {
            Self::Etcd(lock) => lock.release().await,
            Self::None(_) => {}
        }
    }
}

/// Takes the lock. Where the plan itself has taken quorum away nobody can have it.
pub(super) async fn take(
    console: &Console,
    arguments: &Apply,
    plan: &Plan,
    cluster: &EtcdCluster,
    is_seen: bool,
) -> Result<HeldLock, Failure> {
    if arguments.lock == LockKind::None || !is_seen {
        return Ok(HeldLock::None(NoLock));
    }
    let claim = Claim::of_this_process(&plan.plan_id, time_of_day());
    let limit = arguments.lock_timeout.0;
    let waiting_for = |holder: &str| {
        let wait = humantime::format_duration(limit);
        let line = format!("Another apply is under way: {holder}. Waiting up to {wait} for it.");
        console.note(&format!("{}\n", plain(&line)));
    };
    let lock = EtcdLock::acquire(
        cluster.answering(),
        cluster.access(),
        &claim,
        limit,
        waiting_for,
    )
    .await?;
    Ok(HeldLock::Etcd(lock))
}
