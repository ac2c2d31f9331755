//! Connections to endpoints: the one place that knows how they are made.
//!
//! Each endpoint has a client of its own, which is kept between looks: the
//! crate's balanced channel has no failover, and an answer must come from the
//! member that was asked. So far there is plain HTTP only; TLS and logging in
//! belong here and nowhere else.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::io;
use std::time::Duration;

use etcd_client::{Client, ConnectOptions, Error};
use tokio::net::TcpStream;

use crate::etcd::answer::Failure;
use crate::url::{Scheme, Url};

/// How long an endpoint may take to accept a connection and answer a question.
///
/// One second is ten times the slowest round trip around the earth, and as long
/// as etcd's default election timeout: who is silent for longer is silent to
/// its peers as well. Every look at a cluster with a dead host waits this long.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// The clients, one for each endpoint.
#[derive(Default)]
pub(super) struct Connections {
    clients: BTreeMap<Url, Client>,
}

impl Connections {
    /// The client of an endpoint. Nothing is dialled yet: the first call does.
    pub(super) async fn client(
        &mut self,
        endpoint: &Url,
        connect_timeout: Duration,
    ) -> Result<Client, Failure> {
        if let Some(client) = self.clients.get(endpoint) {
            return Ok(client.clone());
        }
        supported(endpoint)?;
        let options = ConnectOptions::new().with_connect_timeout(connect_timeout);
        let client = Client::connect([endpoint.as_str()], Some(options))
            .await
            .map_err(|error| Failure::Silent(words(&error)))?;
        self.clients.insert(endpoint.clone(), client.clone());
        Ok(client)
    }

    /// Drops the client of an endpoint that gave no answer: it may hold a
    /// connection over which none will ever come.
    pub(super) fn forget(&mut self, endpoint: &Url) {
        self.clients.remove(endpoint);
    }
}

/// Whether this version can use an endpoint.
pub(super) fn supported(endpoint: &Url) -> Result<(), Failure> {
    let reason = match endpoint.scheme() {
        Some(Scheme::Http) if endpoint.port().is_some() => return Ok(()),
        Some(Scheme::Http) => "it has no port",
        Some(Scheme::Https) => "TLS is not supported yet",
        None => "it is not an http:// URL",
    };
    Err(Failure::Unsupported(reason.to_owned()))
}

/// Opens a connection of ours to a client or peer URL.
pub(super) async fn dial(url: &Url) -> io::Result<TcpStream> {
    let port = url.port().ok_or(io::ErrorKind::InvalidInput)?;
    let stream = TcpStream::connect((url.host(), port)).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// What went wrong with a call, in the words of whoever said it first.
pub(super) fn words(error: &Error) -> String {
    let Error::GRpcStatus(status) = error else {
        return error.to_string();
    };
    // The crate says "tcp connect error"; why, only the innermost source knows.
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
