//! What is wrong with an endpoint whose failure says nothing: found out by a plain request.
//!
//! The gRPC client hides why a server ended the connection: a missing client certificate looks
//! like a cancelled call, a wrong scheme like a broken pipe.

use crate::apply::Obstacle;
use crate::etcd::connect::Access;
use crate::etcd::connect::dial::dial;
use crate::etcd::connect::tls::{Protocol, Tls};
use crate::etcd::probe::page;
use crate::url::{Scheme, Url};

/// A better word for what stands in the way, where there is one.
pub(in crate::etcd) async fn explain(found: Obstacle, endpoint: &Url, access: &Access) -> Obstacle {
    let page = page::small(endpoint, "/version", access).await;
    if let Ok((status, text)) = &page
        && status.is_success()
        && text.contains("etcdserver")
    {
        return found;
    }
    if speaks_the_other(endpoint, access).await {
        return match endpoint.scheme() {
            Some(Scheme::Https) => Obstacle::PlainHttp,
            Some(Scheme::Http) | None => Obstacle::Https,
        };
    }
    match page {
        Ok((status, _)) => Obstacle::NotEtcd {
            reason: format!("GET /version gets {status}"),
        },
        Err(Obstacle::PlainHttp) => Obstacle::NotEtcd {
            reason: "it speaks neither TLS nor HTTP".to_owned(),
        },
        Err(Obstacle::Broken { .. } | Obstacle::Late { .. }) => found,
        Err(better) => better,
    }
}

/// Whether the other scheme is the right one. etcd ends a connection of the wrong one without a
/// word, or answers in its own; so it is asked in both.
async fn speaks_the_other(endpoint: &Url, access: &Access) -> bool {
    if endpoint.scheme() == Some(Scheme::Https) {
        let plain = endpoint.with_scheme(Scheme::Http);
        return page::small(&plain, "/version", access).await.is_ok();
    }
    let secure = endpoint.with_scheme(Scheme::Https);
    let Ok(tls) = Tls::of_a_stranger() else {
        return false;
    };
    match dial(&secure, &tls, Protocol::Http1, access.limit).await {
        Ok(_) => true,
        Err(obstacle) => obstacle.somebody_is_there() && obstacle != Obstacle::PlainHttp,
    }
}
