//! The timeline: voters, healthy voters, and quorum from step to step.
//!
//! The room between the healthy voters and the quorum is how many can be lost.
//! A long plan has several rows, each a drawing of its own, so that it fits a
//! screen and breaks well on paper.

mod drawing;
mod moment;
mod scale;

use maud::{Markup, html};

use super::place::Place;
use moment::Moment;
use scale::Scale;

/// How many columns fit a row of a wide screen.
const MOST_COLUMNS: usize = 33;

/// The drawings, and how to read them.
pub(super) fn section(place: Place<'_>) -> Markup {
    let moments = moment::all(place.plan);
    let rows = moments.len().div_ceil(MOST_COLUMNS).max(1);
    let columns = moments.len().div_ceil(rows).max(1);
    let scale = Scale::of(&moments, columns);
    let drawings = html! {
        @for (row, number) in moments.chunks(columns).zip(1..) {
            (drawing::row(place, row, number, scale)) "\n"
        }
    };
    html! {
        (place.heading("timeline", "Timeline"))
        figure {
            (place.wide("Drawing of the timeline", moments.len(), &drawings))
            figcaption { (legend(&moments)) }
        }
    }
}

/// What the lines and marks mean; only those that are there.
fn legend(moments: &[Moment<'_>]) -> Markup {
    let any = |is: fn(i64) -> bool| moments.iter().any(|moment| is(moment.least()));
    html! {
        ul.legend {
            li { (swatch(&html! { path.voters d="M0 7H32" {} })) " voters" }
            li { (swatch(&html! { path.healthy d="M0 7H32" {} })) " healthy voters" }
            li { (swatch(&html! { path.quorum d="M0 7H32" {} })) " quorum" }
            li {
                (swatch(&html! { rect.room width="32" height="14" {} }))
                " between healthy and quorum: how many can be lost"
            }
            @if any(|least| least == 0) {
                li { span.risk aria-hidden="true" { "\u{25c6}" } " nothing can be lost" }
            }
            @if any(|least| least < 0) {
                li { span.none aria-hidden="true" { "\u{25a0}" } " no quorum, so no writes" }
            }
        }
    }
}

fn swatch(content: &Markup) -> Markup {
    html! { svg.swatch width="32" height="14" viewBox="0 0 32 14" aria-hidden="true" { (content) } }
}
