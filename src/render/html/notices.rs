//! What must be read first: refusals, warnings, and dangers that were asked for.

use maud::{Markup, html};

use crate::plan::{Diagnostic, Override, Plan, Refusal, StepId};
use crate::render::notices::{Notice, pointer};
use crate::render::plain::plain;

use super::place::Place;

/// Whether there is anything to be warned of.
pub(super) fn has_warnings(plan: &Plan) -> bool {
    !plan.diagnostics.is_empty() || !plan.overrides.is_empty()
}

/// The refusals of a plan: the rule, the numbers, and the way out.
pub(super) fn refusals(place: Place<'_>) -> Markup {
    let all = &place.plan.refusals;
    html! {
        @if !all.is_empty() {
            (place.heading("refusals", "Refusals"))
            @for refusal in all { (refused(place.plan, refusal)) }
            (more(all.iter().map(Notice::from)))
        }
    }
}

fn refused(plan: &Plan, refusal: &Refusal) -> Markup {
    let Refusal {
        code,
        member,
        message,
        details,
        ways_out,
    } = refusal;
    // Where the file speaks of the member, if it does.
    let about = plan
        .changes
        .iter()
        .find(|one| Some(&one.member) == member.as_ref());
    let line = about.and_then(|change| change.line);
    html! {
        div class="notice refusal" {
            p {
                strong { "Refused: " (plain(message)) } " " code.rule { (plain(code)) }
                @if let Some(line) = line { (at(plan, line)) }
            }
            (lines(details))
            (ways(ways_out))
        } "\n"
    }
}

/// The warnings of a plan, and what was asked for in spite of its danger.
pub(super) fn warnings(place: Place<'_>) -> Markup {
    let Plan {
        diagnostics,
        overrides,
        ..
    } = place.plan;
    html! {
        @if has_warnings(place.plan) {
            (place.heading("warnings", "Warnings"))
            @for Override::AllowOutage in overrides {
                div class="notice warning" {
                    p {
                        strong { "Asked for: " code { "--allow-outage" } } ", steps that take the \
                        cluster below its quorum for a moment"
                    }
                } "\n"
            }
            @for diagnostic in diagnostics { (warning(place, diagnostic)) }
            (more(diagnostics.iter().map(Notice::from)))
        }
    }
}

fn warning(place: Place<'_>, diagnostic: &Diagnostic) -> Markup {
    let Diagnostic {
        code,
        message,
        details,
        steps,
        line,
    } = diagnostic;
    html! {
        div class="notice warning" {
            p {
                strong { "Warning: " (plain(message)) } " " code.rule { (plain(code)) }
                @if let Some(line) = line { (at(place.plan, *line)) }
                @if !steps.is_empty() { " " span.where { (about(place, steps)) } }
            }
            (lines(details))
        } "\n"
    }
}

/// `clusters/prod-eu.yaml:7`
fn at(plan: &Plan, line: usize) -> Markup {
    html! { " " code.file { (plain(&plan.source.file)) ":" (line) } }
}

/// `step 3`, `steps 1-4`, with a way to the first of them.
fn about(place: Place<'_>, steps: &[StepId]) -> Markup {
    // A document may name a step that it does not have.
    let there = |step: &&StepId| place.plan.steps.iter().any(|other| other.id == **step);
    let text = StepId::listed(steps);
    html! {
        @match steps.first().filter(there) {
            Some(first) => a href={ "#" (place.step(*first)) } { (text) },
            None => (text),
        }
    }
}

/// The numbers behind a notice, a line each.
pub(super) fn lines(details: &[String]) -> Markup {
    html! {
        @if !details.is_empty() {
            ul { @for detail in details { li { (plain(detail)) } } }
        }
    }
}

/// The ways out of it.
pub(super) fn ways(ways_out: &[String]) -> Markup {
    html! {
        @match ways_out {
            [] => {},
            [way] => p { b { "Way out: " } (plain(way)) },
            ways => {
                p { b { "Do one of these:" } }
                ul { @for way in ways { li { (plain(way)) } } }
            },
        }
    }
}

/// Where to read more of the codes.
fn more(notices: impl Iterator<Item = Notice>) -> Markup {
    let notices: Vec<Notice> = notices.collect();
    html! {
        @if let Some(line) = pointer(&notices) {
            p.more { (plain(line.trim_end())) }
        } "\n"
    }
}
