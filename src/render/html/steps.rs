//! The steps as a table.

use maud::{Markup, html};

use crate::action::Kind;
use crate::plan::{Performer, Plan, Step};
use crate::quorum::Standing;
use crate::render::plain::plain;
use crate::render::steps::{cells, worst};
use crate::render::title::title;

use super::place::Place;

/// The table: what is done, by whom, with which numbers, and why.
pub(super) fn section(place: Place<'_>) -> Markup {
    let plan = place.plan;
    let now = plan.steps.first().map(|step| step.before);
    let table = html! {
        table.steps {
            caption { (caption(plan)) }
            thead {
                tr {
                    th.number scope="col" { "#" }
                    th scope="col" { span.unseen { "Sign" } }
                    th scope="col" { "Step" }
                    th scope="col" { "By" }
                    th.number scope="col" { "Voters" }
                    th.number scope="col" { "Quorum" }
                    th.number scope="col" { "Can lose" }
                    th scope="col" { "Why" }
                }
            }
            tbody {
                @if let Some(now) = now {
                    tr.now {
                        td {} td {} th scope="row" { "now" } td {}
                        (numbers(now, now))
                        td {}
                    } "\n"
                }
                @for step in &plan.steps { (row(place, step)) }
            }
        }
    };
    html! {
        (place.heading("steps", "Steps"))
        (place.wide("Table of steps", plan.steps.len(), &table))
    }
}

/// How to read what is not plain.
fn caption(plan: &Plan) -> &'static str {
    if plan.steps.iter().any(|step| during(step) != step.after) {
        "2/3: 2 of 3 voters are healthy. a\u{2192}b: a during the step, b after it."
    } else if plan.steps.iter().any(|step| {
        let Standing { voters, healthy } = step.after;
        voters != healthy
    }) {
        "2/3: 2 of 3 voters are healthy."
    } else {
        "The numbers are those after each step."
    }
}

/// What is told of the time inside a step: its worst moment, where that is worse than before and
/// after it, or leaves nothing to lose.
pub(super) fn during(step: &Step) -> Standing {
    if step.lowest.can_lose() < 1 {
        step.lowest
    } else {
        worst(step)
    }
}

fn row(place: Place<'_>, step: &Step) -> Markup {
    let sign = step.kind.sign();
    let id = place.step(step.id);
    html! {
        tr id=(id) {
            td.number { (step.id.0) }
            td class={ "sign " (class(step.kind)) } { (sign.to_string().replace('-', "\u{2212}")) }
            th scope="row" { (plain(&name(place.plan, step))) }
            td.short { (by(step.by)) }
            (numbers(during(step), step.after))
            td.why { (plain(&step.reason)) }
        } "\n"
    }
}

/// The title without who performs it, which has a column of its own.
fn name(plan: &Plan, step: &Step) -> String {
    let mut title = title(plan, step);
    for end in [" (driver)", " (by hand)"] {
        if let Some(head) = title.strip_suffix(end) {
            title = head.to_owned();
            break;
        }
    }
    title
}

/// What a kind of step is, in a colour.
pub(super) fn class(kind: Kind) -> &'static str {
    match kind.sign() {
        '+' | '^' => "came",
        '-' => "left",
        '~' | '!' => "changed",
        _ => "same",
    }
}

fn by(performer: Performer) -> Markup {
    match performer {
        Performer::Api => html! { "etcd API" },
        Performer::Driver => html! { "driver" },
        Performer::Hand => html! { strong { "by hand" } },
    }
}

/// The three columns; what cannot be lost is marked by a shape and a word.
fn numbers(during: Standing, after: Standing) -> Markup {
    let [voters, quorum, can_lose] =
        cells(during, after).map(|cell| cell.replace("->", "\u{2192}").replace('-', "\u{2212}"));
    let least = during.can_lose().min(after.can_lose());
    html! {
        td.number { (voters) }
        td.number { (quorum) }
        @if least < 0 {
            td class="number none" {
                span aria-hidden="true" { "\u{25a0} " } (can_lose) span.aside { " no quorum" }
            }
        } @else if least == 0 {
            td class="number risk" {
                span aria-hidden="true" { "\u{25c6} " } (can_lose) span.aside { " nothing" }
            }
        } @else {
            td.number { (can_lose) }
        }
    }
}
