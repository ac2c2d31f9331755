//! One step of a plan: what is done to one member, by whom, after what, and with which numbers.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::action::Kind;
use crate::member::{MemberId, MemberName};
use crate::quorum::Standing;
use crate::url::Urls;
use crate::version::Version;

/// Who performs a step.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Performer {
    /// A call of etcd's API.
    Api,
    /// The driver.
    Driver,
    /// A person.
    Hand,
}

/// The id of a step: `s1` is the first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct StepId(pub usize);

impl StepId {
    /// Steps in their order, as a person lists them: `step 3`, `steps 1-3`, `steps 2, 4-6`.
    pub fn listed(steps: &[Self]) -> String {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for Self(number) in steps {
            match runs.last_mut() {
                Some((_, end)) if *end + 1 == *number => *end = *number,
                Some(_) | None => runs.push((*number, *number)),
            }
        }
        let run = |(start, end): &(usize, usize)| {
            if start == end {
                start.to_string()
            } else {
                format!("{start}-{end}")
            }
        };
        let word = if steps.len() == 1 { "step" } else { "steps" };
        let runs: Vec<String> = runs.iter().map(run).collect();
        format!("{word} {}", runs.join(", "))
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s{}", self.0)
    }
}

impl TryFrom<String> for StepId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let number = text
            .strip_prefix('s')
            .and_then(|digits| digits.parse().ok());
        number
            .map(Self)
            .ok_or_else(|| format!("`{text}` is not a step: write s1, s2, …"))
    }
}

impl From<StepId> for String {
    fn from(id: StepId) -> String {
        id.to_string()
    }
}

/// One step: one action on one member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Its id.
    pub id: StepId,
    /// What is done.
    pub kind: Kind,
    /// To whom: the name, or the id of a member that has none.
    pub member: String,
    /// The member's id; absent for one that the plan adds.
    #[serde(rename = "memberID")]
    pub member_id: Option<MemberId>,
    /// With what.
    pub parameters: Parameters,
    /// After which steps, and why.
    pub depends_on: Vec<Dependency>,
    /// Why it is there.
    pub reason: String,
    /// Who performs it.
    pub by: Performer,
    /// What must hold when its turn comes, beyond the rule book.
    pub conditions: Vec<Condition>,
    /// Before it.
    pub before: Standing,
    /// The worst moment inside it.
    pub lowest: Standing,
    /// After it.
    pub after: Standing,
}

/// What a step needs to know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Parameters {
    /// The member's peer URLs: those it is added with, updated to, or started on.
    #[serde(rename = "peerURLs", skip_serializing_if = "Option::is_none")]
    pub peer_urls: Option<Urls>,
    /// Its peer URLs until now, where they change.
    #[serde(rename = "previousPeerURLs", skip_serializing_if = "Option::is_none")]
    pub previous_peer_urls: Option<Urls>,
    /// The client URLs at which it is seen.
    #[serde(rename = "clientURLs", skip_serializing_if = "Option::is_none")]
    pub client_urls: Option<Urls>,
    /// The host where it runs until now, where that changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_host: Option<String>,
    /// The voter that takes leadership.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Successor>,
    /// The name that its process publishes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<MemberName>,
    /// The etcd that it is to run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    /// When its process started before the plan; a later start is the effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_before: Option<u64>,
}

/// The voter that takes leadership.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Successor {
    /// Its name.
    pub member: String,
    /// Its id; absent for one that the plan adds.
    #[serde(rename = "memberID")]
    pub member_id: Option<MemberId>,
}

/// That one step comes after another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Dependency {
    /// The step that comes first.
    pub step: StepId,
    /// Why; several rules are joined by `; `.
    pub why: String,
}

/// What must hold when a step's turn comes.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Condition {
    /// The member does not lead: if it does, leadership is moved away first.
    DoesNotLead,
    /// The learner is in sync, on two looks at least 100 ms apart.
    InSync,
    /// The leader sees the learner, and its peer URL accepts a connection.
    Connected,
}

#[cfg(test)]
mod tests {
    use super::StepId;

    #[test]
    fn they_are_listed_as_a_person_does() {
        let listed = |numbers: &[usize]| {
            let steps: Vec<StepId> = numbers.iter().copied().map(StepId).collect();
            StepId::listed(&steps)
        };
        assert_eq!(listed(&[3]), "step 3");
        assert_eq!(listed(&[1, 2, 3, 5, 7, 8]), "steps 1-3, 5, 7-8");
    }
}
