//! Connections to endpoints: the one place that knows how they are made.
//!
//! Each endpoint has a client of its own, which is kept between looks: the
//! crate's balanced channel has no failover, and an answer must come from the
//! member that was asked.

pub(in crate::etcd) mod channel;
pub(in crate::etcd) mod credentials;
pub(in crate::etcd) mod dial;
pub(in crate::etcd) mod secret;
pub(in crate::etcd) mod session;
pub(in crate::etcd) mod tls;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use etcd_client::{Channel, Client};
use tonic::transport;
use tower::util::BoxCloneSyncService;

use crate::apply::Obstacle;
use crate::etcd::connect::channel::LoggedIn;
use crate::etcd::connect::credentials::{Credentials, CredentialsError};
use crate::etcd::connect::session::Session;
use crate::etcd::connect::tls::Tls;
use crate::url::{Scheme, Url};

/// How long an endpoint may take to accept a connection and answer a question.
///
/// One second is ten times the slowest round trip around the earth, and as long
/// as etcd's default election timeout: who is silent for longer is silent to
/// its peers as well. Every look at a cluster with a dead host waits this long.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// How connections are made: shared by all who talk to a cluster.
#[derive(Clone, Debug)]
pub struct Access {
    pub(super) tls: Arc<Tls>,
    session: Option<Arc<Session>>,
    /// How long an endpoint may take to accept a connection and answer.
    pub(super) limit: Duration,
}

impl Access {
    /// With these credentials, which are read now.
    pub fn new(credentials: Credentials) -> Result<Self, CredentialsError> {
        let session = credentials.login.clone().map(Session::new);
        Ok(Self {
            tls: Arc::new(Tls::new(credentials)?),
            session: session.map(Arc::new),
            limit: CONNECT_TIMEOUT,
        })
    }

    /// The login that all share.
    pub(super) fn session(&self) -> Option<&Arc<Session>> {
        self.session.as_ref()
    }

    /// Who we log in as.
    pub(super) fn user(&self) -> Option<&str> {
        self.session.as_ref().map(|session| session.user())
    }
}

impl Default for Access {
    /// Without credentials: the system's roots for `https`, and no login.
    fn default() -> Self {
        Self {
            tls: Arc::default(),
            session: None,
            limit: CONNECT_TIMEOUT,
        }
    }
}

/// The clients, one for each endpoint.
#[derive(Debug)]
pub(super) struct Connections {
    access: Access,
    clients: BTreeMap<Url, Connected>,
}

#[derive(Clone)]
struct Connected {
    client: Client,
    channel: transport::Channel,
}

impl std::fmt::Debug for Connected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connected").finish_non_exhaustive()
    }
}

impl Connections {
    pub(super) fn new(access: Access) -> Self {
        Self {
            access,
            clients: BTreeMap::new(),
        }
    }

    pub(super) fn access(&self) -> &Access {
        &self.access
    }

    /// The client of an endpoint. Nothing is dialled yet: the first call does.
    pub(super) async fn client(&mut self, endpoint: &Url) -> Result<Client, Obstacle> {
        let connected = self.connected(endpoint).await?;
        Ok(connected.client)
    }

    /// Drops the client of an endpoint that gave no answer: it may hold a
    /// connection over which none will ever come.
    pub(super) fn forget(&mut self, endpoint: &Url) {
        self.clients.remove(endpoint);
    }

    /// The way to an endpoint that carries no token.
    pub(super) async fn channel(&mut self, endpoint: &Url) -> Result<transport::Channel, Obstacle> {
        let connected = self.connected(endpoint).await?;
        Ok(connected.channel)
    }

    async fn connected(&mut self, endpoint: &Url) -> Result<Connected, Obstacle> {
        if let Some(connected) = self.clients.get(endpoint) {
            return Ok(connected.clone());
        }
        supported(endpoint)?;
        let unsupported = |reason: String| Obstacle::Unsupported { reason };
        let channel = channel::to(endpoint, &self.access.tls, self.access.limit)
            .map_err(|error| unsupported(error.to_string()))?;
        let way = match &self.access.session {
            Some(session) => {
                let logged_in = LoggedIn::new(channel.clone(), Arc::clone(session));
                Channel::Custom(BoxCloneSyncService::new(logged_in))
            }
            None => Channel::Tonic(channel.clone()),
        };
        let client = Client::from_channel(way, None)
            .await
            .map_err(|error| unsupported(error.to_string()))?;
        let connected = Connected { client, channel };
        self.clients.insert(endpoint.clone(), connected.clone());
        Ok(connected)
    }
}

/// Whether this version can use an endpoint.
fn supported(endpoint: &Url) -> Result<(), Obstacle> {
    let reason = match endpoint.scheme() {
        Some(Scheme::Http | Scheme::Https) if endpoint.port().is_some() => return Ok(()),
        Some(Scheme::Http | Scheme::Https) => "it has no port",
        None => "it is not an http:// or https:// URL",
    };
    let reason = reason.to_owned();
    Err(Obstacle::Unsupported { reason })
}
