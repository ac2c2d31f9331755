//! The words that name a member: its id, name, URLs, and role.
//!
//! Layer 0: everything above uses these types and nothing here imports the crate.
//! A value in hand is well formed, except where a constructor says `observed`:
//! a live cluster may advertise anything, and must still be describable.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Declares a 64-bit id that is written as 16 hex digits everywhere, since
/// a `u64` does not fit the numbers of JavaScript and etcd prints hex itself.
macro_rules! hex_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String")]
        pub struct $name(u64);

        impl $name {
            /// Wraps the number that etcd uses on the wire.
            pub const fn new(id: u64) -> Self {
                Self(id)
            }

            /// The number that etcd uses on the wire.
            pub const fn get(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:016x}", self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let digits = text.len() <= 16 && text.bytes().all(|b| b.is_ascii_hexdigit());
                match u64::from_str_radix(text, 16) {
                    Ok(id) if digits && id != 0 => Ok(Self(id)),
                    Ok(_) | Err(_) => Err(IdError { text: text.to_owned() }),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }
    };
}

hex_id! {
    /// The id that etcd gives to a member when it is added; it never changes.
    MemberId
}

hex_id! {
    /// The id of a cluster, shared by all its members.
    ClusterId
}

/// A text that is no member or cluster id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an id: etcd's ids are up to 16 hex digits, and not zero")]
pub struct IdError {
    text: String,
}

/// The name of a member: what its process was started with as `--name`.
///
/// Never empty: a member without a name is one that has not started.
/// Names are not unique in etcd, so nothing is decided by name alone.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct MemberName(String);

/// A text that cannot name a member.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The text is empty.
    #[error("a member's name is empty")]
    Empty,
    /// The text has a character that `--initial-cluster` gives a meaning to, or a control character.
    #[error(
        "`{character}` cannot stand in a member's name: --initial-cluster could not be written"
    )]
    Character {
        /// The first such character, escaped.
        character: String,
    },
}

impl MemberName {
    /// Checks a name that a person wrote.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        let odd = |c: &char| matches!(c, '=' | ',') || c.is_control() || c.is_whitespace();
        match text.chars().find(odd) {
            Some(c) => Err(NameError::Character {
                character: c.escape_default().to_string(),
            }),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// Takes a name as a live member advertises it; `None` where it is empty (not started yet).
    pub fn observed(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MemberName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl TryFrom<String> for MemberName {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        Self::observed(&text).ok_or(NameError::Empty)
    }
}

impl From<MemberName> for String {
    fn from(name: MemberName) -> String {
        name.0
    }
}

/// Whether a member votes.
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
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Counts towards quorum.
    #[default]
    Voter,
    /// Receives the log and does not vote.
    Learner,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Voter => "voter",
            Self::Learner => "learner",
        })
    }
}
