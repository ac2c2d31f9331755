//! The difference between what is wanted and what is live, member by member.
//!
//! Layer 2. [`between`] pairs the file's entries with the live members
//! ([`identity`]) and finds what each pair asks for ([`change`]). What cannot be
//! decided is a [`Blocked`]: a value with a code, a reason, and a way out.
//!
//! ```text
//! live voters=(m1* m2 m3), wanted m1 m2 m4   ->   add m4, remove m3
//! ```

pub mod blocked;
pub mod change;
mod classify;
pub mod identity;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::member::MemberName;
use crate::observation::Observation;
use crate::topology::Topology;

pub use blocked::Blocked;
pub use change::{Change, ChangeKind};

/// What somebody asked for beyond the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Requests {
    /// `--restart NAME|all`.
    pub restart: BTreeSet<MemberName>,
    /// `--replace NAME`.
    pub replace: BTreeSet<MemberName>,
}

/// What differs.
#[must_use = "a difference is what a plan is made of"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diff {
    /// One change for each member that differs, in the order of names, removals last.
    pub changes: Vec<Change>,
    /// What cannot be decided.
    pub blocked: Vec<Blocked>,
}

/// Compares what is wanted with what is live.
pub fn between(topology: &Topology, observation: &Observation, requests: &Requests) -> Diff {
    if let Some(blocked) = blocked::wrong_cluster(topology, observation) {
        return Diff {
            changes: Vec::new(),
            blocked: vec![blocked],
        };
    }
    let pairing = match identity::pair(topology, observation) {
        Ok(pairing) => pairing,
        Err(ambiguities) => {
            return Diff {
                changes: Vec::new(),
                blocked: ambiguities,
            };
        }
    };
    let mut diff = Diff {
        changes: Vec::new(),
        blocked: blocked::unknown_requests(topology, requests),
    };
    for found in classify::every_pair(topology, observation, &pairing, requests) {
        match found {
            Ok(change) => diff.changes.push(change),
            Err(blocked) => diff.blocked.push(blocked),
        }
    }
    diff
}
