//! Who is a member before and after.

use maud::{Markup, html};

use crate::member::Role;
use crate::plan::{Plan, Step};
use crate::quorum::Standing;
use crate::render::members::{note, state};
use crate::render::plain::plain;
use crate::render::roster::{Entry, Fate, roster};
use crate::url::Urls;

use super::place::Place;

/// The table of members.
pub(super) fn section(place: Place<'_>) -> Markup {
    let plan = place.plan;
    let entries = roster(plan);
    let has_zones = plan.topology.members.iter().any(|m| m.zone.is_some());
    let table = html! {
        table {
            caption { (caption(plan)) }
            thead {
                tr {
                    th scope="col" { "What" }
                    th scope="col" { "Member" }
                    th scope="col" { "Peer URLs" }
                    th scope="col" { "Client URLs" }
                    th scope="col" { "State" }
                    @if has_zones { th scope="col" { "Zone" } }
                    th scope="col" { "Note" }
                }
            }
            tbody {
                @for entry in &entries {
                    tr class=(class(entry.fate)) {
                        td.sign { (what(entry.fate)) }
                        th scope="row" { (plain(&entry.label)) }
                        td.short { (changed(urls(entry, Side::Peers))) }
                        td.short { (changed(urls(entry, Side::Clients))) }
                        td { (standing(entry)) }
                        @if has_zones { td.short { (zone(plan, entry)) } }
                        td { (plain(&note(entry))) }
                    } "\n"
                }
            }
        }
    };
    html! {
        (place.heading("members", "Members"))
        (place.wide("Table of members", entries.len(), &table))
    }
}

/// How many voters there are before and after.
fn caption(plan: &Plan) -> String {
    let members = &plan.base.members;
    let now = members.iter().filter(|member| member.role == Role::Voter);
    let now = now.count();
    let after = |step: &Step| {
        let Standing { voters, healthy: _ } = step.after;
        voters
    };
    match plan.steps.last().map(after) {
        Some(after) if after != now => format!("Voters: {now} before, {after} after"),
        Some(_) => format!("Voters: {now} before and after"),
        None => format!("Voters: {now}"),
    }
}

fn class(fate: Fate) -> &'static str {
    match fate {
        Fate::Same | Fate::Restored => "same",
        Fate::Changed => "changed",
        Fate::Removed => "left",
        Fate::Added => "came",
    }
}

/// What becomes of a member, as a sign and as a word.
fn what(fate: Fate) -> Markup {
    let (sign, word) = match fate {
        Fate::Same => ("\u{a0}", "stays"),
        Fate::Restored => ("\u{a0}", "restored"),
        Fate::Changed => ("~", "changes"),
        Fate::Removed => ("\u{2212}", "leaves"),
        Fate::Added => ("+", "comes"),
    };
    html! { span.mark aria-hidden="true" { (sign) } " " (word) }
}

/// How it is, and what it keeps on a line of its own.
fn standing(entry: &Entry<'_>) -> Markup {
    let state = state(entry, moves(entry)).replace("->", "\u{2192}");
    let (state, kept) = state.split_once("   ").unwrap_or((&state, ""));
    html! {
        (plain(state))
        @if !kept.is_empty() { br; span.aside { (plain(kept)) } }
    }
}

/// Which URLs of a member.
#[derive(Clone, Copy)]
enum Side {
    Peers,
    Clients,
}

/// The URLs as they are and as they will be; one side where they stay.
fn urls<'a>(entry: &'a Entry<'_>, side: Side) -> (Option<&'a Urls>, Option<&'a Urls>) {
    let live = entry.live.map(|live| match side {
        Side::Peers => &live.peer_urls,
        Side::Clients => &live.client_urls,
    });
    let wanted = entry.wanted().map(|facts| match side {
        Side::Peers => &facts.peer_urls,
        Side::Clients => &facts.client_urls,
    });
    // A file may leave client URLs out: the process keeps those it has.
    let wanted = wanted.filter(|urls| !urls.is_empty());
    match (live, wanted) {
        (Some(live), Some(wanted)) if live == wanted => (Some(live), None),
        both => both,
    }
}

fn moves(entry: &Entry<'_>) -> bool {
    let (live, wanted) = urls(entry, Side::Peers);
    live.is_some() && wanted.is_some()
}

fn changed((live, wanted): (Option<&Urls>, Option<&Urls>)) -> Markup {
    html! {
        @match (live, wanted) {
            (Some(live), Some(wanted)) => {
                @if !live.is_empty() {
                    span.aside { "now " } del { (list(live)) } br;
                }
                span.aside { "then " } ins { (list(wanted)) }
            },
            (Some(urls), None) | (None, Some(urls)) => (list(urls)),
            (None, None) => {},
        }
    }
}

fn list(urls: &Urls) -> Markup {
    html! {
        @for (index, url) in urls.iter().enumerate() {
            @if index > 0 { " " }
            code { (plain(url.as_str())) }
        }
    }
}

/// The zone that the file names for a member that stays or comes.
fn zone(plan: &Plan, entry: &Entry<'_>) -> Markup {
    let named = plan
        .topology
        .members
        .iter()
        .find(|member| entry.fate != Fate::Removed && member.name.as_str() == entry.label);
    let zone = named.and_then(|member| member.zone.as_ref());
    html! { @if let Some(zone) = zone { (plain(zone)) } }
}
