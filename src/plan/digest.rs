//! What a plan is known by: the digests of its content and of what it assumes.

use std::fmt::Write as _;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::member::{ClusterId, MemberId, Role};
use crate::observation::Observation;
use crate::plan::Plan;
use crate::url::Urls;

/// Fields that do not belong to what a plan says.
const NOT_CONTENT: [&str; 2] = ["planID", "createdAt"];

/// SHA-256 in hex.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |mut hex, byte| {
            // Writing to a string does not fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

/// The first 16 hex digits of the plan's digest: it proves that a file is
/// whole, not who made it. Canonical JSON has its keys sorted and no space.
pub(super) fn plan_id(plan: &Plan) -> String {
    document_id(serde_json::to_value(plan).expect(
        "the keys of every map in a plan are written as strings, and nothing else can fail",
    ))
}

/// The same, of the document: also of one with fields that this version does not know.
pub(super) fn document_id(mut value: Value) -> String {
    if let Value::Object(fields) = &mut value {
        for field in NOT_CONTENT {
            fields.remove(field);
        }
    }
    sha256(value.to_string().as_bytes())
        .chars()
        .take(16)
        .collect()
}

/// The digest of a cluster's member set; neither indexes nor the leader belong
/// to it, since they move with every write and every transfer.
pub fn fingerprint(observation: &Observation) -> String {
    let members = observation.members.iter().map(|live| {
        let name = live
            .name
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        (live.id, name, &live.peer_urls, live.role)
    });
    fingerprint_of(observation.cluster_id, members)
}

/// The digest of members given one by one, in the order of their ids.
fn fingerprint_of<'a>(
    cluster: ClusterId,
    members: impl Iterator<Item = (MemberId, String, &'a Urls, Role)>,
) -> String {
    let members: Vec<Value> = members
        .map(|(id, name, urls, role)| json!([id, name, urls, role]))
        .collect();
    format!(
        "sha256:{}",
        sha256(json!([cluster, members]).to_string().as_bytes())
    )
}
