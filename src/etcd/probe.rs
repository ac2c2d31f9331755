//! The questions that one endpoint is asked, each by itself and with a deadline.

use std::time::Duration;

use etcd_client::{Client, Error};
use futures_util::future::{Either, select};
use http_body_util::{BodyExt as _, Empty};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::HOST;
use hyper_util::rt::TokioIo;
use tokio::time::timeout;

use crate::etcd::answer::{Failure, Listed, StatusAnswer};
use crate::etcd::connect::{dial, words};
use crate::etcd::metrics::{Metrics, Progress, Reader};
use crate::observation::Witness;
use crate::url::Url;

/// A key that is read to see whether a read goes through; it need not exist.
const PROBE_KEY: &str = "etcdplan/lock";

/// Asks for the status: who are you, and how do you do?
pub(super) async fn status(mut client: Client, limit: Duration) -> Result<StatusAnswer, Failure> {
    match timeout(limit, client.status()).await {
        Ok(Ok(response)) => StatusAnswer::read(&response),
        Ok(Err(error)) => Err(failure(&error)),
        Err(_) => Err(late(limit)),
    }
}

/// Asks for one key, and behind that read for the members.
///
/// The client crate cannot ask for a linearizable member list. A linearizable
/// read on the same member is a barrier: when it returns, that member has
/// applied all that was committed before, so that the list it keeps is no older.
pub(super) async fn read(mut client: Client, limit: Duration) -> (Witness, Option<Vec<Listed>>) {
    let went_through = match timeout(limit, client.get(PROBE_KEY, None)).await {
        Ok(Ok(_)) => Witness::Yes,
        Ok(Err(error)) => proves_quorum(&words(&error)),
        Err(_) => Witness::No,
    };
    match went_through {
        Witness::Yes => (Witness::Yes, list(client, limit).await.ok()),
        Witness::No | Witness::Unknown => (went_through, None),
    }
}

/// Asks for the members as this one knows them, which may be an old list.
pub(super) async fn list(mut client: Client, limit: Duration) -> Result<Vec<Listed>, Failure> {
    match timeout(limit, client.member_list()).await {
        Ok(Ok(response)) => Ok(Listed::all(&response)),
        Ok(Err(error)) => Err(failure(&error)),
        Err(_) => Err(late(limit)),
    }
}

/// Reads the `/metrics` page as far as needed.
pub(super) async fn metrics(endpoint: &Url, limit: Duration) -> Option<Metrics> {
    timeout(limit, page(endpoint)).await.ok()?
}

/// Whether a peer URL accepts a connection. One that is filtered on the way
/// from here says nothing about the way between members.
pub(super) async fn port(url: &Url, limit: Duration) -> Witness {
    match timeout(limit, dial(url)).await {
        Ok(Ok(_)) => Witness::Yes,
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => Witness::No,
        Ok(Err(_)) | Err(_) => Witness::Unknown,
    }
}

async fn page(endpoint: &Url) -> Option<Metrics> {
    let stream = dial(endpoint).await.ok()?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
    let request = Request::get("/metrics")
        .header(HOST, endpoint.authority())
        .body(Empty::<Bytes>::new())
        .ok()?;
    let exchange = async {
        let mut response = sender.send_request(request).await.ok()?;
        let mut reader = Reader::default();
        while let Some(frame) = response.frame().await {
            if let Some(piece) = frame.ok()?.data_ref()
                && reader.take(piece) == Progress::Complete
            {
                break;
            }
        }
        reader.finish()
    };
    // The connection moves the bytes; it may end while some are still to be read.
    match select(Box::pin(exchange), connection).await {
        Either::Left((metrics, _)) => metrics,
        Either::Right((_, exchange)) => exchange.await,
    }
}

/// Rights are checked behind the read barrier, so that a refusal proves quorum (ETCD 9).
/// A learner refuses every linearizable read, and so says nothing.
fn proves_quorum(message: &str) -> Witness {
    if message.contains("permission denied") || message.contains("user name is empty") {
        Witness::Yes
    } else if message.contains("not supported for learner") {
        Witness::Unknown
    } else {
        Witness::No
    }
}

fn failure(error: &Error) -> Failure {
    let message = words(error);
    if message.contains("user name is empty") || message.contains("permission denied") {
        let reason = format!("it asks for a login, which is not supported yet ({message})");
        return Failure::Unsupported(reason);
    }
    Failure::Silent(message)
}

fn late(limit: Duration) -> Failure {
    Failure::Silent(format!(
        "no answer within {}",
        humantime::format_duration(limit)
    ))
}
