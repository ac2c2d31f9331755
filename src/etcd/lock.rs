//! The lock on a cluster: a key in the cluster itself, which frees itself.
//!
//! `etcdplan/lock` is created by a transaction, under a lease that is kept
//! alive by a task of its own: whoever dies is forgotten after [`TTL`]. A
//! holder on this machine whose process is gone is replaced at once.

mod claim;
mod keeper;

use std::fmt;
use std::time::Duration;

use etcd_client::{Client, Compare, CompareOp, KeyValue, PutOptions, Txn, TxnOp};
use tokio::time::{Instant, sleep, timeout};

use crate::apply::answer;
use crate::apply::lock::{Lock, LockError};
use crate::etcd::answering::Answering;
use crate::etcd::connect::{Access, Connections};
use crate::etcd::probe::words;

pub use claim::Claim;
use keeper::Keeper;

/// The key. Whoever may apply needs the right to read and write it.
pub const KEY: &str = "etcdplan/lock";

/// How long a lock outlives its holder.
pub const TTL: Duration = Duration::from_secs(15);

/// How often a lock that another holds is asked for again.
const RETRY: Duration = Duration::from_millis(500);

/// How long one request for the lock may take.
const REQUEST: Duration = Duration::from_secs(2);

/// Why a lock was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
pub enum AcquireError {
    /// Another holds it.
    #[error("another apply is under way: {holder}")]
    #[diagnostic(
        code(E0440),
        help(
            "wait for it to end, or wait longer: --lock-timeout\nif it is gone for ever, its lock frees itself within 15 s"
        )
    )]
    Held {
        /// Who, in words.
        holder: String,
    },
    /// The user may not write its key.
    #[error("the lock cannot be taken: {reason}")]
    #[diagnostic(
        code(E0442),
        help(
            "grant the user's role the key: etcdctl role grant-permission ROLE readwrite etcdplan/lock\nto apply without the lock: --lock none"
        )
    )]
    Denied {
        /// The server's words.
        reason: String,
    },
    /// Nobody answers who could give it.
    #[error("the lock cannot be taken: {reason}")]
    #[diagnostic(code(E0441), help("to apply without it: --lock none"))]
    Unreachable {
        /// What happened instead.
        reason: String,
    },
}

/// A lock that was taken.
pub struct EtcdLock {
    keeper: Keeper,
    asker: Asker,
}

impl EtcdLock {
    /// Takes the lock, and waits as long as this for another holder, who is told of once.
    pub async fn acquire(
        answering: Answering,
        access: Access,
        claim: &Claim,
        limit: Duration,
        mut waiting_for: impl FnMut(&str),
    ) -> Result<Self, AcquireError> {
        let began = Instant::now();
        let mut told = None;
        let mut asker = Asker::new(answering, access);
        let mut keeper = None;
        loop {
            let failure = match asker.attempt(&mut keeper, claim).await {
                Ok(None) => match keeper.take() {
                    Some(keeper) => return Ok(Self { keeper, asker }),
                    None => AcquireError::Unreachable {
                        reason: "it has no lease".to_owned(),
                    },
                },
                Ok(Some(holder)) => {
                    if told.as_ref() != Some(&holder) {
                        waiting_for(&holder);
                        told = Some(holder.clone());
                    }
                    AcquireError::Held { holder }
                }
                Err(reason) if answer::is_about_rights(&reason) => {
                    return Err(AcquireError::Denied { reason });
                }
                Err(reason) => AcquireError::Unreachable { reason },
            };
            if began.elapsed() >= limit {
                if let Some(keeper) = keeper {
                    keeper.release(&mut asker).await;
                }
                return Err(failure);
            }
            sleep(RETRY.min(limit.saturating_sub(began.elapsed()))).await;
        }
    }

    /// Gives it back.
    pub async fn release(mut self) {
        self.keeper.release(&mut self.asker).await;
    }
}

