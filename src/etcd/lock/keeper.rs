//! The lease of a lock, kept alive by a task of its own.

use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::etcd::answering::Answering;
use crate::etcd::connect::{Access, Connections};
use crate::etcd::lock::{Asker, REQUEST, TTL};

/// How often the lease is renewed: two renewals in a row may fail.
const RENEWAL: Duration = Duration::from_secs(5);

/// How long to wait after a renewal that nobody answered.
const RETRY: Duration = Duration::from_millis(500);

/// A lease that is kept alive.
#[derive(Debug)]
pub(super) struct Keeper {
    lease: i64,
    task: AbortHandle,
}

impl Keeper {
    /// Has a lease granted, and begins to keep it alive.
    pub(super) async fn begin(asker: &mut Asker) -> Result<Self, String> {
        let seconds = i64::try_from(TTL.as_secs()).unwrap_or(i64::MAX);
        let granted = asker
            .ask(async |client| client.lease_grant(seconds, None).await)
            .await?;
        let lease = granted.id();
        let task = tokio::spawn(keep(lease, asker.answering.clone(), asker.access()));
        let task = task.abort_handle();
        Ok(Self { lease, task })
    }

    pub(super) fn lease(&self) -> i64 {
        self.lease
    }

    /// Gives the lease back, and with it the lock.
    pub(super) async fn release(self, asker: &mut Asker) {
        self.task.abort();
        let lease = self.lease;
        // What nobody takes back expires by itself.
        let _ = asker
            .ask(async |client| client.lease_revoke(lease).await)
            .await;
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Renews a lease for ever. Whether it is still there shows in the key, which is
/// read before every act; a member that has just come to lead may not know it yet.
async fn keep(lease: i64, answering: Answering, access: Access) {
    let mut connections = Connections::new(access);
    let mut last = Instant::now();
    loop {
        sleep(RENEWAL.saturating_sub(last.elapsed())).await;
        if renew(lease, &answering, &mut connections).await {
            last = Instant::now();
        } else {
            sleep(RETRY).await;
        }
    }
}

/// Renews a lease once, with the help of whoever answers first.
async fn renew(lease: i64, answering: &Answering, connections: &mut Connections) -> bool {
    for place in answering.urls() {
        if let Ok(mut client) = connections.client(&place).await {
            // To open the stream is to renew.
            let renewed = timeout(REQUEST, client.lease_keep_alive(lease)).await;
            if matches!(renewed, Ok(Ok(_))) {
                return true;
            }
            connections.forget(&place);
        }
    }
    false
}
