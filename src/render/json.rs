//! The document itself: pretty JSON, fields in the order of the type.

use super::subject::Subject;

/// Renders the document; the same plan gives the same bytes.
pub fn json<'a>(subject: impl Into<Subject<'a>>) -> String {
    let text = match subject.into() {
        Subject::Plan(plan) => serde_json::to_string_pretty(plan),
        Subject::Fleet(fleet) => serde_json::to_string_pretty(fleet),
    };
    let mut text = text.expect("a plan has no map with keys that are no text");
    text.push('\n');
    text
}
