//! The pages that a member shows over plain HTTP requests, on its client URLs.

use futures_util::future::{Either, select};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::HOST;
use hyper::http::response::Parts;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::time::timeout;

use crate::apply::Obstacle;
use crate::etcd::connect::Access;
use crate::etcd::connect::dial::{self, dial};
use crate::etcd::connect::tls::Protocol;
use crate::etcd::probe::metrics::{Metrics, Progress, Reader};
use crate::url::Url;

/// No small page is longer; a longer one is not etcd's.
const LONGEST: usize = 64 << 10;

/// Reads the `/metrics` page as far as needed.
pub(in crate::etcd) async fn metrics(endpoint: &Url, access: &Access) -> Option<Metrics> {
    let read = async |mut response: Response<Incoming>| {
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
    let page = get(endpoint, "/metrics", access, read);
    timeout(access.limit, page).await.ok()?.ok()?
}

/// Reads a small page, with whatever status it has.
pub(in crate::etcd) async fn small(
    endpoint: &Url,
    path: &str,
    access: &Access,
) -> Result<(StatusCode, String), Obstacle> {
    let (head, text) = whole(endpoint, path, access).await?;
    Ok((head.status, text))
}

/// Reads a small page, with what stands before it.
pub(in crate::etcd) async fn whole(
    endpoint: &Url,
    path: &str,
    access: &Access,
) -> Result<(Parts, String), Obstacle> {
    let read = async |response: Response<Incoming>| {
        let (head, mut body) = response.into_parts();
        let mut text = Vec::new();
        while let Some(Ok(frame)) = body.frame().await {
            if let Some(piece) = frame.data_ref() {
                text.extend_from_slice(piece);
            }
            if text.len() > LONGEST {
                break;
            }
        }
        (head, String::from_utf8_lossy(&text).into_owned())
    };
    let limit = access.limit;
    timeout(limit, get(endpoint, path, access, read))
        .await
        .unwrap_or(Err(Obstacle::Late { limit }))
}

async fn get<T>(
    endpoint: &Url,
    path: &str,
    access: &Access,
    read: impl AsyncFnOnce(Response<Incoming>) -> T,
) -> Result<T, Obstacle> {
    let failed = |error: &hyper::Error| match dial::cause(error) {
        Some(error) => dial::obstacle(error, &access.tls),
        None if error.is_parse() => Obstacle::NotEtcd {
            reason: format!("it does not speak HTTP: {error}"),
        },
        None => Obstacle::Broken {
            reason: error.to_string(),
        },
    };
    let stream = dial(endpoint, &access.tls, Protocol::Http1, access.limit).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| failed(&error))?;
    let request = Request::get(path)
        .header(HOST, endpoint.authority())
        .body(Empty::<Bytes>::new())
        .map_err(|error| Obstacle::Unsupported {
            reason: error.to_string(),
        })?;
    let exchange = async {
        let response = sender.send_request(request).await;
        match response {
            Ok(response) => Ok(read(response).await),
            Err(error) => Err(failed(&error)),
        }
    };
    // The connection moves the bytes; it may end while some are still to be read.
    match select(Box::pin(exchange), connection).await {
        Either::Left((page, _)) => page,
        Either::Right((_, exchange)) => exchange.await,
    }
}
