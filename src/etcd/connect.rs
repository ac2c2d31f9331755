//! Connections to endpoints: the one place that knows how they are made.
//!
//! Each endpoint has a client of its own, which is kept between looks: the
//! crate's balanced channel has no failover, and an answer must come from the
//! member that was asked.

pub(in crate::etcd) mod channel;
pub(in crate::etcd) mod credentials;
pub(in crate::etcd) mod dial;
pub(in crate::etcd) mod secret;
mod session;
pub(in crate::etcd) mod tls;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use etcd_client::{Channel, Client};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until};
use tonic::transport;
use tower::util::BoxCloneSyncService;

use crate::apply::Obstacle;
use crate::etcd::connect::channel::LoggedIn;
use crate::etcd::connect::credentials::{Credentials, CredentialsError};
use crate::etcd::connect::session::{LoginError, Session};
use crate::etcd::connect::tls::{Protocol, Tls};
use crate::url::{Scheme, Url};

/// How long an endpoint may take to accept a connection and answer a question.
///
/// One second is ten times the slowest round trip around the earth, and as long
/// as etcd's default election timeout: who is silent for longer is silent to
/// its peers as well. Every look at a cluster with a dead host waits this long.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// How long it may take to log in: without quorum nobody can, and etcd answers after 7 s.
const LOGIN_LIMIT: Duration = Duration::from_secs(3);

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

    /// Logs in, if that is wanted and not done: at the endpoint that accepts a connection first,
    /// and at the next where that one is no help. Where nobody is, nothing is said here: the
    /// questions that follow will tell why.
    pub(super) async fn log_in(&mut self, endpoints: &[Url]) -> Result<(), (Url, Obstacle)> {
        let Some(session) = self.access.session.clone() else {
            return Ok(());
        };
        if session.token().is_some() {
            return Ok(());
        }
        let end = Instant::now() + LOGIN_LIMIT;
        let mut accepting = FuturesUnordered::new();
        for endpoint in endpoints {
            let Ok(connected) = self.connected(endpoint).await else {
                continue;
            };
            let (tls, limit) = (Arc::clone(&self.access.tls), self.access.limit);
            accepting.push(async move {
                let dialled = dial::dial(endpoint, &tls, Protocol::Http2, limit).await;
                dialled.ok().map(|_| (endpoint, connected.channel))
            });
        }
        let mut asked = FuturesUnordered::new();
        let mut patience = end;
        while !(accepting.is_empty() && asked.is_empty()) {
            let is_late = Instant::now() >= patience;
            tokio::select! {
                Some(found) = accepting.next(), if asked.is_empty() || is_late => {
                    let Some((endpoint, channel)) = found else { continue };
                    patience = Instant::now() + self.access.limit;
                    let session = Arc::clone(&session);
                    asked.push(async move { (endpoint, session.log_in(&channel).await) });
                }
                Some((endpoint, answer)) = asked.next() => match answer {
                    Ok(()) | Err(LoginError::NoUsers) => return Ok(()),
                    Err(LoginError::Denied) => {
                        let user = session.user().to_owned();
                        return Err((endpoint.clone(), Obstacle::Login { user }));
                    }
                    Err(LoginError::Unclear) => {}
                },
                () = sleep_until(patience), if !is_late => {}
                () = sleep_until(end) => break,
            }
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::etcd::connect::credentials::Login;
    use crate::etcd::connect::secret::Secret;

    #[test]
    fn a_login_does_not_wait_where_nobody_listens() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let login = Login {
            user: "root".to_owned(),
            password: Secret::new("secret".to_owned()),
        };
        let access = Access {
            session: Some(Arc::new(Session::new(login))),
            ..Access::default()
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        let waited = runtime.block_on(async {
            let begun = Instant::now();
            let nobody = Url::parse(&format!("http://{address}")).unwrap();
            let logged_in = Connections::new(access).log_in(&[nobody]).await;
            assert!(logged_in.is_ok());
            begun.elapsed()
        });
        assert_eq!(waited, Duration::ZERO);
    }
}
