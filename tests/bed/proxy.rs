//! A proxy before the client URL of every member, which knows one call from another.
//!
//! It speaks HTTP/2 without TLS, as gRPC on plain etcd does, and HTTP/1.1 for `/metrics`. A call
//! that changes something is told to the [`Tripwire`] before it is forwarded and before its
//! answer is passed on; what only reads passes by. Where the member does not answer, neither
//! does the proxy.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::Either;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, BodyStream, Full, StreamBody};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::header::HeaderMap;
use hyper::service::service_fn;
use hyper::{Request, Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, Notify};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::sleep;

use crate::bed::Outcome;
use crate::tripwire::{Passage, RENEWAL, Side, Tripwire};

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// What only reads. All else is a boundary, also what nobody knows yet.
const READS: [&str; 11] = [
    "Alarm",
    "HashKV",
    "LeaseTimeToLive",
    "MemberList",
    "Range",
    "Snapshot",
    "Status",
    "Watch",
    "health",
    "metrics",
    "version",
];

/// How long the answer to a request is waited for whose client has gone.
const AFTERMATH: Duration = Duration::from_secs(2);

/// The proxies of a cluster. Dropping them closes every connection.
#[derive(Debug)]
pub struct Proxy {
    _listeners: JoinSet<()>,
    in_flight: Arc<AtomicUsize>,
}

impl Proxy {
    /// Opens a proxy at the first address of each pair, before the second.
    pub async fn open(
        doors: &[(SocketAddr, SocketAddr)],
        tripwire: &Arc<Tripwire>,
    ) -> Outcome<Self> {
        let in_flight = Arc::new(AtomicUsize::new(0));
        let mut listeners = JoinSet::new();
        for (at, before) in doors {
            let listener = TcpListener::bind(at)
                .await
                .map_err(|error| format!("no proxy at {at}: {error}"))?;
            let (tripwire, before) = (Arc::clone(tripwire), *before);
            let in_flight = Arc::clone(&in_flight);
            listeners.spawn(async move {
                let mut connections = JoinSet::new();
                while let Ok((stream, _)) = listener.accept().await {
                    let relay = Relay {
                        member: before,
                        tripwire: Arc::clone(&tripwire),
                        in_flight: Arc::clone(&in_flight),
                        upstream: Arc::default(),
                        cut: Arc::default(),
                    };
                    connections.spawn(relay.serve(stream));
                }
            });
        }
        Ok(Self {
            _listeners: listeners,
            in_flight,
        })
    }

    /// Waits until every call that was taken has come to its end, also the late ones.
    pub async fn quiet(&self) {
        while self.in_flight.load(Ordering::Relaxed) > 0 {
            sleep(Duration::from_millis(20)).await;
        }
    }
}

/// One connection of a client, and the one to the member behind it.
#[derive(Clone, Debug)]
struct Relay {
    member: SocketAddr,
    tripwire: Arc<Tripwire>,
    in_flight: Arc<AtomicUsize>,
    upstream: Arc<Mutex<Option<Upstream>>>,
    cut: Arc<Notify>,
}

/// Whoever waits for an answer. Dropping it says that nobody does any more.
#[derive(Debug, Default)]
struct Client {
    gone: Arc<Notify>,
}

impl Drop for Client {
    fn drop(&mut self) {
        self.gone.notify_one();
    }
}

#[derive(Debug)]
enum Upstream {
    One(http1::SendRequest<Body>),
    Two(http2::SendRequest<Body>),
}

impl Relay {
    async fn serve(self, stream: TcpStream) {
        // Who connects to a member that is down is turned away, if not as fast as by its machine.
        let Ok(upstream) = TcpStream::connect(self.member).await else {
            return;
        };
        let _ = (stream.set_nodelay(true), upstream.set_nodelay(true));
        let unused = Arc::new(Mutex::new(Some(upstream)));
        let relay = self.clone();
        let service = service_fn(move |request| {
            let (relay, unused) = (relay.clone(), Arc::clone(&unused));
            async move { relay.take(request, &unused).await }
        });
        let builder = auto::Builder::new(TokioExecutor::new());
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        tokio::select! {
            _ = connection => {}
            () = self.cut.notified() => {}
        }
    }

    /// Takes a request, and sees it through whatever becomes of the client.
    async fn take(
        self,
        request: Request<Incoming>,
        unused: &Mutex<Option<TcpStream>>,
    ) -> io::Result<Response<Body>> {
        self.connect(request.version(), unused).await?;
        let name = call_name(request.uri().path());
        if READS.contains(&name.as_str()) {
            let member = self.member.to_string();
            self.tripwire.look(&member, &name).await;
            let answer = self.forward(request.map(pass_on)).await?;
            return Ok(answer.map(pass_on));
        }
        if name == RENEWAL {
            return self.stream(request, &name).await;
        }
        let relay = self.clone();
        let client = Client::default();
        let gone = Arc::clone(&client.gone);
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        let seen_through = tokio::spawn(async move {
            let answer = relay.call(request, &name, &gone).await;
            relay.in_flight.fetch_sub(1, Ordering::Relaxed);
            answer
        });
        let answer = seen_through.await?;
        drop(client);
        answer
    }