impl fmt::Debug for EtcdLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EtcdLock")
            .field("keeper", &self.keeper)
            .finish_non_exhaustive()
    }
}

impl Lock for EtcdLock {
    async fn check(&mut self) -> Result<(), LockError> {
        let found = self.asker.holder().await;
        match found.map_err(|reason| LockError::Unknown { reason })? {
            Some(found) if found.lease() == self.keeper.lease() => Ok(()),
            Some(found) => Err(LockError::Lost {
                holder: Some(told(&found)),
            }),
            None => Err(LockError::Lost { holder: None }),
        }
    }
}

/// Who a key belongs to, in words.
fn told(found: &KeyValue) -> String {
    match serde_json::from_slice::<Claim>(found.value()) {
        Ok(claim) => claim.to_string(),
        Err(_) => format!("whoever wrote the key `{KEY}`"),
    }
}

/// Asks whoever answers.
struct Asker {
    answering: Answering,
    connections: Connections,
}

impl Asker {
    fn new(answering: Answering, access: Access) -> Self {
        Self {
            answering,
            connections: Connections::new(access),
        }
    }

    fn access(&self) -> Access {
        self.connections.access().clone()
    }

    /// Asks one place after the other, until one answers.
    async fn ask<T>(
        &mut self,
        question: impl AsyncFn(&mut Client) -> Result<T, etcd_client::Error>,
    ) -> Result<T, String> {
        let mut failure = "no member is known that could answer".to_owned();
        for place in self.answering.urls() {
            let client = self.connections.client(&place).await;
            let answer = match client {
                Ok(mut client) => timeout(REQUEST, question(&mut client)).await,
                Err(error) => {
                    failure = format!("{place}: {error}");
                    continue;
                }
            };
            failure = match answer {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => format!("{place}: {}", words(&error)),
                Err(_) => format!(
                    "{place}: no answer within {}",
                    humantime::format_duration(REQUEST)
                ),
            };
            self.connections.forget(&place);
        }
        Err(failure)
    }

    /// Who holds the lock, behind a linearizable read.
    async fn holder(&mut self) -> Result<Option<KeyValue>, String> {
        let mut found = self.ask(async |client| client.get(KEY, None).await).await?;
        Ok(found.take_kvs().into_iter().next())
    }

    /// Tries to take the lock; gives who has it instead.
    async fn attempt(
        &mut self,
        keeper: &mut Option<Keeper>,
        claim: &Claim,
    ) -> Result<Option<String>, String> {
        let found = self.holder().await?;
        // An answer may have been lost: the key can be ours already.
        let ours = |found: &KeyValue| keeper.as_ref().is_some_and(|k| k.lease() == found.lease());
        let unchanged = match &found {
            Some(found) if ours(found) => return Ok(None),
            Some(found) => {
                let holder: Option<Claim> = serde_json::from_slice(found.value()).ok();
                if !holder.is_some_and(|holder| holder.is_gone()) {
                    return Ok(Some(told(found)));
                }
                Compare::mod_revision(KEY, CompareOp::Equal, found.mod_revision())
            }
            None => Compare::create_revision(KEY, CompareOp::Equal, 0),
        };
        let lease = match keeper {
            Some(keeper) => keeper.lease(),
            None => keeper.insert(Keeper::begin(self).await?).lease(),
        };
        let value = serde_json::to_string(claim).map_err(|error| error.to_string())?;
        let put = TxnOp::put(KEY, value, Some(PutOptions::new().with_lease(lease)));
        let txn = Txn::new()
            .when([unchanged])
            .and_then([put])
            .or_else([TxnOp::get(KEY, None)]);
        let taken = self
            .ask(async |client| client.txn(txn.clone()).await)
            .await?;
        if taken.succeeded() {
            return Ok(None);
        }
        let now = self.holder().await?;
        Ok(Some(
            now.as_ref().map_or_else(|| "somebody".to_owned(), told),
        ))
    }
}
