//! The stream of a backup, from one member.

use std::mem;
use std::path::Path;
use std::time::Duration;

use etcd_client::{Client, Error};
use tokio::time::timeout;

use crate::amount::Size;
use crate::apply::answer::is_about_rights;
use crate::backup::trailer::Judgement;
use crate::backup::{BackupError, Order};
use crate::etcd::Access;
use crate::etcd::connect::Connections;
use crate::etcd::login::log_in;
use crate::etcd::probe::words;

use super::incoming::Incoming;
use super::{Aside, unwritten};

/// How long a member may send nothing: it reads its database from a disk that others use too.
const SILENCE: Duration = Duration::from_secs(30);

/// How much is written at once. What has come and is not written is at most twice that, and what
/// HTTP/2 has in flight.
const PORTION: usize = 256 << 10;

/// What came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Received {
    pub(super) bytes: u64,
    pub(super) sha256: String,
    /// The revision of the member when it was asked.
    pub(super) asked_at: u64,
}

/// Receives a backup, to its end.
pub(super) async fn receive(
    access: &Access,
    order: &Order,
    place: &Path,
    incoming: Incoming,
    mut told: impl FnMut(u64),
) -> Result<Received, BackupError> {
    let mut received = 0;
    let broken = |received: u64, reason: String| BackupError::Broken {
        member: order.label.clone(),
        received: Size(received),
        is_denied: is_about_rights(&reason),
        reason,
    };
    let mut client = connected(access, order)
        .await
        .map_err(|reason| broken(0, reason))?;
    let asked_at = revision(&mut client, order, access.limit)
        .await
        .map_err(|reason| broken(0, reason))?;
    let mut stream = in_time(client.snapshot())
        .await
        .map_err(|reason| broken(0, reason))?;
    let mut portion = Vec::with_capacity(PORTION);
    // One portion is written while the next comes.
    let mut written = Aside::begin(move || Ok(incoming));
    let disk = |error| unwritten(place, &error);
    while let Some(message) = in_time(stream.message())
        .await
        .map_err(|reason| broken(received, reason))?
    {
        let blob = message.blob();
        received += u64::try_from(blob.len()).unwrap_or(u64::MAX);
        portion.extend_from_slice(blob);
        if portion.len() >= PORTION {
            let full = mem::replace(&mut portion, Vec::with_capacity(PORTION));
            let incoming = written.end().await.map_err(disk)?;
            written = Aside::begin(move || incoming.put(&full));
            told(received);
        }
    }
    let incoming = written.end().await.map_err(disk)?;
    let finished = Aside::begin(move || incoming.put(&portion)?.finish());
    let (bytes, judgement) = finished.end().await.map_err(disk)?;
    told(bytes);
    let what = format!("the backup from {}", order.label);
    match (BackupError::of(&what, bytes, &judgement), judgement) {
        (Some(error), _) => Err(error),
        (None, Judgement::Whole { sha256 }) => Ok(Received {
            bytes,
            sha256,
            asked_at,
        }),
        (None, _) => Err(broken(bytes, "it is not whole".to_owned())),
    }
}

/// A client of the member alone, logged in where that is wanted.
async fn connected(access: &Access, order: &Order) -> Result<Client, String> {
    let mut connections = Connections::new(access.clone());
    let endpoint = &order.endpoint;
    let logged_in = log_in(&mut connections, std::slice::from_ref(endpoint)).await;
    logged_in.map_err(|(_, obstacle)| obstacle.to_string())?;
    let client = connections.client(endpoint).await;
    client.map_err(|obstacle| obstacle.to_string())
}

/// The revision of the member, if it is the one that was meant.
async fn revision(client: &mut Client, order: &Order, limit: Duration) -> Result<u64, String> {
    let answer = timeout(limit, client.status()).await;
    let answer = answer.map_err(|_| silent(limit))?;
    let answer = answer.map_err(|error| words(&error))?;
    let header = answer.header().ok_or("it does not say who it is")?;
    if (header.cluster_id(), header.member_id()) != (order.cluster_id.get(), order.from.get()) {
        return Err(format!(
            "another member answers at {} than did a moment ago",
            order.endpoint
        ));
    }
    Ok(u64::try_from(header.revision()).unwrap_or_default())
}

async fn in_time<T>(answer: impl Future<Output = Result<T, Error>>) -> Result<T, String> {
    match timeout(SILENCE, answer).await {
        Ok(answer) => answer.map_err(|error| words(&error)),
        Err(_) => Err(silent(SILENCE)),
    }
}

fn silent(limit: Duration) -> String {
    format!("nothing came for {}", humantime::format_duration(limit))
}