    async fn call(
        &self,
        request: Request<Incoming>,
        name: &str,
        gone: &Notify,
    ) -> io::Result<Response<Body>> {
        let (head, body) = request.into_parts();
        let content = body.collect().await.map_err(broken)?.to_bytes();
        match self.tripwire.reach(name, &content, Side::Before).await {
            Passage::Go => {}
            Passage::Cut => return Err(self.cut()),
            Passage::Late(late) => sleep(late).await,
        }
        let request = Request::from_parts(head, whole(content.clone(), None));
        let answered = async {
            let (head, body) = self.forward(request).await?.into_parts();
            Ok::<_, io::Error>((head, body.collect().await.map_err(broken)?))
        };
        let (head, body) = tokio::select! {
            answered = answered => answered?,
            // etcd waits as long as its client does.
            () = async { gone.notified().await; sleep(AFTERMATH).await } => {
                return Err(io::ErrorKind::TimedOut.into());
            }
        };
        let trailers = body.trailers().cloned();
        let succeeded = [Some(&head.headers), trailers.as_ref()]
            .into_iter()
            .flatten()
            .any(says_ok);
        match self.tripwire.answered(name, &content, succeeded).await {
            Passage::Go | Passage::Late(_) => {
                let answer = whole(body.to_bytes(), trailers);
                Ok(Response::from_parts(head, answer))
            }
            Passage::Cut => Err(self.cut()),
        }
    }

    /// Passes on a stream of requests and one of answers, each message by itself.
    async fn stream(&self, request: Request<Incoming>, name: &str) -> io::Result<Response<Body>> {
        let request = request.map(|body| self.watched(body, name, Side::Before));
        let answer = self.forward(request).await?;
        Ok(answer.map(|body| self.watched(body, name, Side::After)))
    }

    fn watched(&self, body: Incoming, name: &str, side: Side) -> Body {
        let (relay, name) = (self.clone(), name.to_owned());
        let frames = BodyStream::new(body)
            .enumerate()
            .then(move |(number, frame)| {
                let (relay, name) = (relay.clone(), name.clone());
                async move {
                    let frame = frame.map_err(broken)?;
                    if frame.is_trailers() {
                        return Ok(frame);
                    }
                    let number = number.to_be_bytes();
                    match relay.tripwire.reach(&name, &number, side).await {
                        Passage::Go => Ok(frame),
                        Passage::Late(late) => {
                            sleep(late).await;
                            Ok(frame)
                        }
                        Passage::Cut => Err(relay.cut()),
                    }
                }
            });
        StreamBody::new(frames).boxed_unsync()
    }

    async fn forward(&self, request: Request<Body>) -> io::Result<Response<Incoming>> {
        let sent = {
            let mut upstream = self.upstream.lock().await;
            match upstream.as_mut().ok_or(io::ErrorKind::NotConnected)? {
                Upstream::One(sender) => {
                    sender.ready().await.map_err(broken)?;
                    Either::Left(sender.send_request(request))
                }
                Upstream::Two(sender) => Either::Right(sender.send_request(request)),
            }
        };
        sent.await.map_err(broken)
    }

    /// Speaks to the member as the client does.
    async fn connect(&self, version: Version, unused: &Mutex<Option<TcpStream>>) -> io::Result<()> {
        let mut upstream = self.upstream.lock().await;
        let Some(stream) = unused.lock().await.take() else {
            return Ok(());
        };
        let (io, cut) = (TokioIo::new(stream), Arc::clone(&self.cut));
        *upstream = Some(if version == Version::HTTP_2 {
            let (sender, connection) = http2::handshake(TokioExecutor::new(), io)
                .await
                .map_err(broken)?;
            closing(connection, cut);
            Upstream::Two(sender)
        } else {
            let (sender, connection) = http1::handshake(io).await.map_err(broken)?;
            closing(connection, cut);
            Upstream::One(sender)
        });
        Ok(())
    }

    /// Closes the client's connection, with all that is under way on it.
    fn cut(&self) -> io::Error {
        self.cut.notify_one();
        io::Error::from(io::ErrorKind::ConnectionReset)
    }
}

/// Keeps a connection to a member going; when the member closes it, so does the client's.
fn closing<C>(connection: C, cut: Arc<Notify>) -> AbortHandle
where
    C: Future<Output = hyper::Result<()>> + Send + 'static,
{
    let task = tokio::spawn(async move {
        let _ = connection.await;
        cut.notify_one();
    });
    task.abort_handle()
}

fn broken(error: hyper::Error) -> io::Error {
    io::Error::other(error)
}

/// The last part of `/etcdserverpb.Cluster/MemberAdd`.
fn call_name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

fn says_ok(headers: &HeaderMap) -> bool {
    headers
        .get("grpc-status")
        .is_some_and(|status| status == "0")
}

fn pass_on(body: Incoming) -> Body {
    body.map_err(broken).boxed_unsync()
}

fn whole(content: Bytes, trailers: Option<HeaderMap>) -> Body {
    let trailers = async { trailers.map(Ok) };
    let body = Full::new(content).with_trailers(trailers);
    body.map_err(|never| match never {}).boxed_unsync()
}
