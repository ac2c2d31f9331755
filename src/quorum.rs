//! Quorum arithmetic: the only place that says `n / 2 + 1`.
//!
//! A raft cluster of `n` voters decides with `n / 2 + 1` of them. What an
//! operator asks at three in the morning is the difference: how many more may
//! fail. With 3 voters of which 2 are healthy, quorum is 2 and none can be
//! lost; with 1 healthy, `can lose` is −1: quorum is lost already.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The number of voters that must agree, of `voters` in all.
pub const fn quorum(voters: usize) -> usize {
    voters / 2 + 1
}

/// How a cluster stands: its voters, and how many of them are healthy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Standing {
    /// Raft voters, also those that have not started or are dead.
    pub voters: usize,
    /// Voters believed healthy.
    pub healthy: usize,
}

impl Standing {
    /// The number of voters that must agree.
    pub const fn quorum(self) -> usize {
        quorum(self.voters)
    }

    /// How many more voters may fail; negative means that quorum is lost.
    pub fn can_lose(self) -> i64 {
        // A document may say anything, and is told as it is.
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        count(self.healthy) - count(self.quorum())
    }

    /// Whether the healthy voters can decide.
    pub const fn has_quorum(self) -> bool {
        self.healthy >= self.quorum()
    }
}

/// The form of a [`Standing`] in documents: with what follows from it written out.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Standing")]
struct Written {
    voters: usize,
    healthy: usize,
    quorum: usize,
    can_lose: i64,
}

impl Serialize for Standing {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { voters, healthy } = *self;
        Written {
            voters,
            healthy,
            quorum: self.quorum(),
            can_lose: self.can_lose(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Standing {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Written {
            voters,
            healthy,
            quorum: _,
            can_lose: _,
        } = Written::deserialize(deserializer)?;
        Ok(Self { voters, healthy })
    }
}

impl JsonSchema for Standing {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Written::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Written::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic() {
        let table = [
            (1, 1, 0),
            (2, 2, 0),
            (3, 3, 1),
            (3, 2, 0),
            (3, 1, -1),
            (4, 4, 1),
            (5, 5, 2),
            (7, 4, 0),
        ];
        for (voters, healthy, can_lose) in table {
            assert_eq!(
                Standing { voters, healthy }.can_lose(),
                can_lose,
                "{healthy} of {voters}"
            );
        }
    }
}
