//! Opening a connection to an endpoint: the one way there, for every protocol.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, UNIX_EPOCH};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::{ServerName, UnixTime};
use tokio_rustls::rustls::{AlertDescription, CertificateError, Error as TlsError};

use crate::apply::Obstacle;
use crate::etcd::connect::tls::{Protocol, Tls};
use crate::url::{Scheme, Url};

/// A connection, with or without TLS.
#[derive(Debug)]
pub(in crate::etcd) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// Opens a TCP connection to a client or peer URL.
pub(in crate::etcd) async fn tcp(url: &Url) -> io::Result<TcpStream> {
    let port = url.port().ok_or(io::ErrorKind::InvalidInput)?;
    let stream = TcpStream::connect((url.host(), port)).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Opens a connection to a client URL within a time.
pub(in crate::etcd) async fn dial(
    url: &Url,
    tls: &Tls,
    protocol: Protocol,
    limit: Duration,
) -> Result<Stream, Obstacle> {
    timeout(limit, open(url, tls, protocol))
        .await
        .unwrap_or(Err(Obstacle::Late { limit }))
}

async fn open(url: &Url, tls: &Tls, protocol: Protocol) -> Result<Stream, Obstacle> {
    let stream = tcp(url).await.map_err(|error| unreached(&error))?;
    match url.scheme() {
        Some(Scheme::Http) | None => Ok(Stream::Plain(stream)),
        Some(Scheme::Https) => {
            let name = ServerName::try_from(url.host().to_owned()).map_err(|error| {
                let reason = error.to_string();
                Obstacle::Unsupported { reason }
            })?;
            let connector = tls.connector(protocol).map_err(|error| Obstacle::Tls {
                reason: error.to_string(),
            })?;
            let connected = connector.connect(name, stream).await;
            connected
                .map(|stream| Stream::Tls(Box::new(stream)))
                .map_err(|error| refused_by_tls(&error, tls))
        }
    }
}

/// Why a TCP connection was not made.
fn unreached(error: &io::Error) -> Obstacle {
    // A failed lookup has no code of the system's: its words come from the resolver.
    let resolver = "failed to lookup address information: ";
    let words = error.to_string();
    match (error.kind(), words.strip_prefix(resolver)) {
        (io::ErrorKind::ConnectionRefused, _) => Obstacle::Refused,
        (_, Some(reason)) => Obstacle::UnknownHost {
            reason: reason.to_owned(),
        },
        _ => Obstacle::Broken { reason: words },
    }
}

/// Why a TLS connection was not made.
fn refused_by_tls(error: &io::Error, tls: &Tls) -> Obstacle {
    let inner = error.get_ref().and_then(|inner| cause(inner));
    inner.map_or_else(
        || Obstacle::Broken {
            reason: error.to_string(),
        },
        |error| obstacle(error, tls),
    )
}

/// The TLS error behind another one.
pub(in crate::etcd) fn cause<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e TlsError> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<TlsError>() {
            return Some(found);
        }
        if let Some(io) = error.downcast_ref::<io::Error>()
            && let Some(inner) = io.get_ref()
        {
            next = Some(inner);
            continue;
        }
        next = error.source();
    }
    None
}

/// What a TLS error says.
pub(in crate::etcd) fn obstacle(error: &TlsError, tls: &Tls) -> Obstacle {
    if let TlsError::InvalidCertificate(reason) = error {
        return certificate(reason);
    }
    if let TlsError::AlertReceived(alert) = error
        && is_about_clients(*alert)
    {
        return Obstacle::ClientCertificate {
            presented: tls.presents_certificate(),
            reason: words(*alert),
        };
    }
    // What arrives is no TLS record; whether it is HTTP, only a request would tell.
    if matches!(error, TlsError::InvalidMessage(_)) {
        return Obstacle::PlainHttp;
    }
    let reason = error.to_string();
    Obstacle::Tls { reason }
}

fn certificate(reason: &CertificateError) -> Obstacle {
    let at = |time: UnixTime| {
        humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(time.as_secs()))
    };
    if *reason == CertificateError::UnknownIssuer {
        return Obstacle::UnknownAuthority;
    }
    if let CertificateError::ExpiredContext { not_after, .. } = reason {
        let reason = format!("it expired at {}", at(*not_after));
        return Obstacle::CertificateTime { reason };
    }
    if let CertificateError::NotValidYetContext { not_before, .. } = reason {
        let reason = format!("it begins at {}", at(*not_before));
        return Obstacle::CertificateTime { reason };
    }
    if let CertificateError::NotValidForNameContext { presented, .. } = reason {
        let names = presented.iter().map(|name| bare(name)).collect();
        return Obstacle::OtherName { names };
    }
    let reason = reason.to_string();
    Obstacle::Tls { reason }
}

/// A name without the kind that rustls writes around it: `DnsName("localhost")`.
fn bare(name: &str) -> String {
    let inner = name.split_once('(').map_or(name, |(_, inner)| inner);
    inner.trim_end_matches(')').trim_matches('"').to_owned()
}

/// An alert's name as the standard writes it: `certificate required`.
fn words(alert: AlertDescription) -> String {
    let mut words = String::new();
    for letter in format!("{alert:?}").chars() {
        if letter.is_uppercase() && words.ends_with(|last: char| last.is_lowercase()) {
            words.push(' ');
        }
        words.push(letter);
    }
    words.replace("CA", "authority").to_lowercase()
}

/// Whether a server ends a connection so because of the client's certificate (RFC 8446, 6.2).
/// Go says `bad certificate` up to TLS 1.2 where there is none, and `certificate required` in 1.3.
fn is_about_clients(alert: AlertDescription) -> bool {
    matches!(
        alert,
        AlertDescription::NoCertificate
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
            | AlertDescription::CertificateRequired
    )
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(context),
        }
    }
}
