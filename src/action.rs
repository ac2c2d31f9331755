//! The closed list of what can be done to one member.
//!
//! Layer 1. The rule book judges an [`Action`] on a model of the cluster; a
//! step of a plan performs one. An action touches one member, and changes the
//! set of voters by at most one.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::member::{MemberId, MemberName};
use crate::url::Urls;

/// Who a member is, from planning on: decided once, by `diff::identity`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MemberKey {
    /// It was listed when the plan was made.
    Live(MemberId),
    /// The plan adds it, under this name; etcd has yet to give it an id.
    New(MemberName),
}

impl MemberKey {
    /// Its id, if it was listed when the plan was made.
    pub fn id(&self) -> Option<MemberId> {
        match self {
            Self::Live(id) => Some(*id),
            Self::New(_) => None,
        }
    }
}

/// The kinds of action, as documents name them.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Add a member that does not vote.
    AddLearner,
    /// Start a member's process.
    Start,
    /// Let a learner vote.
    Promote,
    /// Hand leadership to another voter.
    MoveLeader,
    /// Tell the cluster a member's new peer URLs.
    #[serde(rename = "updatePeerURLs")]
    UpdatePeerUrls,
    /// Bring a member's data directory to its new host.
    MoveData,
    /// Stop a member's process, and keep it from coming back.
    Stop,
    /// Stop and start a member's process with the settings of the file.
    Restart,
    /// Take a member out of the cluster.
    Remove,
    /// Clear the data directory of a removed member.
    Wipe,
    /// Save a verified copy of the database.
    Backup,
    /// Give a data directory a name at which nothing starts it: recovery only.
    PutAside,
    /// Make a data directory from a backup or from one that was put aside: recovery only.
    Restore,
    /// Make a member with data the only one of its cluster: recovery only.
    ForceNew,
    /// Make a member's old peer address lead to its new one: recovery only.
    Relay,
    /// Let nothing lead there any more: recovery only.
    EndRelay,
}

/// One thing done to one member.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Add a member that does not vote.
    AddLearner {
        /// The new member.
        member: MemberKey,
        /// Its peer URLs.
        peer_urls: Urls,
    },
    /// Start a member's process.
    Start {
        /// The member.
        member: MemberKey,
    },
    /// Let a learner vote.
    Promote {
        /// The learner.
        member: MemberKey,
    },
    /// Hand leadership over.
    MoveLeader {
        /// The voter that gives it up.
        from: MemberKey,
        /// The voter that takes it.
        to: MemberKey,
    },
    /// Tell the cluster new peer URLs.
    UpdatePeerUrls {
        /// The member.
        member: MemberKey,
        /// Its new peer URLs.
        peer_urls: Urls,
    },
    /// Bring the data directory to the new host.
    MoveData {
        /// The member.
        member: MemberKey,
    },
    /// Stop a process.
    Stop {
        /// The member.
        member: MemberKey,
    },
    /// Stop and start a process.
    Restart {
        /// The member.
        member: MemberKey,
    },
    /// Take a member out of the cluster.
    Remove {
        /// The member.
        member: MemberKey,
    },
    /// Clear a data directory.
    Wipe {
        /// The member that was there.
        member: MemberKey,
    },
}

impl Action {
    /// The member that the action touches.
    pub fn member(&self) -> &MemberKey {
        match self {
            Self::AddLearner { member, .. }
            | Self::Start { member }
            | Self::Promote { member }
            | Self::MoveLeader { from: member, .. }
            | Self::UpdatePeerUrls { member, .. }
            | Self::MoveData { member }
            | Self::Stop { member }
            | Self::Restart { member }
            | Self::Remove { member }
            | Self::Wipe { member } => member,
        }
    }

    /// The member whose process is down for a while during it, or for good.
    pub fn down(&self) -> Option<&MemberKey> {
        match self {
            Self::Restart { member } | Self::Stop { member } => Some(member),
            Self::AddLearner { .. }
            | Self::Start { .. }
            | Self::Promote { .. }
            | Self::MoveLeader { .. }
            | Self::UpdatePeerUrls { .. }
            | Self::MoveData { .. }
            | Self::Remove { .. }
            | Self::Wipe { .. } => None,
        }
    }

    /// What kind of action it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::AddLearner { .. } => Kind::AddLearner,
            Self::Start { .. } => Kind::Start,
            Self::Promote { .. } => Kind::Promote,
            Self::MoveLeader { .. } => Kind::MoveLeader,
            Self::UpdatePeerUrls { .. } => Kind::UpdatePeerUrls,
            Self::MoveData { .. } => Kind::MoveData,
            Self::Stop { .. } => Kind::Stop,
            Self::Restart { .. } => Kind::Restart,
            Self::Remove { .. } => Kind::Remove,
            Self::Wipe { .. } => Kind::Wipe,
        }
    }
}

impl Kind {
    /// Whether etcd's API performs it; everything else happens on a host.
    pub fn is_call(self) -> bool {
        match self {
            Self::AddLearner
            | Self::Promote
            | Self::MoveLeader
            | Self::UpdatePeerUrls
            | Self::Remove => true,
            Self::Start
            | Self::MoveData
            | Self::Stop
            | Self::Restart
            | Self::Wipe
            | Self::Backup
            | Self::PutAside
            | Self::Restore
            | Self::ForceNew
            | Self::Relay
            | Self::EndRelay => false,
        }
    }

    /// Whether it changes the member list.
    pub fn changes_membership(self) -> bool {
        self.is_call() && self != Self::MoveLeader
    }

    /// The sign that stands before it in a plan.
    pub fn sign(self) -> char {
        match self {
            Self::AddLearner => '+',
            Self::Promote => '^',
            Self::MoveLeader => '>',
            Self::UpdatePeerUrls => '~',
            Self::Remove => '-',
            Self::Start
            | Self::MoveData
            | Self::Stop
            | Self::Restart
            | Self::Wipe
            | Self::Backup
            | Self::PutAside
            | Self::Restore
            | Self::ForceNew
            | Self::Relay
            | Self::EndRelay => '!',
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::AddLearner => "addLearner",
            Self::Start => "start",
            Self::Promote => "promote",
            Self::MoveLeader => "moveLeader",
            Self::UpdatePeerUrls => "updatePeerURLs",
            Self::MoveData => "moveData",
            Self::Stop => "stop",
            Self::Restart => "restart",
            Self::Remove => "remove",
            Self::Wipe => "wipe",
            Self::Backup => "backup",
            Self::PutAside => "putAside",
            Self::Restore => "restore",
            Self::ForceNew => "forceNew",
            Self::Relay => "relay",
            Self::EndRelay => "endRelay",
        })
    }
}
