//! What was seen live: the whole of what a plan knows about a cluster.
//!
//! Layer 1. The `etcd` adapter makes an [`Observation`] from its probes,
//! `etcdplan observe` writes it as JSON, and `plan --live` reads it back: the
//! plan is the same, byte for byte. The time, addresses and all else from
//! outside stand in here, so that nothing above asks again.
//!
//! Invariants: members are sorted by id and each id stands once; `leader` is
//! one of them, and every member that answered and follows one follows it.

pub mod recording;

use std::collections::BTreeSet;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::amount::Size;
use crate::member::{ClusterId, MemberId, MemberName, Role};
use crate::quorum::Standing;
use crate::url::Urls;
use crate::version::Version;

/// The version of the recorded form: a higher major is refused.
pub const FORMAT_VERSION: &str = "1.0";

/// One look at a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Observation {
    /// The version of this form.
    pub format_version: String,
    /// When it was made: UTC, RFC 3339, whole seconds.
    pub observed_at: String,
    /// The cluster that every answering member names.
    #[serde(rename = "clusterID")]
    pub cluster_id: ClusterId,
    /// The members, sorted by id.
    pub members: Vec<LiveMember>,
    /// The leader of every answering member that follows one.
    pub leader: Option<MemberId>,
    /// What makes a membership change unwise now.
    pub disturbances: BTreeSet<Disturbance>,
    /// The version the cluster runs as: the least minor version of its members, and patch 0.
    pub cluster_version: Option<Version>,
}

/// One member as etcd lists it, with what was seen of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LiveMember {
    /// Its id.
    pub id: MemberId,
    /// Its name; absent until its process has started and published it.
    pub name: Option<MemberName>,
    /// Where other members reach it.
    #[serde(rename = "peerURLs")]
    pub peer_urls: Urls,
    /// Where it says that clients reach it; empty until it has started.
    #[serde(rename = "clientURLs")]
    pub client_urls: Urls,
    /// Whether it votes.
    pub role: Role,
    /// What its own client URL answered.
    pub condition: Condition,
    /// Whether the leader counts it among its active peers (`etcd_network_active_peers`).
    pub seen_by_leader: Witness,
    /// Whether any other member does; asked only where the member does not answer us.
    pub seen_by_peers: Witness,
    /// Whether a connection to its peer URLs was accepted.
    pub peer_port: Witness,
}

/// What a member's own client URL answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Condition {
    /// It is listed and has never published a name.
    Unstarted,
    /// It answered, under its own id and the cluster's.
    Running(Status),
    /// Somebody is there, and does not let us in: it may be as healthy as the others.
    #[serde(rename_all = "camelCase")]
    Barred {
        /// What stands in the way, for people.
        reason: String,
    },
    /// It did not answer.
    #[serde(rename_all = "camelCase")]
    Silent {
        /// What happened instead, for people.
        reason: String,
    },
}

/// What a running member says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The client URL that answered.
    pub endpoint: String,
    /// The etcd that it runs.
    pub version: Version,
    /// The leader it follows; absent: none.
    pub leader: Option<MemberId>,
    /// Whether a linearizable read on it went through; learners are not asked.
    pub linearizable: Witness,
    /// Raft's term.
    pub term: u64,
    /// The last committed index that it knows.
    pub raft_index: u64,
    /// The last index that it applied.
    pub applied_index: u64,
    /// Size of its database file.
    pub db_size: Size,
    /// When its process started: milliseconds since 1970, from `/metrics`. The
    /// same process may be seen a second earlier or later, when its host's clock is set.
    pub started_at: Option<u64>,
}

/// What somebody says of something: yes, no, or nobody could say.
///
/// Three values, since unknown counts as unhealthy when we need a member
/// alive, and as alive when we would count on it being dead.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Witness {
    /// Yes.
    Yes,
    /// No.
    No,
    /// Not asked, or no answer.
    #[default]
    Unknown,
}

impl From<bool> for Witness {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

/// Something in the cluster that makes a membership change unwise now.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Disturbance {
    /// A member is out of space: no writes.
    #[serde(rename_all = "camelCase")]
    NoSpace {
        /// Which one raised the alarm.
        member: MemberId,
    },
    /// A member's data is corrupt.
    #[serde(rename_all = "camelCase")]
    Corrupt {
        /// Which one raised the alarm.
        member: MemberId,
    },
    /// A downgrade is enabled: a joiner would have to be exactly one minor lower.
    DowngradeEnabled,
    /// Members name different leaders.
    LeaderDisputed,
    /// Members that follow a leader are in different terms, or the term rose while we looked.
    TermMoving,
    /// Members list different members, each behind a linearizable read.
    ListsDiffer,
    /// No voter answered a linearizable read: the member list may be old.
    NoQuorum,
}

