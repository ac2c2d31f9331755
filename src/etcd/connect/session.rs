//! A login at the cluster: one for all members, since they agree on tokens through raft.
//!
//! etcd hashes the password for each login, which takes it 50 ms and more; so a token is got
//! once, from whichever voter answers first, and is used everywhere: at learners too, which
//! refuse logins themselves.

use std::sync::{PoisonError, RwLock};

use hyper::header::HeaderValue;
use hyper::http::uri::PathAndQuery;
use tokio::sync::Mutex;
use tonic::client::Grpc;
use tonic::transport::Channel;
use tonic::{Request, Status};
use tonic_prost::ProstCodec;

use crate::etcd::connect::credentials::Login;

/// The path of the call.
pub(in crate::etcd) const AUTHENTICATE: &str = "/etcdserverpb.Auth/Authenticate";

/// Who we are to the cluster.
#[derive(Debug)]
pub(in crate::etcd) struct Session {
    login: Login,
    token: RwLock<Option<HeaderValue>>,
    /// Held by who logs in: the others wait for that token. Where it was got: members that came
    /// later, and learners among them, may know neither it nor how to give another.
    renewal: Mutex<Option<Channel>>,
}

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::etcd) enum LoginError {
    /// The password is wrong, or there is no such user.
    Denied,
    /// The cluster has no users.
    NoUsers,
    /// No answer, or none that says anything of the login.
    Unclear,
}

/// `etcdserverpb.AuthenticateRequest`; the client crate keeps the token that it gets to itself.
#[derive(Clone, PartialEq, prost::Message)]
#[prost(skip_debug)]
struct AuthenticateRequest {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    password: String,
}

/// `etcdserverpb.AuthenticateResponse`
#[derive(Clone, PartialEq, prost::Message)]
#[prost(skip_debug)]
struct AuthenticateResponse {
    #[prost(string, tag = "2")]
    token: String,
}

impl Session {
    /// Nobody is logged in yet.
    pub(in crate::etcd) fn new(login: Login) -> Self {
        Self {
            login,
            token: RwLock::new(None),
            renewal: Mutex::new(None),
        }
    }

    /// Who logs in.
    pub(in crate::etcd) fn user(&self) -> &str {
        &self.login.user
    }

    /// The token, if there is one.
    pub(in crate::etcd) fn token(&self) -> Option<HeaderValue> {
        let token = self.token.read().unwrap_or_else(PoisonError::into_inner);
        token.clone()
    }

    /// Logs in at a member.
    pub(in crate::etcd) async fn log_in(&self, channel: &Channel) -> Result<(), LoginError> {
        let token = self.authenticate(channel).await?;
        *self.renewal.lock().await = Some(channel.clone());
        self.keep(Some(token));
        Ok(())
    }

    /// Gets a new token for one that has run out, unless somebody else has got one already.
    pub(in crate::etcd) async fn renew(
        &self,
        old: Option<&HeaderValue>,
        channel: &Channel,
    ) -> Option<HeaderValue> {
        let home = self.renewal.lock().await;
        let now = self.token();
        if now.as_ref() != old {
            return now;
        }
        let mut renewed = self.authenticate(channel).await.ok();
        if let (None, Some(home)) = (&renewed, &*home) {
            renewed = self.authenticate(home).await.ok();
        }
        // Without one, the next look logs in anew, wherever it can.
        self.keep(renewed.clone());
        renewed
    }

    fn keep(&self, token: Option<HeaderValue>) {
        *self.token.write().unwrap_or_else(PoisonError::into_inner) = token;
    }

    async fn authenticate(&self, channel: &Channel) -> Result<HeaderValue, LoginError> {
        let request = AuthenticateRequest {
            name: self.login.user.clone(),
            password: self.login.password.reveal().to_owned(),
        };
        let mut grpc = Grpc::new(channel.clone());
        grpc.ready().await.map_err(|_| LoginError::Unclear)?;
        let codec: ProstCodec<AuthenticateRequest, AuthenticateResponse> = ProstCodec::default();
        let path = PathAndQuery::from_static(AUTHENTICATE);
        let answer = grpc.unary(Request::new(request), path, codec).await;
        let token = answer.map_err(|status| judge(&status))?.into_inner().token;
        let mut token = HeaderValue::try_from(token).map_err(|_| LoginError::Unclear)?;
        token.set_sensitive(true);
        Ok(token)
    }
}

fn judge(status: &Status) -> LoginError {
    let says = |words: &str| status.message().contains(words);
    if says("authentication failed") || says("user name not found") {
        LoginError::Denied
    } else if says("authentication is not enabled") {
        LoginError::NoUsers
    } else {
        LoginError::Unclear
    }
}
