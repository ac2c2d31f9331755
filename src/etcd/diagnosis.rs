//! What is wrong with an endpoint whose failure says nothing: found out by a plain request.
//!
//! The gRPC client hides why a server ended the connection: a missing client certificate looks
//! like a cancelled call, a wrong scheme like a broken pipe.

use crate::apply::Obstacle;
use crate::etcd::connect::Access;
use crate::etcd::dial::dial;
use crate::etcd::page;
use crate::etcd::tls::Protocol;
use crate::url::{Scheme, Url};

/// A better word for what stands in the way, where there is one.
pub(super) async fn explain(found: Obstacle, endpoint: &Url, access: &Access) -> Obstacle {
    if found == Obstacle::PlainHttp {
        return plain(endpoint, access).await;
    }
    match page::small(endpoint, "/version", access).await {
        Ok((status, text)) if text.contains("etcdserver") && status.is_success() => found,
        Ok(_) | Err(Obstacle::NotEtcd { .. }) if speaks_tls(endpoint, access).await => {
            Obstacle::Https
        }
        Ok((status, _)) => Obstacle::NotEtcd {
            reason: format!("GET /version gets {status}"),
        },
        Err(Obstacle::PlainHttp) => plain(endpoint, access).await,
        Err(Obstacle::Broken { .. } | Obstacle::Late { .. }) => found,
        Err(better) => better,
    }
}

/// No TLS came from an `https` URL; it may be HTTP that did.
async fn plain(endpoint: &Url, access: &Access) -> Obstacle {
    match page::small(&endpoint.with_scheme(Scheme::Http), "/version", access).await {
        Ok(_) => Obstacle::PlainHttp,
        Err(_) => Obstacle::NotEtcd {
            reason: "it speaks neither TLS nor HTTP".to_owned(),
        },
    }
}

/// Whether a server that was reached by an `http` URL answers in TLS.
async fn speaks_tls(endpoint: &Url, access: &Access) -> bool {
    if endpoint.scheme() != Some(Scheme::Http) {
        return false;
    }
    let secure = endpoint.with_scheme(Scheme::Https);
    match dial(&secure, &access.tls, Protocol::Http1, access.limit).await {
        Ok(_) => true,
        Err(obstacle) => obstacle.somebody_is_there() && obstacle != Obstacle::PlainHttp,
    }
}