/// How a member is, judged from all sides.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// It answers us, follows the leader, and serves.
    Healthy,
    /// It answers nobody: not us, and no peer sees it.
    Dead,
    /// Something is amiss, and it may be alive.
    Unknown,
    /// It is listed and has never started.
    Unstarted,
}

impl LiveMember {
    /// Judges the member from all sides (DESIGN 6).
    ///
    /// One witness is never enough to call a member dead: a frozen peer stays
    /// active for over 20 s on etcd 3.5, and an unreachable one may only be
    /// unreachable from here. Nobody is dead whose peer port accepts
    /// connections: etcd 3.4 gives a frozen peer up after 5 s, and to start a
    /// second process with its id, or clear its data, would be the worse mistake.
    pub fn health(&self) -> Health {
        match &self.condition {
            Condition::Unstarted => Health::Unstarted,
            Condition::Running(status) => match (self.role, status.leader, status.linearizable) {
                (Role::Voter, Some(_), Witness::Yes) | (Role::Learner, Some(_), _) => {
                    Health::Healthy
                }
                (Role::Voter, Some(_), Witness::No | Witness::Unknown)
                | (Role::Voter | Role::Learner, None, _) => Health::Unknown,
            },
            Condition::Barred { .. } => Health::Unknown,
            // A process that is frozen, or only cut off from us, still has its port.
            Condition::Silent { .. } if self.peer_port == Witness::Yes => Health::Unknown,
            Condition::Silent { .. } => match (self.seen_by_leader, self.seen_by_peers) {
                // Without a leader to ask, the voters that answered are all the witnesses there are.
                (Witness::No, Witness::No | Witness::Unknown) | (Witness::Unknown, Witness::No) => {
                    Health::Dead
                }
                (Witness::Yes, _) | (_, Witness::Yes) | (Witness::Unknown, Witness::Unknown) => {
                    Health::Unknown
                }
            },
        }
    }

    /// What the member says of itself, if it answers.
    pub fn status(&self) -> Option<&Status> {
        match &self.condition {
            Condition::Running(status) => Some(status),
            Condition::Unstarted | Condition::Barred { .. } | Condition::Silent { .. } => None,
        }
    }

    /// What people call it: its name, or its id while it has none.
    pub fn label(&self) -> String {
        self.name
            .as_ref()
            .map_or_else(|| self.id.to_string(), ToString::to_string)
    }
}

impl Observation {
    /// The member with this id.
    pub fn member(&self, id: MemberId) -> Option<&LiveMember> {
        self.members.iter().find(|member| member.id == id)
    }

    /// The leader's own words.
    pub fn leader_status(&self) -> Option<&Status> {
        self.member(self.leader?)?.status()
    }

    /// Voters, and how many of them are healthy.
    pub fn standing(&self) -> Standing {
        let voters = || {
            self.members
                .iter()
                .filter(|member| member.role == Role::Voter)
        };
        Standing {
            voters: voters().count(),
            healthy: voters().filter(|m| m.health() == Health::Healthy).count(),
        }
    }

    /// Raft entries that a member is behind the leader, if both answer.
    pub fn lag(&self, id: MemberId) -> Option<u64> {
        let applied = self.member(id)?.status()?.applied_index;
        Some(self.leader_status()?.raft_index.saturating_sub(applied))
    }

    /// The size of the database: the largest that a voter reports.
    pub fn db_size(&self) -> Option<Size> {
        let statuses = self
            .members
            .iter()
            .filter(|m| m.role == Role::Voter)
            .filter_map(LiveMember::status);
        statuses.map(|status| status.db_size).max()
    }
}

impl fmt::Display for Observation {
    /// Cluster notation: `voters=(m1* m2! m3) learners=(m4?)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |role: Role| {
            let members = self.members.iter().filter(|member| member.role == role);
            let signs = members.map(|member| {
                let leads = if self.leader == Some(member.id) {
                    "*"
                } else {
                    ""
                };
                let sign = match member.health() {
                    Health::Healthy => "",
                    Health::Dead | Health::Unknown => "!",
                    Health::Unstarted => "?",
                };
                format!("{}{leads}{sign}", member.label())
            });
            signs.collect::<Vec<_>>().join(" ")
        };
        write!(
            f,
            "voters=({}) learners=({})",
            side(Role::Voter),
            side(Role::Learner)
        )
    }
}
