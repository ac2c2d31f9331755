//! What endpoints answered, in words of our own: what `assembly` judges.
//!
//! The only conversion from the client crate's types stands here, so that the
//! judgement is a pure function of plain values.

use std::collections::{BTreeMap, BTreeSet};

use etcd_client::{DowngradeInfo, Member, MemberListResponse, StatusResponse};

use crate::amount::Size;
use crate::apply::Obstacle;
use crate::etcd::probe::metrics::Metrics;
use crate::member::{ClusterId, MemberId, MemberName, Role};
use crate::observation::{Disturbance, Witness};
use crate::url::{Url, Urls};
use crate::version::Version;

/// All answers to one look at a cluster.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers {
    /// When the look began: UTC, RFC 3339, whole seconds.
    pub(super) observed_at: String,
    /// What each client URL answered.
    pub(super) sites: BTreeMap<Url, Site>,
    /// Whether each peer URL accepted a connection.
    pub(super) ports: BTreeMap<Url, Witness>,
    /// The highest term of a first look, where a second one was needed.
    pub(super) earlier_term: Option<u64>,
}

/// What one client URL answered. `None`: not asked, or not waited for.
#[derive(Clone, Debug, Default)]
pub(super) struct Site {
    /// To `Status`.
    pub(super) status: Option<Result<StatusAnswer, Obstacle>>,
    /// Whether a linearizable read went through.
    pub(super) read: Witness,
    /// The members that it lists behind that read.
    pub(super) list: Option<Vec<Listed>>,
    /// The members that it lists by itself, which may be an old list.
    pub(super) local_list: Option<Result<Vec<Listed>, Obstacle>>,
    /// What its `/metrics` page says.
    pub(super) metrics: Option<Metrics>,
}

impl Site {
    /// Its status, if it gave one.
    pub(super) fn answered(&self) -> Option<&StatusAnswer> {
        self.status.as_ref()?.as_ref().ok()
    }
}

/// The answer to `Status`, or what a member shows to those who may not ask for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StatusAnswer {
    /// Absent: only `Status` and the member list would tell.
    pub(super) cluster: Option<ClusterId>,
    pub(super) member: MemberId,
    pub(super) version: Version,
    pub(super) follows: Follows,
    /// Absent where the cluster is.
    pub(super) term: Option<u64>,
    pub(super) raft_index: u64,
    pub(super) applied_index: u64,
    pub(super) db_size: Size,
    /// Alarms, and a downgrade that is enabled.
    pub(super) disturbances: BTreeSet<Disturbance>,
}

/// Whom a member follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follows {
    /// It has no leader.
    Nobody,
    /// It has one, and we may not know which.
    Somebody,
    /// This one.
    Member(MemberId),
}

/// A member as a member lists it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Listed {
    pub(super) id: MemberId,
    pub(super) name: Option<MemberName>,
    pub(super) peer_urls: Urls,
    pub(super) client_urls: Urls,
    pub(super) role: Role,
}

impl StatusAnswer {
    /// Reads an answer; `Err` where it is not one that etcd gives.
    pub(super) fn read(response: &StatusResponse) -> Result<Self, Obstacle> {
        let odd = |what: &str| Obstacle::NotEtcd {
            reason: format!("its status has no {what}"),
        };
        let header = response.header().ok_or_else(|| odd("header"))?;
        let member = MemberId::new(header.member_id());
        let version = response.version().parse().map_err(|_| odd("version"))?;
        let mut disturbances = BTreeSet::new();
        for error in response.errors() {
            disturbances.extend(alarm(error, member));
        }
        if response
            .downgrade_info()
            .is_some_and(DowngradeInfo::enabled)
        {
            disturbances.insert(Disturbance::DowngradeEnabled);
        }
        Ok(Self {
            cluster: Some(ClusterId::new(header.cluster_id())),
            member,
            version,
            follows: match response.leader() {
                0 => Follows::Nobody,
                id => Follows::Member(MemberId::new(id)),
            },
            term: Some(response.raft_term()),
            raft_index: response.raft_index(),
            applied_index: response.raft_applied_index(),
            db_size: Size(u64::try_from(response.db_size()).unwrap_or(0)),
            disturbances,
        })
    }
}

/// Reads an alarm from the errors of a status: `memberID:123 alarm:NOSPACE`.
///
/// The `Alarm` call would tell the same, but every one of them, reading ones
/// too, is an entry in raft's log: a plan must write nothing.
fn alarm(error: &str, reporter: MemberId) -> Option<Disturbance> {
    let mut member = reporter;
    let mut kind = None;
    for word in error.split_whitespace() {
        if let Some(id) = word.strip_prefix("memberID:") {
            member = id.parse().map_or(reporter, MemberId::new);
        } else if let Some(alarm) = word.strip_prefix("alarm:") {
            kind = Some(alarm);
        }
    }
    match kind? {
        "NOSPACE" => Some(Disturbance::NoSpace { member }),
        "CORRUPT" => Some(Disturbance::Corrupt { member }),
        _ => None,
    }
}

impl Listed {
    /// Reads a member list, in the order of the ids.
    pub(super) fn all(response: &MemberListResponse) -> Vec<Self> {
        let mut all: Vec<Self> = response.members().iter().map(Self::read).collect();
        all.sort();
        all
    }

    fn read(member: &Member) -> Self {
        Self {
            id: MemberId::new(member.id()),
            name: MemberName::observed(member.name()),
            peer_urls: Urls::observed(member.peer_urls()),
            client_urls: Urls::observed(member.client_urls()),
            role: if member.is_learner() {
                Role::Learner
            } else {
                Role::Voter
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alarms_of_a_status() {
        let reporter = MemberId::new(1);
        let member = MemberId::new(255);
        for (error, expected) in [
            (
                "memberID:255 alarm:NOSPACE ",
                Some(Disturbance::NoSpace { member }),
            ),
            (
                "memberID:255  alarm:CORRUPT",
                Some(Disturbance::Corrupt { member }),
            ),
            (
                "alarm:CORRUPT",
                Some(Disturbance::Corrupt { member: reporter }),
            ),
            ("etcdserver: no leader", None),
            ("memberID:255 ", None),
        ] {
            assert_eq!(alarm(error, reporter), expected, "{error}");
        }
    }
}
