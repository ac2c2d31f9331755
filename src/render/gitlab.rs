//! The counts, as a merge request of GitLab shows them (`artifacts:reports:terraform`).

use super::subject::Subject;

/// Renders the report.
pub fn gitlab<'a>(subject: impl Into<Subject<'a>>) -> String {
    let subject = subject.into();
    let [create, update, delete] = subject.totals();
    let report = serde_json::json!({ "create": create, "update": update, "delete": delete });
    format!("{report}\n")
}
