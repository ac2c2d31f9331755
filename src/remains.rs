//! What is left of a cluster that has lost its quorum: who answers, and what lies on the hosts.
//!
//! Layer 1. Without quorum etcd's API tells little and changes nothing, so what a recovery is
//! planned on comes from two sides: the members that still answer, each for itself, and the driver,
//! which looks at the places of the file's members.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use schemars::JsonSchema;

use crate::amount::Size;
use crate::member::{ClusterId, MemberId, MemberName};
use crate::observation::Observation;

/// How far a log goes. The greater has the more: raft's own rule for whom to vote for (section
/// 5.4.1 of its paper), the later term first and then the longer log.
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
pub struct Position {
    /// The term of the last entry.
    pub term: u64,
    /// Its index.
    pub index: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.term, self.index) {
            (0, 0) => f.write_str("nobody knows how far it goes"),
            // Members begin with the first.
            (0, index) => write!(f, "index {index}, by its own word"),
            (term, index) => write!(f, "term {term}, index {index}"),
        }
    }
}

/// What the driver finds at a member's place, in the words of `check`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Remnant {
    /// Whether an etcd runs on its data directory.
    pub running: bool,
    /// What lies in its data directory; absent: nothing.
    #[serde(default)]
    pub data: Option<Data>,
    /// How much is left on the file system of its data directory; absent: nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free: Option<Size>,
}

/// What lies in a data directory, by its write-ahead log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Data {
    /// Whose it is.
    #[serde(rename = "memberID")]
    pub member: MemberId,
    /// Of which cluster.
    #[serde(rename = "clusterID")]
    pub cluster: ClusterId,
    /// The last entry of its log.
    pub last: Position,
    /// The last index that it knows to be committed.
    pub committed: u64,
    /// How much the directory takes; absent: nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
}

/// What is left of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remains {
    /// When it was looked at: UTC, RFC 3339, whole seconds.
    pub looked_at: String,
    /// What the members say that answer; none does.
    pub seen: Option<Observation>,
    /// What lies at the places of the file's members; absent: nobody could look.
    pub places: BTreeMap<MemberName, Remnant>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_term_has_the_more() {
        let position = |term, index| Position { term, index };
        assert!(position(3, 1) > position(2, 9));
        assert!(position(3, 2) > position(3, 1));
    }

    #[test]
    fn a_remnant_is_written_as_it_is_read() {
        let nothing: Remnant = serde_json::from_str(r#"{"running":false}"#).unwrap();
        assert_eq!(nothing.data, None);
        let text = concat!(
            r#"{"running":true,"data":{"memberID":"8e9e05c52164694d","clusterID":"cdf818194e3a8c32","#,
            r#""last":{"term":2,"index":5},"committed":4}}"#
        );
        let remnant: Remnant = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&remnant).unwrap(), text);
    }
}
