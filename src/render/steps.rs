//! The steps table: what happens, in order, and what may fail at each moment.

use crate::plan::{Condition, Plan, Step};
use crate::quorum::Standing;

use super::page::{Page, Span};
use super::palette::Ink;
use super::title::title;
use super::view::Detail;

/// Writes the table.
pub(crate) fn write(page: &mut Page, plan: &Plan, detail: Detail) {
    let Some(first) = plan.steps.first() else {
        return;
    };
    page.gap();
    page.row(
        vec![Span::new(Ink::Strong, "Steps")],
        vec![Span::text("voters   quorum   can lose")],
    );
    let now = vec![Span::right(Ink::Text, "now", 48)];
    page.row(now, numbers(first.before, first.before));
    let digits = plan.steps.len().to_string().len().max(2);
    for step in &plan.steps {
        let left = vec![
            Span::right(Ink::Text, step.id.0.to_string(), digits + 1),
            Span::new(ink(step), format!("  {} ", step.kind.sign())),
            Span::text(title(plan, step)),
        ];
        page.row(left, numbers(worst(step), step.after));
        if detail == Detail::Full {
            reasons(page, step, digits + 6);
        }
    }
    if plan.steps.iter().any(|step| worst(step) != step.after) {
        page.line(&[Span::new(
            Ink::Faint,
            format!(
                "{}a->b: a during the step, b after it",
                " ".repeat(digits + 5)
            ),
        )]);
    }
}

fn ink(step: &Step) -> Ink {
    match step.kind.sign() {
        '+' | '^' => Ink::Added,
        '-' => Ink::Removed,
        '~' | '!' => Ink::Changed,
        _ => Ink::Text,
    }
}

/// The worst moment inside a step, where it is worse than before and after it.
pub(super) fn worst(step: &Step) -> Standing {
    let least = step.before.can_lose().min(step.after.can_lose());
    if step.lowest.can_lose() < least {
        step.lowest
    } else {
        step.after
    }
}

/// The three columns.
fn numbers(during: Standing, after: Standing) -> Vec<Span> {
    let [voters, quorum, can_lose] = cells(during, after);
    let ink = if during.can_lose() < 1 {
        Ink::Danger
    } else {
        Ink::Text
    };
    vec![
        Span::right(Ink::Text, voters, 6),
        Span::right(Ink::Text, quorum, 9),
        Span::right(ink, can_lose, 11),
    ]
}

/// Voters, quorum, and how many can be lost; two values where the worst moment and the end of a
/// step differ.
pub(super) fn cells(during: Standing, after: Standing) -> [String; 3] {
    let voters = |standing: Standing| {
        let Standing { voters, healthy } = standing;
        if healthy == voters {
            voters.to_string()
        } else {
            format!("{healthy}/{voters}")
        }
    };
    let cell = |show: &dyn Fn(Standing) -> String| match (show(during), show(after)) {
        (one, other) if one == other => one,
        (one, other) => format!("{one}->{other}"),
    };
    [
        cell(&voters),
        cell(&|standing| standing.quorum().to_string()),
        cell(&|standing| standing.can_lose().to_string()),
    ]
}

/// Why the step is there, why it comes where it does, and what must hold for it.
fn reasons(page: &mut Page, step: &Step, margin: usize) {
    let opening = |label: &str| {
        let label = format!("{}{label} ", " ".repeat(margin));
        Span::padded(Ink::Text, label, margin + 9)
    };
    page.paragraph(opening("why"), &step.reason);
    for dependency in &step.depends_on {
        let after = format!("after {}", dependency.step.0);
        page.paragraph(opening(&after), &dependency.why);
    }
    for condition in &step.conditions {
        page.paragraph(opening("only if"), words(*condition));
    }
}

/// What must hold for a step, in words.
pub(super) fn words(condition: Condition) -> &'static str {
    match condition {
        Condition::DoesNotLead => "it does not lead (else leadership is moved first)",
        Condition::InSync => "it is in sync, on two looks",
        Condition::Connected => "the leader sees it, and its peer port answers",
    }
}
