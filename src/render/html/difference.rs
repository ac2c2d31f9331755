//! The difference between what is live and what is wanted, as the lines of a file.

use maud::{Markup, html};

use crate::render::difference::{Mark, compare};
use crate::render::plain::plain;
use crate::render::roster::roster;

use super::place::Place;

/// The difference.
pub(super) fn section(place: Place<'_>) -> Markup {
    let entries = roster(place.plan);
    let lines = compare(&entries);
    let text = html! {
        pre.difference {
            @for line in &lines {
                @let text = plain(&line.text);
                @match line.mark {
                    Mark::Kept => { "  " (text) },
                    Mark::Left => del { "- " (text) },
                    Mark::Came => ins { "+ " (text) },
                }
                "\n"
            }
        }
    };
    html! {
        (place.heading("difference", "Difference"))
        p { "As the members of a topology file: " del.sign { "- live" } ", " ins { "+ wanted" } "." }
        (place.wide("Lines of the difference", lines.len(), &text))
    }
}
