//! The way of calls to one endpoint: our own connection below, the login's token on top.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::{StreamExt as _, stream};
use http_body_util::{BodyExt as _, BodyStream, StreamBody};
use hyper::Uri;
use hyper::body::Frame;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::http::{Request, Response, uri::InvalidUri};
use hyper_util::rt::TokioIo;
use tonic::body::Body;
use tonic::transport::{self, Endpoint};
use tower::{BoxError, Service, ServiceExt as _, service_fn};

use crate::apply::Obstacle;
use crate::etcd::connect::dial::{Stream, dial};
use crate::etcd::connect::session::{AUTHENTICATE, Session};
use crate::etcd::connect::tls::{Protocol, Tls};
use crate::url::Url;

/// The header that carries a login's token (etcd `api/v3rpc/rpctypes/metadatafields.go`).
const TOKEN: HeaderName = HeaderName::from_static("token");

/// The calls of a look (ETCD 9).
const QUESTIONS: [&str; 5] = ["/MemberList", "/Status", "/Range", "/Alarm", "/HashKV"];

/// Opens the way to an endpoint. Nothing is dialled yet: the first call does.
pub(in crate::etcd) fn to(
    endpoint: &Url,
    tls: &Arc<Tls>,
    limit: Duration,
) -> Result<transport::Channel, InvalidUri> {
    let uri: Uri = endpoint.as_str().parse()?;
    let (url, tls) = (endpoint.clone(), Arc::clone(tls));
    let connect = service_fn(move |_: Uri| {
        let (url, tls) = (url.clone(), Arc::clone(&tls));
        async move { connect(&url, &tls, limit).await.map_err(Unreached) }
    });
    Ok(Endpoint::from(uri).connect_with_connector_lazy(connect))
}

async fn connect(url: &Url, tls: &Tls, limit: Duration) -> Result<TokioIo<Stream>, Obstacle> {
    dial(url, tls, Protocol::Http2, limit)
        .await
        .map(TokioIo::new)
}

/// An obstacle on its way through the transport's errors.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(in crate::etcd) struct Unreached(pub(in crate::etcd) Obstacle);

/// A channel whose calls carry the token of a login.
#[derive(Clone, Debug)]
pub(in crate::etcd) struct LoggedIn {
    channel: transport::Channel,
    session: Arc<Session>,
}

impl LoggedIn {
    pub(in crate::etcd) fn new(channel: transport::Channel, session: Arc<Session>) -> Self {
        Self { channel, session }
    }

    /// Sends a call, and once more with a new token where the old one has run out, or where there was
    /// none yet: the login may have been late, or users come after it.
    ///
    /// etcd checks tokens before anything else, so that a call that is refused for its token has
    /// done nothing. A stream of requests cannot be sent again: whoever opened it opens another,
    /// and finds the new token.
    async fn send(mut self, request: Request<Body>) -> Result<Response<Body>, BoxError> {
        let channel = self.channel.ready().await?;
        let token = self.session.token();
        let (parts, body) = request.into_parts();
        let path = parts.uri.path();
        if path == AUTHENTICATE {
            return Ok(channel.call(Request::from_parts(parts, body)).await?);
        }
        if path.ends_with("/LeaseKeepAlive") {
            let request = with(Request::from_parts(parts, body), token.as_ref());
            let (response, refused) = judged(channel.call(request).await?).await;
            if refused.is_some() {
                self.session.renew(token.as_ref(), &self.channel).await;
            }
            return Ok(response);
        }
        // A look has just tried to log in, and a refusal tells it something as well.
        let is_question = QUESTIONS.iter().any(|question| path.ends_with(question));
        let body = body.collect().await?.to_bytes();
        let again = |token: Option<&HeaderValue>| {
            let body = Body::new(http_body_util::Full::new(body.clone()));
            with(Request::from_parts(parts.clone(), body), token)
        };
        let response = channel.call(again(token.as_ref())).await?;
        let (response, refused) = judged(response).await;
        match refused {
            Some(Lacking::Valid) => {}
            Some(Lacking::Any) if !is_question => {}
            Some(Lacking::Any) | None => return Ok(response),
        }
        let renewed = self.session.renew(token.as_ref(), &self.channel).await;
        match renewed {
            Some(token) => {
                let channel = self.channel.ready().await?;
                Ok(channel.call(again(Some(&token))).await?)
            }
            None => Ok(response),
        }
    }
}

fn with(mut request: Request<Body>, token: Option<&HeaderValue>) -> Request<Body> {
    if let Some(token) = token {
        request.headers_mut().insert(TOKEN, token.clone());
    }
    request
}

/// What a call was refused for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lacking {
    /// A token.
    Any,
    /// A token that has not run out.
    Valid,
}

/// Finds out whether a call was refused for its token.
///
/// etcd sends its error in place of an answer: in the headers, or over TLS, where Go's HTTP server
/// stands before gRPC, in trailers with nothing before them.
async fn judged(response: Response<Body>) -> (Response<Body>, Option<Lacking>) {
    if let Some(lacking) = lacking(response.headers()) {
        return (response, Some(lacking));
    }
    let (parts, mut body) = response.into_parts();
    let Some(first) = body.frame().await else {
        return (Response::from_parts(parts, body), None);
    };
    let trailers = first.as_ref().ok().and_then(Frame::trailers_ref);
    let lacking = trailers.and_then(lacking);
    let frames = stream::iter([first]).chain(BodyStream::new(body));
    let body = Body::new(StreamBody::new(frames));
    (Response::from_parts(parts, body), lacking)
}

fn lacking(headers: &HeaderMap) -> Option<Lacking> {
    let message = headers.get("grpc-message").and_then(|v| v.to_str().ok());
    // Spaces may come percent-encoded.
    let message = message.unwrap_or_default().replace("%20", " ");
    let words = [
        ("invalid auth token", Lacking::Valid),
        ("revision of auth store is old", Lacking::Valid),
        ("user name is empty", Lacking::Any),
    ];
    let found = words.iter().find(|(words, _)| message.contains(words));
    found.map(|(_, lacking)| *lacking)
}

impl Service<Request<Body>> for LoggedIn {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.channel.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(self.clone().send(request))
    }
}
