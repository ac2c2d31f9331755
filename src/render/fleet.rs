//! The plans of many clusters for people: one after the other, and what all of them come to.

use crate::plan::fleet::{Failed, Fleet, FleetSummary, Problem};

use super::count::counted;
use super::notices::Notice;
use super::page::{Page, Span};
use super::palette::Ink;
use super::text::{Company, plan_text};
use super::view::View;

/// Renders the plans. Those that change nothing have a line each.
pub(super) fn text(fleet: &Fleet, view: &View<'_>) -> String {
    let mut text = String::new();
    let mut was_long = false;
    for plan in &fleet.plans {
        let plan = plan_text(plan, view, Company::Fleet);
        let is_long = plan.lines().count() > 1;
        if !text.is_empty() && (is_long || was_long) {
            text.push('\n');
        }
        was_long = is_long;
        text.push_str(&plan);
    }
    let mut page = Page::new(view.palette);
    for failed in &fleet.failures {
        failure(&mut page, failed);
    }
    page.gap();
    summary(&mut page, fleet.summary);
    if !text.is_empty() {
        text.push('\n');
    }
    text + &page.into_text()
}

fn failure(page: &mut Page, failed: &Failed) {
    page.line(&[
        Span::new(Ink::Danger, "No plan: "),
        Span::text(&failed.file),
    ]);
    for problem in &failed.problems {
        let code = problem.code.as_ref().map(|code| format!("  [{code}]"));
        let message = format!("{}{}", problem.message, code.unwrap_or_default());
        page.paragraph(Span::text("  "), &message);
    }
}

/// The line that other tools match, and how many clusters there are of each kind.
fn summary(page: &mut Page, summary: FleetSummary) {
    let FleetSummary {
        clusters,
        changed,
        refused,
        failed,
        add,
        change,
        destroy,
        ..
    } = summary;
    if changed + refused + failed == 0 {
        let all = counted(clusters, "cluster");
        let matches = if clusters == 1 {
            "matches its file"
        } else {
            "match their files"
        };
        page.line(&[
            Span::new(Ink::Added, "No changes."),
            Span::text(format!(" {all} {matches}.")),
        ]);
        return;
    }
    page.line(&[
        Span::new(Ink::Strong, "Plan:"),
        Span::text(format!(
            " {add} to add, {change} to change, {destroy} to destroy."
        )),
    ]);
    let parts = [
        (changed, "to change"),
        (refused, "refused"),
        (failed, "without a plan"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let line = format!("{}: {}.", counted(clusters, "cluster"), parts.join(", "));
    page.paragraph(Span::text(""), &line);
}

impl From<&Notice> for Problem {
    fn from(notice: &Notice) -> Self {
        Self {
            code: notice.code.clone(),
            message: notice.message.clone(),
            details: notice.details.clone(),
            ways_out: notice.ways_out.clone(),
            line: notice.ranges.first().map(|range| range.start.line),
        }
    }
}
