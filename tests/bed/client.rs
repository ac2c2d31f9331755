//! One client per member: the crate's balanced channel has no failover.

use std::time::Duration;

use etcd_client::{Client, ConnectOptions, GetOptions, StatusResponse};
use tokio::time::timeout;

use super::Outcome;

/// How long any single call may take. Loopback answers in milliseconds; an election takes 1 to 2 s.
const CALL: Duration = Duration::from_secs(3);

/// A client that talks to this endpoint and no other. It connects when first used.
pub async fn to(endpoint: &str) -> Outcome<Client> {
    let options = ConnectOptions::new()
        .with_connect_timeout(Duration::from_millis(500))
        .with_timeout(CALL);
    Ok(Client::connect([endpoint], Some(options)).await?)
}

pub async fn status(endpoint: &str) -> Outcome<StatusResponse> {
    let mut client = to(endpoint).await?;
    Ok(timeout(CALL, client.status()).await??)
}

/// Whether a linearizable read succeeds here.
pub async fn has_quorum(endpoint: &str) -> bool {
    let Ok(mut client) = to(endpoint).await else {
        return false;
    };
    matches!(timeout(CALL, client.get("quorum", None)).await, Ok(Ok(_)))
}

/// How far this member has applied, as a revision. A learner answers too.
pub async fn revision(endpoint: &str) -> Outcome<i64> {
    let mut client = to(endpoint).await?;
    let options = GetOptions::new().with_serializable();
    let answer = timeout(CALL, client.get("revision", Some(options))).await??;
    Ok(answer
        .header()
        .ok_or("an answer without a header")?
        .revision())
}
