//! The plan: one document, the truth of which every output is a rendering.
//!
//! Layer 3. `build` turns a topology and an observation into a [`Plan`]:
//!
//! ```text
//! pairing -> changes -> drafts -> graph -> order -> forecast -> Plan
//! ```
//!
//! The same topology and the same observation make the same plan, byte for
//! byte. A plan in hand is complete: what `apply` needs stands in it.

mod advice;
mod build;
mod clearing;
mod clients;
mod digest;
mod draft;
pub mod fleet;
mod graph;
mod layout;
mod order;
mod place;
mod precaution;
pub mod recovery;
mod refusal;
mod rules;
pub mod saved;
mod step;
mod step_writer;
pub mod successor;
mod zones;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::amount::Size;
use crate::diff::Requests;
use crate::member::{ClusterId, MemberId, MemberName, Role};
use crate::observation::{Disturbance, Health};
use crate::topology::Topology;
use crate::url::Urls;
use crate::version::Version;

pub use crate::diff::change::ChangeAction;
pub use build::{Options, build};
pub use digest::{fingerprint, sha256};
pub use refusal::of_hazard;
pub use step::{Condition, Dependency, Parameters, Performer, Step, StepId, Successor};
pub use step_writer::host_action;
use step_writer::performer;

/// The version of the document: minor versions only add.
pub const FORMAT_VERSION: &str = "1.0";

/// A plan, as saved and as rendered.
#[must_use = "a plan does nothing until it is shown or applied"]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The version of the document.
    pub format_version: String,
    /// The first 16 hex digits of the document's SHA-256 without this and `createdAt`.
    #[serde(rename = "planID")]
    pub plan_id: String,
    /// The time of the observation.
    pub created_at: String,
    /// The topology file.
    pub source: Source,
    /// What is wanted.
    pub topology: Topology,
    /// Which cluster.
    pub cluster: ClusterRef,
    /// What was seen.
    pub base: Base,
    /// What was asked for beyond the file.
    #[serde(default)]
    pub requests: Requests,
    /// Dangers that were asked for by flag.
    pub overrides: Vec<Override>,
    /// Whether the file and the cluster are known to differ: `changes` has some.
    pub has_changes: bool,
    /// Whether `apply` will perform it: nothing is refused.
    pub applyable: bool,
    /// The counts.
    pub summary: Summary,
    /// What happens to each member.
    pub changes: Vec<ChangeRecord>,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// What is left if a zone is lost; nothing where the file names no zones.
    #[serde(default)]
    pub zones: Vec<ZoneOutlook>,
    /// Where clients reach the cluster.
    pub clients: Clients,
    /// Why it cannot be applied.
    pub refusals: Vec<Refusal>,
    /// Warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// How the cluster comes back from a lost quorum, where the plan does that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<recovery::Recovery>,
}

/// The file that the plan was made from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// Its path as given; `-` for standard input.
    pub file: String,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
}

/// The cluster of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterRef {
    /// Its name in the file.
    pub name: String,
    /// Its id; absent where nothing is left that knows it, and a backup that does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ClusterId>,
}

impl ClusterRef {
    /// The id as it is shown.
    pub fn id_or_unknown(&self) -> String {
        self.id
            .map_or_else(|| "unknown".to_owned(), |id| id.to_string())
    }
}

/// What the plan was made on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Base {
    /// `sha256:` and the digest of the cluster id and the member set.
    pub fingerprint: String,
    /// The members, sorted by id.
    pub members: Vec<BaseMember>,
    /// The version that the cluster runs as.
    pub version: Option<Version>,
    /// The size of the database.
    pub db_size: Option<Size>,
    /// What made a membership change unwise.
    pub disturbances: Vec<Disturbance>,
}

/// A member that the plan was made on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BaseMember {
    /// Its id.
    pub id: MemberId,
    /// Its name; absent: not started.
    pub name: Option<MemberName>,
    /// Where members reach it.
    #[serde(rename = "peerURLs")]
    pub peer_urls: Urls,
    /// Where clients reach it.
    #[serde(rename = "clientURLs")]
    pub client_urls: Urls,
    /// Whether it votes.
    pub role: Role,
    /// How it is.
    pub health: Health,
    /// Whether it led.
    pub leader: bool,
    /// The etcd that it ran.
    pub version: Option<Version>,
}

/// A danger that was asked for by flag.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Override {
    /// `--allow-outage`: steps that take the cluster below quorum for a moment.
    AllowOutage,
}

/// The counts of a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Members that are added.
    pub add: usize,
    /// Members that stay and change.
    pub change: usize,
    /// Members that are removed.
    pub destroy: usize,
    /// Steps.
    pub steps: usize,
    /// Steps that a person does.
    pub manual_steps: usize,
    /// The least number of voters that may fail at any moment.
    pub min_can_lose: i64,
}

/// What happens to one member, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangeRecord {
    /// The member's name: as wanted, else as it is.
    pub member: String,
    /// What happens.
    pub action: ChangeAction,
    /// Why.
    pub reason: String,
    /// The line of the file where its entry begins.
    pub line: Option<usize>,
    /// As it is.
    pub before: Option<MemberFacts>,
    /// As it will be.
    pub after: Option<MemberFacts>,
}

/// A member on one side of a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemberFacts {
    /// Its id, where it is known.
    pub id: Option<MemberId>,
    /// Its name.
    pub name: Option<MemberName>,
    /// Where members reach it.
    #[serde(rename = "peerURLs")]
    pub peer_urls: Urls,
    /// Where clients reach it.
    #[serde(rename = "clientURLs")]
    pub client_urls: Urls,
    /// Whether it votes.
    pub role: Role,
}

/// How many more voters may fail once a zone is lost; negative: its loss loses quorum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ZoneOutlook {
    /// The zone.
    pub zone: String,
    /// Before the first step.
    pub now: i64,
    /// At the worst moment of each step, in the order of the steps.
    pub steps: Vec<i64>,
    /// After the last step.
    pub end: i64,
}

/// Where clients reach the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Clients {
    /// Before the first step.
    pub before: Urls,
    /// After the last.
    pub after: Urls,
    /// The step after which none of `before` is left.
    pub cut_off_after: Option<StepId>,
}

/// Why a plan cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// The rule: `E0310`.
    pub code: String,
    /// The member it is about.
    pub member: Option<String>,
    /// The rule in words.
    pub message: String,
    /// The numbers behind it, a line each.
    pub details: Vec<String>,
    /// The ways out, a line each.
    pub ways_out: Vec<String>,
}

/// A warning about a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Diagnostic {
    /// The rule: `W0301`.
    pub code: String,
    /// The warning in words.
    pub message: String,
    /// More, a line each.
    pub details: Vec<String>,
    /// The steps that it is about.
    pub steps: Vec<StepId>,
    /// The line of the file that it is about.
    pub line: Option<usize>,
}
