//! What is left of the cluster if a zone is lost, now, at the worst moment, and in the end.

use crate::plan::{Plan, StepId, ZoneOutlook};

use super::page::{Page, Span};
use super::palette::Ink;

/// What is told of one zone.
pub(super) struct Row<'a> {
    pub(super) zone: &'a str,
    /// How many more voters may fail once it is lost: `0`, `quorum lost`.
    pub(super) now: String,
    /// The same at the worst moment, with its steps where it is worse than before and after.
    pub(super) worst: String,
    pub(super) end: String,
    /// Whether its loss ever loses quorum.
    pub(super) is_fatal: bool,
}

/// A row for each zone; none where there is but one, whose loss loses everything.
pub(super) fn rows(plan: &Plan) -> Vec<Row<'_>> {
    if plan.zones.len() < 2 || plan.steps.is_empty() {
        return Vec::new();
    }
    plan.zones.iter().map(row).collect()
}

fn row(outlook: &ZoneOutlook) -> Row<'_> {
    let ZoneOutlook {
        zone,
        now,
        steps,
        end,
    } = outlook;
    let quiet = (*now).min(*end);
    let worst = steps.iter().copied().min().unwrap_or(quiet).min(quiet);
    let there = (1..)
        .map(StepId)
        .zip(steps)
        .filter(|(_, left)| **left == worst);
    let there: Vec<StepId> = there.map(|(step, _)| step).collect();
    let when = format!(" ({})", StepId::listed(&there));
    Row {
        zone,
        now: words(*now),
        worst: words(worst) + if worst < quiet { &when } else { "" },
        end: words(*end),
        is_fatal: worst < 0,
    }
}

fn words(left: i64) -> String {
    if left < 0 {
        "quorum lost".to_owned()
    } else {
        left.to_string()
    }
}

/// Writes the table.
pub(super) fn write(page: &mut Page, plan: &Plan) {
    let rows = rows(plan);
    if rows.is_empty() {
        return;
    }
    page.gap();
    page.row(
        vec![
            Span::new(Ink::Strong, "Zones"),
            Span::text("   can lose, once the zone is lost"),
        ],
        vec![
            Span::right(Ink::Text, "now", 11),
            Span::right(Ink::Text, "then", 14),
        ],
    );
    for row in rows {
        let ink = if row.is_fatal { Ink::Danger } else { Ink::Text };
        page.row(
            vec![Span::text(format!("    {}", row.zone))],
            vec![
                Span::right(Ink::Text, row.now.clone(), 11),
                Span::right(Ink::Text, row.end.clone(), 14),
            ],
        );
        if row.worst != row.now && row.worst != row.end {
            page.row(
                vec![Span::new(ink, format!("      at worst: {}", row.worst))],
                Vec::new(),
            );
        }
    }
}
