//! Where clients reach the cluster, before and after.

use maud::{Markup, html};

use crate::plan::{Clients, Plan};
use crate::render::plain::plain;
use crate::render::roster::natural;
use crate::url::Url;

use super::place::Place;

/// Whether the endpoints change.
pub(super) fn differ(plan: &Plan) -> bool {
    plan.clients.before != plan.clients.after
}

/// The endpoints of both sides.
pub(super) fn section(place: Place<'_>) -> Markup {
    let Clients {
        before,
        after,
        cut_off_after,
    } = &place.plan.clients;
    let mut all: Vec<_> = before.iter().chain(after).collect();
    all.sort_by_cached_key(|url| natural(url.as_str()));
    all.dedup();
    let table = html! {
        table.short {
            caption { "Client endpoints of the members" }
            thead {
                tr {
                    th scope="col" { "Endpoint" }
                    th scope="col" { "Before" }
                    th scope="col" { "After" }
                }
            }
            tbody {
                @for url in &all {
                    @let was = before.iter().any(|other| other == *url);
                    @let will_be = after.iter().any(|other| other == *url);
                    (row(url, was, will_be))
                }
            }
        }
    };
    html! {
        (place.heading("clients", "Clients"))
        @if let Some(step) = cut_off_after {
            div class="notice warning" {
                p {
                    strong { "None of today\u{2019}s endpoints is left" }
                    " after step " (step.0) "; tell the clients the new ones before."
                }
            }
        }
        (place.wide("Table of client endpoints", all.len(), &table))
    }
}

fn row(url: &Url, was: bool, will_be: bool) -> Markup {
    let class = match (was, will_be) {
        (true, false) => "left",
        (false, true) => "came",
        (true, true) | (false, false) => "same",
    };
    html! {
        tr class=(class) {
            th scope="row" { code { (plain(url.as_str())) } }
            td { (there(was)) }
            td { (there(will_be)) }
        } "\n"
    }
}

fn there(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}
