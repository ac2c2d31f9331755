//! Which step comes after which, and why: as a drawing, and in words.

mod drawing;
mod lanes;

use maud::{Markup, html};

use crate::plan::Step;
use crate::render::plain::plain;
use crate::render::steps::words;
use crate::render::title::title;

use super::place::Place;

/// The drawing, then the same as a list.
pub(super) fn section(place: Place<'_>) -> Markup {
    let steps = &place.plan.steps;
    html! {
        (place.heading("graph", "Order, and its reasons"))
        p { "A line says that one step comes after another." }
        (place.wide("Drawing of the order", steps.len(), &drawing::draw(place)))
        ul.reasons { @for step in steps { (reasons(place, step)) } }
    }
}

/// Why a step comes where it does, and what must hold for it.
fn reasons(place: Place<'_>, step: &Step) -> Markup {
    html! {
        li {
            p {
                b { "Step " (place.link(step.id)) ":" } " " (plain(&title(place.plan, step)))
            }
            @if step.depends_on.is_empty() && step.conditions.is_empty() {
                p.aside { "Waits for no other step." }
            } @else {
                ul {
                    @for dependency in &step.depends_on {
                        li {
                            "after step " (place.link(dependency.step)) ": because "
                            (plain(&dependency.why))
                        }
                    }
                    @for condition in &step.conditions {
                        li { "only if " (words(*condition)) }
                    }
                }
            }
        } "\n"
    }
}
