//! The plan document itself: pretty JSON, fields in the order of the type.

use crate::plan::Plan;

/// Renders the document; the same plan gives the same bytes.
pub fn json(plan: &Plan) -> String {
    let mut text =
        serde_json::to_string_pretty(plan).expect("a plan has no map with keys that are no text");
    text.push('\n');
    text
}
