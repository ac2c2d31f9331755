//! One membership call to one member.

use std::time::Duration;

use etcd_client::{Client, Error, MemberAddOptions};
use tokio::time::timeout;

use crate::apply::{Call, CallError, answer};
use crate::etcd::probe::words;
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
    answer::judge(words(error))
}

#[cfg(test)]
mod tests {
    use super::*;

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
