//! What a member shows to those who may not ask for its status.
//!
//! In 3.5.28 to 3.5.31 and 3.6.9 to 3.6.11 `Status` is for etcd's root alone where users are on (ETCD 1.8).
//! The member list is for any user, and its header has what no page has; `/metrics` and `/health`
//! are for everybody who can connect.

use std::collections::BTreeSet;

use etcd_client::{Client, ResponseHeader};
use futures_util::future::join3;
use tokio::time::timeout;

use crate::etcd::answer::{Follows, StatusAnswer};
use crate::etcd::connect::Access;
use crate::etcd::probe::page;
use crate::member::{ClusterId, MemberId};
use crate::observation::Disturbance;
use crate::url::Url;

/// Pieces a status together, if enough is shown.
pub(in crate::etcd) async fn status(
    mut client: Client,
    endpoint: &Url,
    access: &Access,
) -> Option<StatusAnswer> {
    let (metrics, list, health) = join3(
        page::metrics(endpoint, access),
        timeout(access.limit, client.member_list()),
        page::small(endpoint, "/health", access),
    )
    .await;
    let shown = metrics?.own?;
    let listed = list.ok().and_then(Result::ok);
    let header = listed.as_ref().and_then(|list| list.header());
    let disturbances =
        health.map_or_else(|_| BTreeSet::new(), |(_, text)| alarms(&text, shown.member));
    Some(StatusAnswer {
        cluster: header.map(|header| ClusterId::new(header.cluster_id())),
        member: shown.member,
        version: shown.version,
        follows: match (shown.leads, shown.has_leader) {
            (true, _) => Follows::Member(shown.member),
            (false, true) => Follows::Somebody,
            (false, false) => Follows::Nobody,
        },
        term: header.map(ResponseHeader::raft_term),
        raft_index: shown.committed,
        applied_index: shown.applied,
        db_size: shown.db_size,
        disturbances,
    })
}

/// The alarms that `/health` names: `{"health":"false","reason":"ALARM NOSPACE"}`. Whose they
/// are, it does not say.
fn alarms(text: &str, member: MemberId) -> BTreeSet<Disturbance> {
    let mut found = BTreeSet::new();
    if text.contains("ALARM NOSPACE") {
        found.insert(Disturbance::NoSpace { member });
    }
    if text.contains("ALARM CORRUPT") {
        found.insert(Disturbance::Corrupt { member });
    }
    found
}
