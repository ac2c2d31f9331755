//! What is left if a zone is lost.

use maud::{Markup, html};

use crate::render::plain::plain;
use crate::render::zones::{Row, rows};

use super::place::Place;

/// The table of zones, where there are some.
pub(super) fn section(place: Place<'_>) -> Markup {
    let rows = rows(place.plan);
    let table = html! {
        table.short {
            caption { "How many more voters can be lost once a zone is lost" }
            thead {
                tr {
                    th scope="col" { "Zone" }
                    th.number scope="col" { "Now" }
                    th.number scope="col" { "At worst" }
                    th.number scope="col" { "In the end" }
                }
            }
            tbody {
                @for Row { zone, now, worst, end, is_fatal } in &rows {
                    tr {
                        th scope="row" { (plain(zone)) }
                        td.number { (now) }
                        td class=(if *is_fatal { "number none" } else { "number" }) {
                            @if *is_fatal { span aria-hidden="true" { "\u{25a0} " } }
                            (worst)
                        }
                        td.number { (end) }
                    } "\n"
                }
            }
        }
    };
    html! {
        @if !rows.is_empty() {
            (place.heading("zones", "Zones"))
            (place.wide("Table of zones", rows.len(), &table))
        }
    }
}
