//! The last lines of a plan, whose first words other tools match.

use crate::action::Kind;
use crate::plan::{Override, Plan, Step, StepId, Summary};
use crate::topology::OnFailedJoin;

use super::count::counted;
use super::header::health;
use super::page::{Page, Span};
use super::palette::Ink;
use super::question::Question;
use super::text::Company;

/// Writes what the plan comes to.
pub(super) fn write(page: &mut Page, plan: &Plan, company: Company) {
    let Summary {
        add,
        change,
        destroy,
        ..
    } = plan.summary;
    page.gap();
    if !plan.refusals.is_empty() {
        let rules = counted(plan.refusals.len(), "rule");
        page.line(&[
            Span::new(Ink::Danger, "Not applyable: "),
            Span::text(format!("refused by {rules}. Nothing was changed.")),
        ]);
        return;
    }
    let opening = match company {
        Company::Alone => "Plan:".to_owned(),
        Company::Fleet => format!("{}:", plan.cluster.name),
    };
    page.line(&[
        Span::new(Ink::Strong, opening),
        Span::text(format!(
            " {add} to add, {change} to change, {destroy} to destroy."
        )),
    ]);
    page.paragraph(Span::text(""), &outlook(plan));
    if let Some(line) = failed_joins(plan) {
        page.paragraph(Span::text(""), &line);
    }
    for danger in &plan.overrides {
        let Override::AllowOutage = danger;
        page.line(&[Span::new(Ink::Changed, "Asked for: --allow-outage.")]);
    }
}

/// Writes that there is nothing to do.
pub(super) fn no_changes(page: &mut Page, plan: &Plan, company: Company) {
    let (name, file) = (&plan.cluster.name, &plan.source.file);
    let health = health(plan);
    let (opening, rest) = match company {
        Company::Alone => (
            "No changes.".to_owned(),
            format!(" {name} matches {file} ({health})."),
        ),
        Company::Fleet => (
            format!("{name}:"),
            format!(" no changes; it matches {file} ({health})."),
        ),
    };
    page.line(&[Span::new(Ink::Added, opening), Span::text(rest)]);
}

/// Writes how the plan is performed, and what that will ask.
pub(crate) fn next(page: &mut Page, plan: &Plan, command: &str) {
    page.gap();
    page.line(&[Span::text("To run: "), Span::new(Ink::Strong, command)]);
    if let Question::ClusterName { why } = Question::of(plan) {
        page.paragraph(
            Span::text(""),
            &format!("It will ask for the name of the cluster, since {why}."),
        );
    }
}

/// What becomes of a learner that does not join, where it does not just stay.
pub(super) fn failed_joins(plan: &Plan) -> Option<String> {
    let policy = &plan.topology.policy;
    let joins = |step: &Step| matches!(step.kind, Kind::AddLearner | Kind::Promote);
    let removes = policy.on_failed_join == OnFailedJoin::Remove && plan.steps.iter().any(joins);
    let limit = policy.step_timeout;
    removes.then(|| format!("A learner that does not join within {limit} is removed again."))
}

/// What a plan comes to, in a few words: `1 to add, 4 steps`, `refused`.
pub(super) fn counts(plan: &Plan) -> String {
    if !plan.refusals.is_empty() {
        return "refused".to_owned();
    }
    if !plan.has_changes {
        return "no changes".to_owned();
    }
    let summary = plan.summary;
    let counts = [
        (summary.add, "to add"),
        (summary.change, "to change"),
        (summary.destroy, "to destroy"),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let mut parts: Vec<String> = counts
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    parts.push(counted(summary.steps, "step"));
    parts.join(", ")
}

/// How many steps, and what may fail meanwhile.
pub(super) fn outlook(plan: &Plan) -> String {
    let Summary {
        steps,
        manual_steps,
        min_can_lose,
        ..
    } = plan.summary;
    let by_hand = match manual_steps {
        0 => String::new(),
        manual => format!(", {manual} by hand"),
    };
    format!(
        "{}{by_hand}. {}",
        counted(steps, "step"),
        spare(plan, min_can_lose)
    )
}

fn spare(plan: &Plan, least: i64) -> String {
    let end = plan
        .steps
        .last()
        .map_or(least, |step| step.after.can_lose());
    if least > 0 {
        return match usize::try_from(least) {
            Ok(1) => "Never fewer than 1 member to spare.".to_owned(),
            Ok(_) | Err(_) => format!("Never fewer than {least} members to spare."),
        };
    }
    let risky = plan
        .steps
        .iter()
        .filter(|step| step.lowest.can_lose() == least);
    let risky: Vec<StepId> = risky.map(|step| step.id).collect();
    let when = format!("during {}", StepId::listed(&risky));
    match (least, end) {
        (0, 0) if risky.len() == plan.steps.len() => {
            "No member can be lost at any time.".to_owned()
        }
        (0, 0) => format!("Can lose 0 members {when}, and after."),
        (0, _) => format!("Can lose 0 members {when}, then {end}."),
        (_, _) => format!("No quorum, so no writes, {when}; can lose {end} in the end."),
    }
}
