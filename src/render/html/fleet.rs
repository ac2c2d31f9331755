//! The page about many clusters: which of them need a look, then each plan.

use maud::{Markup, html};

use crate::plan::fleet::{Failed, Fleet, Problem};
use crate::render::count::counted;
use crate::render::plain::plain;
use crate::render::summary::counts;

use super::notices::{lines, ways};
use super::place::Place;
use super::{body, document, head, source};

/// The page.
pub(super) fn page(fleet: &Fleet) -> String {
    let title = format!(
        "{}: {}",
        counted(fleet.summary.clusters, "cluster"),
        told(fleet)
    );
    let opening = html! {
        p.program { "etcdplan" }
        h1 { (counted(fleet.summary.clusters, "cluster")) }
        p.counts { (pills(fleet)) }
    };
    let main = html! {
        @if !fleet.failures.is_empty() {
            h2 id="failures" { "Without a plan" }
            @for failed in &fleet.failures { (failure(failed)) }
        }
        @if !fleet.plans.is_empty() {
            h2 id="clusters" { "Clusters" }
            (overview(fleet))
        }
        @for (plan, ordinal) in fleet.plans.iter().zip(1..) {
            @let place = Place::among(plan, ordinal);
            article aria-labelledby=(place.id("cluster")) {
                h2 id=(place.id("cluster")) { (plain(&plan.cluster.name)) }
                (head(place))
                (body(place))
                div.source { (source(plan)) }
            } "\n"
        }
    };
    let footer = html! {
        p { "A plan is refused when it is applied if the members have changed since." }
    };
    document(&title, &opening, &main, &footer)
}

/// What the plans come to: `1 without a plan, 2 to change`.
fn told(fleet: &Fleet) -> String {
    let parts: Vec<String> = parts(fleet)
        .iter()
        .map(|(count, what, _)| format!("{count} {what}"))
        .collect();
    if parts.is_empty() {
        "no changes".to_owned()
    } else {
        parts.join(", ")
    }
}

/// How many clusters there are of each kind, where there are some.
fn parts(fleet: &Fleet) -> Vec<(usize, &'static str, &'static str)> {
    let summary = fleet.summary;
    let mut parts = vec![
        (summary.failed, "without a plan", "pill refused"),
        (summary.refused, "refused", "pill refused"),
        (summary.changed, "to change", "pill"),
    ];
    parts.retain(|(count, ..)| *count > 0);
    parts
}

fn pills(fleet: &Fleet) -> Markup {
    let parts = parts(fleet);
    html! {
        @for (count, what, class) in &parts { span class=(class) { (count) " " (what) } " " }
        @if parts.is_empty() { span.pill { "no changes" } }
    }
}

fn overview(fleet: &Fleet) -> Markup {
    html! {
        section.wide tabindex="0" aria-label="Table of clusters" {
            table {
                caption { "Can lose: how many voters may still fail, at the worst moment" }
                thead {
                    tr {
                        th scope="col" { "Cluster" }
                        th scope="col" { "Plan" }
                        th.number scope="col" { "Can lose" }
                        th scope="col" { "File" }
                        th scope="col" { "Plan id" }
                    }
                }
                tbody {
                    @for (plan, ordinal) in fleet.plans.iter().zip(1..) {
                        @let place = Place::among(plan, ordinal);
                        tr {
                            th scope="row" {
                                a href={ "#" (place.id("cluster")) } {
                                    (plain(&plan.cluster.name))
                                }
                            }
                            td { (counts(plan)) }
                            td.number { (plan.summary.min_can_lose) }
                            td { code { (plain(&plan.source.file)) } }
                            td { code { (plain(&plan.plan_id)) } }
                        } "\n"
                    }
                }
            }
        } "\n"
    }
}

/// A file of which no plan could be made, and why.
fn failure(failed: &Failed) -> Markup {
    let Failed { file, problems } = failed;
    html! {
        div class="notice refusal" {
            p { strong { "No plan for " code { (plain(file)) } } }
            @for Problem { code, message, details, ways_out, line } in problems {
                p {
                    (plain(message))
                    @if let Some(code) = code { " " code.rule { (plain(code)) } }
                    @if let Some(line) = line { " " code.file { (plain(file)) ":" (line) } }
                }
                (lines(details))
                (ways(ways_out))
            }
        } "\n"
    }
}
