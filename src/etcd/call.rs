//! One membership call to one member.

use std::time::Duration;

use etcd_client::{Client, Error, MemberAddOptions};
use tokio::time::timeout;

use crate::apply::{Call, CallError};
use crate::etcd::connect::words;
use crate::url::{Url, Urls};

/// How long one call may take.
///
/// etcd itself sets no limit: without quorum, and where raft drops a second
/// membership change, a call would wait for ever (ETCD 0.4, 1.7). A call that
/// succeeds takes milliseconds; a promotion that a follower hands on may take
/// the leader's 7 s, but ours go to the leader. Five seconds outlast an
/// election of one to two.
const CALL_LIMIT: Duration = Duration::from_secs(5);

/// Sends a call, once.
pub(super) async fn send(mut client: Client, call: &Call) -> Result<(), CallError> {
    let answer = async {
        match call {
            Call::AddLearner { peer_urls } => {
                let options = MemberAddOptions::new().with_is_learner();
                let urls = checked(peer_urls)?;
                let added = client.member_add(urls, Some(options)).await;
                added.map(drop).map_err(|e| judge(&e))
            }
            Call::Promote { id } => {
                let promoted = client.member_promote(id.get()).await;
                promoted.map(drop).map_err(|e| judge(&e))
            }
            Call::UpdatePeerUrls { id, peer_urls } => {
                let updated = client.member_update(id.get(), checked(peer_urls)?).await;
                updated.map(drop).map_err(|e| judge(&e))
            }
            Call::Remove { id } => {
                let removed = client.member_remove(id.get()).await;
                removed.map(drop).map_err(|e| judge(&e))
            }
            Call::MoveLeader { to } => {
                let moved = client.move_leader(to.get()).await;
                moved.map(drop).map_err(|e| judge(&e))
            }
        }
    };
    match timeout(CALL_LIMIT, answer).await {
        Ok(outcome) => outcome,
        Err(_) => Err(CallError::Unanswered {
            message: format!(
                "no answer within {}",
                humantime::format_duration(CALL_LIMIT)
            ),
        }),
    }
}

/// The URLs as etcd takes them, checked again on the doorstep.
///
/// `MemberUpdate` with a list that etcd cannot read, or an empty one, makes
/// every other member crash at once and at each restart (etcd issue 9173). The
/// file's URLs are checked when it is read; these may come from a plan file.
fn checked(urls: &Urls) -> Result<Vec<String>, CallError> {
    if urls.is_empty() {
        return Err(CallError::Refused {
            message: "the list of peer URLs is empty".to_owned(),
        });
    }
    let checked: Result<Vec<String>, CallError> = urls
        .iter()
        .map(|url| match Url::parse(url.as_str()) {
            Ok(url) => Ok(url.to_string()),
            Err(error) => Err(CallError::Refused {
                message: format!("the peer URL `{url}` is not sent: {error}"),
            }),
        })
        .collect();
    checked
}

fn judge(error: &Error) -> CallError {
    let message = words(error);
    match Meaning::of(&message) {
        Meaning::Wait => CallError::NotYet { message },
        Meaning::Refusal => CallError::Refused { message },
        Meaning::Unclear => CallError::Unanswered { message },
    }
}

/// What an error of etcd means for who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// The same call may be accepted in a while.
    Wait,
    /// It will not be accepted as long as nothing changes.
    Refusal,
    /// It may have taken effect, or may yet.
    Unclear,
}

/// etcd's words, since its codes mean different things in different versions (ETCD 0.8).
const MEANINGS: [(&str, Meaning); 21] = [
    // The five-second rule: some peer has not been connected for long enough.
    ("etcdserver: unhealthy cluster", Meaning::Wait),
    (
        "etcdserver: can only promote a learner member which is in sync with leader",
        Meaning::Wait,
    ),
    ("etcdserver: too many requests", Meaning::Wait),
    // Leadership moved since we looked.
    ("etcdserver: not leader", Meaning::Wait),
    (
        "etcdserver: re-configuration failed due to not enough started members",
        Meaning::Refusal,
    ),
    ("etcdserver: member not found", Meaning::Refusal),
    ("etcdserver: member ID already exist", Meaning::Refusal),
    ("etcdserver: Peer URLs already exists", Meaning::Refusal),
    (
        "etcdserver: given member URLs are invalid",
        Meaning::Refusal,
    ),
    (
        "etcdserver: too many learner members in cluster",
        Meaning::Refusal,
    ),
    (
        "etcdserver: can only promote a learner member",
        Meaning::Refusal,
    ),
    ("etcdserver: bad leader transferee", Meaning::Refusal),
    (
        "etcdserver: rpc not supported for learner",
        Meaning::Refusal,
    ),
    ("etcdserver: user name is empty", Meaning::Refusal),
    ("etcdserver: permission denied", Meaning::Refusal),
    ("etcdserver: invalid auth token", Meaning::Refusal),
    ("etcdserver: request timed out", Meaning::Unclear),
    ("etcdserver: leader changed", Meaning::Unclear),
    ("etcdserver: no leader", Meaning::Unclear),
    ("etcdserver: server stopped", Meaning::Unclear),
    ("etcdserver: request cancelled", Meaning::Unclear),
];

impl Meaning {
    /// What is not known is unclear: the cluster is read again before anything is concluded.
    fn of(message: &str) -> Self {
        let known = MEANINGS.iter().find(|(words, _)| message.contains(words));
        known.map_or(Self::Unclear, |(_, meaning)| *meaning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_message_wins() {
        for (message, meaning) in [
            (
                "etcdserver: can only promote a learner member which is in sync with leader",
                Meaning::Wait,
            ),
            (
                "etcdserver: can only promote a learner member",
                Meaning::Refusal,
            ),
            ("etcdserver: unhealthy cluster", Meaning::Wait),
            (
                "etcdserver: request timed out, leader transfer took too long",
                Meaning::Unclear,
            ),
            ("transport error: connection reset", Meaning::Unclear),
        ] {
            assert_eq!(Meaning::of(message), meaning, "{message}");
        }
    }

    #[test]
    fn urls_are_checked_before_they_are_sent() {
        for bad in [
            &[][..],
            &["http://a"],
            &["a:1"],
            &["http://a:1", "http://b:2/path"],
        ] {
            assert!(matches!(
                checked(&Urls::observed(bad)),
                Err(CallError::Refused { .. })
            ));
        }
        assert_eq!(
            checked(&Urls::observed(&["http://a:1"])).unwrap(),
            ["http://a:1"]
        );
    }
}
