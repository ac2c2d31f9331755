//! What happens to one member, and why.
//!
//! A live member that stays may differ in several ways at once, so a
//! [`ChangeKind::Alter`] lists what is to be done; [`Change::name`] is the one
//! word for it. Order comes later, in `plan`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::observation::LiveMember;
use crate::topology::MemberSpec;

/// What kind of change happens to a member.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum ChangeAction {
    /// A new member.
    Add,
    /// A member that was begun and not finished.
    Finish,
    /// It leaves.
    Remove,
    /// A new member takes its place.
    Replace,
    /// It goes to another host, with its data.
    Move,
    /// Its peer URLs change where it is.
    Readdress,
    /// Its name or client URLs change.
    Rename,
    /// It runs another etcd.
    Upgrade,
    /// Its process is restarted.
    Restart,
    /// It stops voting.
    Demote,
}

/// What happens to one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What.
    pub kind: ChangeKind,
    /// Why, for people.
    pub reason: String,
}

/// What happens to one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// A new member.
    Add {
        /// As wanted.
        spec: MemberSpec,
    },
    /// It leaves.
    Remove {
        /// As it is.
        live: LiveMember,
    },
    /// A new member takes its place.
    Replace {
        /// As wanted.
        spec: MemberSpec,
        /// As it is.
        live: LiveMember,
        /// What becomes of its vote.
        name: Replacement,
    },
    /// It stays and changes.
    Alter {
        /// As wanted.
        spec: MemberSpec,
        /// As it is.
        live: LiveMember,
        /// What is to be done.
        tasks: Tasks,
    },
}

/// Why a member is replaced by a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replacement {
    /// Its address differs, or it was asked for.
    Replace,
    /// It is to stop voting, which etcd cannot do to a member.
    Demote,
}

/// What is to be done to a member that stays, in the order of doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tasks {
    /// The one word for it.
    pub name: ChangeAction,
    /// Tell the cluster its new peer URLs.
    pub update: bool,
    /// Bring its data to another host, from this one.
    pub move_from: Option<String>,
    /// What its process needs.
    pub process: Process,
    /// Let it vote.
    pub promote: bool,
}

/// What a process needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Process {
    /// Nothing.
    Keep,
    /// It is down, and is started.
    Start,
    /// It runs, and is restarted.
    Restart,
}

impl Change {
    /// The one word for it.
    pub fn name(&self) -> ChangeAction {
        match &self.kind {
            ChangeKind::Add { .. } => ChangeAction::Add,
            ChangeKind::Remove { .. } => ChangeAction::Remove,
            ChangeKind::Replace {
                name: Replacement::Replace,
                ..
            } => ChangeAction::Replace,
            ChangeKind::Replace {
                name: Replacement::Demote,
                ..
            } => ChangeAction::Demote,
            ChangeKind::Alter { tasks, .. } => tasks.name,
        }
    }

    /// Whether its live member leaves the cluster.
    pub fn leaves(&self) -> bool {
        match self.kind {
            ChangeKind::Remove { .. } | ChangeKind::Replace { .. } => true,
            ChangeKind::Add { .. } | ChangeKind::Alter { .. } => false,
        }
    }

    /// The live member, if there is one.
    pub fn live(&self) -> Option<&LiveMember> {
        match &self.kind {
            ChangeKind::Add { .. } => None,
            ChangeKind::Remove { live }
            | ChangeKind::Replace { live, .. }
            | ChangeKind::Alter { live, .. } => Some(live),
        }
    }

    /// The entry of the file, if there is one.
    pub fn spec(&self) -> Option<&MemberSpec> {
        match &self.kind {
            ChangeKind::Remove { .. } => None,
            ChangeKind::Add { spec }
            | ChangeKind::Replace { spec, .. }
            | ChangeKind::Alter { spec, .. } => Some(spec),
        }
    }

    /// What people call the member: as wanted, else as it is.
    pub fn label(&self) -> String {
        let live = || self.live().map(LiveMember::label).unwrap_or_default();
        self.spec().map_or_else(live, |spec| spec.name.to_string())
    }
}
