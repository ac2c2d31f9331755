//! The page that a reviewer opens: one HTML file that loads nothing and runs nothing.
//!
//! What stands in the way comes first, then who comes and goes, then how far
//! the cluster is from losing its quorum at each step. Every drawing says its
//! numbers as text too, and nothing is told by colour alone. All markup comes
//! from templates that escape what they are given, and text of others goes
//! through [`plain`] before. The page's policy lets a browser take the style
//! sheet that is in it and nothing else, so what slipped through could not act.

mod clients;
mod difference;
mod fleet;
mod graph;
mod members;
mod notices;
mod place;
mod steps;
mod timeline;
mod zones;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use crate::plan::Plan;

use super::count::counted;
use super::header;
use super::plain::plain;
use super::recovery;
use super::subject::Subject;
use super::summary::{counts, failed_joins, outlook};
use place::Place;

/// How the page looks, on screens of any width, in the light and the dark, and on paper.
const STYLE: &str = include_str!("html/style.css");

/// Renders the page.
pub fn html<'a>(subject: impl Into<Subject<'a>>) -> String {
    match subject.into() {
        Subject::Plan(plan) => {
            let place = Place::alone(plan);
            let title = format!("{}: {}", plan.cluster.name, counts(plan));
            document(
                &title,
                &opening(place),
                &html! { (contents(place)) (body(place)) },
                &source(plan),
            )
        }
        Subject::Fleet(fleet) => fleet::page(fleet),
    }
}

/// A whole document around its parts.
fn document(title: &str, opening: &Markup, body: &Markup, footer: &Markup) -> String {
    let page = html! {
        (DOCTYPE) "\n"
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { "etcdplan: " (plain(title)) }
                style { (PreEscaped(STYLE)) }
            } "\n"
            body {
                a class="skip" href="#main" { "Skip to the plan" } "\n"
                header { (opening) } "\n"
                main id="main" { (body) } "\n"
                footer { (footer) } "\n"
            }
        } "\n"
    };
    page.into_string()
}

/// What a browser may do with the page: show it in its own style.
fn policy() -> String {
    let digest = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    format!("default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'")
}

/// The head of a page about one cluster.
fn opening(place: Place<'_>) -> Markup {
    html! {
        p.program { "etcdplan" }
        h1 { (plain(&place.plan.cluster.name)) }
        (head(place))
    }
}

/// The counts of a plan, and how its cluster is.
fn head(place: Place<'_>) -> Markup {
    let plan = place.plan;
    let etcd = header::versions(plan);
    html! {
        p.counts { (pills(plan)) }
        dl.facts {
            div { dt { "Live" } dd { (plain(&header::live(plan))) } }
            div { dt { "Wanted" } dd { (plain(&header::wanted(plan))) } }
            @if let Some(etcd) = etcd { div { dt { "etcd" } dd { (etcd) } } }
            @if let Some(recovery) = &plan.recovery {
                @for (label, words) in recovery::rows(plan, recovery) {
                    div { dt { (label) } dd { (plain(&words)) } }
                }
            }
        }
    }
}

/// The counts, each with its sign.
fn pills(plan: &Plan) -> Markup {
    let summary = plan.summary;
    let counts = [
        (summary.add, "pill came", "+", "to add"),
        (summary.change, "pill changed", "~", "to change"),
        (summary.destroy, "pill left", "\u{2212}", "to destroy"),
    ];
    let is_refused = !plan.refusals.is_empty();
    html! {
        @if is_refused { span class="pill refused" { "refused" } " " }
        @if !is_refused && !plan.has_changes { span class="pill" { "no changes" } " " }
        @for (count, class, sign, what) in counts {
            @if count > 0 {
                span class=(class) { span aria-hidden="true" { (sign) } " " (count) " " (what) } " "
            }
        }
        @if summary.steps > 0 { span.pill { (counted(summary.steps, "step")) } " " }
        @if summary.manual_steps > 0 { span.pill { (summary.manual_steps) " by hand" } }
    }
}

/// Where to find what, for whoever does not read it all.
fn contents(place: Place<'_>) -> Markup {
    let plan = place.plan;
    let has_steps = !plan.steps.is_empty();
    let parts = [
        (!plan.refusals.is_empty(), "refusals", "Refusals"),
        (notices::has_warnings(plan), "warnings", "Warnings"),
        (true, "members", "Members"),
        (has_steps, "timeline", "Timeline"),
        (has_steps, "steps", "Steps"),
        (has_steps, "graph", "Order"),
        (clients::differ(plan), "clients", "Clients"),
        (plan.has_changes, "difference", "Difference"),
    ];
    html! {
        nav aria-label="On this page" {
            ul {
                @for (_, id, name) in parts.iter().filter(|(is_there, ..)| *is_there) {
                    li { a href={ "#" (place.id(id)) } { (name) } } " "
                }
            }
        } "\n"
    }
}

/// Everything about one plan, what matters most first.
fn body(place: Place<'_>) -> Markup {
    let plan = place.plan;
    html! {
        @if !plan.refusals.is_empty() {
            p.verdict {
                strong { "Not applyable: " }
                "refused by " (counted(plan.refusals.len(), "rule")) ". Nothing was changed."
            }
        } @else if plan.has_changes {
            p.verdict { (plain(&outlook(plan))) }
            @if let Some(line) = failed_joins(plan) { p { (line) } }
        } @else {
            p.verdict {
                strong { "No changes. " }
                "The cluster is as " code { (plain(&plan.source.file)) } " says."
            }
        } "\n"
        (notices::refusals(place))
        (notices::warnings(place))
        (members::section(place))
        @if !plan.steps.is_empty() {
            (timeline::section(place))
            (zones::section(place))
            (steps::section(place))
            (graph::section(place))
        }
        @if clients::differ(plan) { (clients::section(place)) }
        @if plan.has_changes { (difference::section(place)) }
    }
}

/// What the plan is, what it was made from, and when the cluster was seen.
fn source(plan: &Plan) -> Markup {
    let facts = [
        ("Plan", &plan.plan_id),
        ("File", &plan.source.file),
        ("SHA-256", &plan.source.sha256),
        ("Cluster id", &plan.cluster.id_or_unknown()),
        ("Observed at", &plan.created_at),
    ];
    html! {
        dl.facts {
            @for (name, fact) in facts {
                @if !fact.is_empty() { div { dt { (name) } dd { code { (plain(fact)) } } } }
            }
        }
        p { "The plan is refused when it is applied if the members have changed since." }
    }
}
