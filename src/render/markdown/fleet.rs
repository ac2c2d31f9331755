//! The comment for many clusters.

use crate::plan::fleet::{Failed, Fleet};
use crate::render::count::counted;

use super::comment::Comment;
use super::escape::{cell, code, prose};
use super::{body, heading};

/// Writes the comment: what failed, one line for each cluster, and the plans that change something.
pub(super) fn write(comment: &mut Comment, fleet: &Fleet) {
    let summary = fleet.summary;
    comment.line("<!-- etcdplan:v1 fleet -->");
    let clusters = counted(summary.clusters, "cluster");
    let counts = [
        (summary.failed, "without a plan"),
        (summary.refused, "refused"),
        (summary.changed, "to change"),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let mut parts: Vec<String> = counts
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if parts.is_empty() {
        parts.push("no changes".to_owned());
    }
    comment.line(&format!("### etcdplan: {clusters} — {}", parts.join(", ")));
    for failed in &fleet.failures {
        comment.block("failures", &failure(failed));
    }
    let rows = fleet.plans.iter().map(|plan| {
        format!(
            "| {} | {} | {} |",
            heading(plan).replace(" — ", " | "),
            cell(&plan.summary.min_can_lose.to_string()),
            code(&plan.plan_id)
        )
    });
    let open = "| cluster | plan | can lose, at least | id |\n|---|---|--:|---|\n";
    comment.rows("clusters", open, rows.collect(), "");
    let changed = fleet.plans.iter();
    for plan in changed.filter(|plan| plan.has_changes || !plan.refusals.is_empty()) {
        comment.block("plans", &format!("#### {}\n", heading(plan)));
        body(comment, plan);
    }
    comment.end("A plan is refused when it is applied if the members have changed since.\n");
}

fn failure(failed: &Failed) -> String {
    let mut lines = vec![
        "> [!CAUTION]".to_owned(),
        format!("> **No plan for {}**", code(&failed.file)),
    ];
    for problem in &failed.problems {
        let rule = problem
            .code
            .as_deref()
            .map(|rule| format!(" {}", code(rule)));
        let line = problem.line.map(|line| format!(", line {line}"));
        lines.push(format!(
            "> - {}{}{}",
            prose(&problem.message),
            rule.unwrap_or_default(),
            line.unwrap_or_default()
        ));
        let details = problem
            .details
            .iter()
            .map(|detail| format!(">   - {}", prose(detail)));
        lines.extend(details);
        let ways = problem.ways_out.iter();
        lines.extend(ways.map(|way| format!(">   - Way out: {}", prose(way))));
    }
    lines.join("\n") + "\n"
}
