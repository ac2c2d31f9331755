//! The questions that one endpoint is asked, each by itself and with a deadline.

mod diagnosis;
mod glimpse;
pub(super) mod metrics;
pub(super) mod page;

use std::error::Error as _;
use std::time::Duration;

use etcd_client::{Client, Error};
use tokio::time::timeout;

use crate::apply::{Obstacle, answer};
use crate::etcd::answer::{Listed, StatusAnswer};
use crate::etcd::connect::Access;
use crate::etcd::connect::channel::Unreached;
use crate::etcd::connect::dial::{self, tcp};
use crate::observation::Witness;
use crate::url::Url;

/// A key that is read to see whether a read goes through; it need not exist.
const PROBE_KEY: &str = "etcdplan/lock";

/// What etcd says to a client without a login.
const NO_USER: &str = "user name is empty";

/// Asks for the status: who are you, and how do you do?
///
/// Whoever may not ask for it gets what the member shows to everybody.
pub(super) async fn status(
    mut client: Client,
    endpoint: Url,
    access: Access,
) -> Result<StatusAnswer, Obstacle> {
    let limit = access.limit;
    let obstacle = match timeout(limit, client.status()).await {
        Ok(Ok(response)) => return StatusAnswer::read(&response),
        Ok(Err(error)) => obstacle(&error, &access),
        Err(_) => Obstacle::Late { limit },
    };
    if matches!(
        obstacle,
        Obstacle::Rights { .. } | Obstacle::NotLoggedIn { .. }
    ) {
        let shown = glimpse::status(client, &endpoint, &access).await;
        return shown.ok_or(obstacle);
    }
    if matches!(obstacle, Obstacle::Broken { .. } | Obstacle::PlainHttp) {
        return Err(diagnosis::explain(obstacle, &endpoint, &access).await);
    }
    Err(obstacle)
}

/// Asks for one key, and behind that read for the members.
///
/// The client crate cannot ask for a linearizable member list. A linearizable
/// read on the same member is a barrier: when it returns, that member has
/// applied all that was committed before, so that the list it keeps is no older.
pub(super) async fn read(mut client: Client, access: Access) -> (Witness, Option<Vec<Listed>>) {
    let went_through = match timeout(access.limit, client.get(PROBE_KEY, None)).await {
        Ok(Ok(_)) => Witness::Yes,
        Ok(Err(error)) => proves_quorum(&words(&error)),
        Err(_) => Witness::No,
    };
    match went_through {
        Witness::Yes => (Witness::Yes, list(client, access).await.ok()),
        Witness::No | Witness::Unknown => (went_through, None),
    }
}

/// Asks for the members as this one knows them, which may be an old list.
pub(super) async fn list(mut client: Client, access: Access) -> Result<Vec<Listed>, Obstacle> {
    let limit = access.limit;
    match timeout(limit, client.member_list()).await {
        Ok(Ok(response)) => Ok(Listed::all(&response)),
        Ok(Err(error)) => Err(obstacle(&error, &access)),
        Err(_) => Err(Obstacle::Late { limit }),
    }
}

/// Whether a peer URL accepts a connection. One that is filtered on the way
/// from here says nothing about the way between members.
pub(super) async fn port(url: &Url, limit: Duration) -> Witness {
    match timeout(limit, tcp(url)).await {
        Ok(Ok(_)) => Witness::Yes,
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => Witness::No,
        Ok(Err(_)) | Err(_) => Witness::Unknown,
    }
}

/// What went wrong with a call, in the words of whoever said it first.
pub(super) fn words(error: &Error) -> String {
    let Error::GRpcStatus(status) = error else {
        return error.to_string();
    };
    // The transport says "transport error"; why, only the innermost source knows.
    let mut innermost = None;
    let mut source = status.source();
    while let Some(error) = source {
        innermost = Some(error.to_string());
        source = error.source();
    }
    match innermost {
        Some(cause) if !status.message().contains(&cause) => {
            format!("{}: {cause}", status.message())
        }
        Some(_) | None => status.message().to_owned(),
    }
}

/// What stood in the way of a call.
pub(super) fn obstacle(error: &Error, access: &Access) -> Obstacle {
    let reason = words(error);
    if let Some(session) = access.session()
        && session.token().is_none()
        && reason.contains(NO_USER)
    {
        let user = session.user().to_owned();
        return Obstacle::NotLoggedIn { user };
    }
    if answer::is_about_rights(&reason) {
        let user = access.user().map(str::to_owned);
        return Obstacle::Rights { user, reason };
    }
    let Error::GRpcStatus(status) = error else {
        return Obstacle::Broken { reason };
    };
    let mut source = status.source();
    while let Some(error) = source {
        if let Some(Unreached(obstacle)) = error.downcast_ref() {
            return obstacle.clone();
        }
        source = error.source();
    }
    let tls = status.source().and_then(|error| dial::cause(error));
    tls.map_or(Obstacle::Broken { reason }, |error| {
        dial::obstacle(error, &access.tls)
    })
}

/// Rights are checked behind the read barrier, so that a refusal proves quorum (ETCD 9).
/// A learner refuses every linearizable read, and so says nothing.
fn proves_quorum(message: &str) -> Witness {
    if message.contains("permission denied") || message.contains(NO_USER) {
        Witness::Yes
    } else if message.contains("not supported for learner") {
        Witness::Unknown
    } else {
        Witness::No
    }
}
