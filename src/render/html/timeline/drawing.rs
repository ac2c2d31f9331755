//! One row of the timeline as a drawing.

use std::fmt::Write as _;

use maud::{Markup, html};

use crate::quorum::Standing;
use crate::render::plain::plain;
use crate::render::title::title;

use super::super::place::Place;
use super::moment::{self, Moment};
use super::scale::{BOTTOM, LEFT, Line, RIGHT, Scale, Span, TOP, spans};

/// How far apart the names of two lines are, at least.
const LEADING: usize = 16;
/// The width and the height of a room that has space for words.
const SMALLEST_ROOM: (usize, usize) = (84, 17);

/// Draws a row.
pub(super) fn row(place: Place<'_>, row: &[Moment<'_>], number: usize, scale: Scale) -> Markup {
    let spans = spans(row, scale);
    let (right, bottom) = (scale.x(row.len()), scale.bottom());
    let (width, height) = (right + RIGHT, bottom + BOTTOM);
    let id = |part: &str| place.id(&format!("timeline-{number}-{part}"));
    html! {
        svg.timeline viewBox={ "0 0 " (width) " " (height) } width=(width) height=(height)
            role="img" aria-labelledby=(id("title")) aria-describedby=(id("told")) {
            title id=(id("title")) { (plain(&place.label(&name(row)))) }
            desc id=(id("told")) { (moment::told(row)) }
            defs {
                pattern id=(id("hatch")) width="7" height="7" patternUnits="userSpaceOnUse"
                    patternTransform="rotate(45)" { path.hatch d="M0 0V7" {} }
            }
            @for tick in scale.ticks() {
                path.grid d={ "M" (LEFT) " " (scale.y(tick)) "H" (right) } {}
                text.tick x=(LEFT - 8) y=(scale.y(tick) + 4) { (tick) }
            }
            (risks(&spans, &id("hatch"), scale))
            (rooms(&spans, scale))
            @for line in [Line::Voters, Line::Healthy, Line::Quorum] {
                path class=(line.class()) d=(path(&spans, line, scale)) {}
            }
            @if let Some(last) = spans.last() {
                (names(last.standing, right, scale))
                text.end x=(right + 8) y=(bottom + 45) {
                    "then " (minus(last.standing.can_lose()))
                }
            }
            text.side x=(LEFT - 8) y=(bottom + 22) { "step" }
            text.side x=(LEFT - 8) y=(bottom + 45) { "can lose" }
            @for (moment, index) in row.iter().zip(0..) { (column(place, moment, index, scale)) }
        }
    }
}

/// What a row shows.
fn name(row: &[Moment<'_>]) -> String {
    let mut numbers = row.iter().filter_map(Moment::number);
    let first = numbers.next();
    let begins = row.first().is_none_or(|moment| moment.step.is_none());
    match (begins, first, numbers.next_back().or(first)) {
        (true, _, Some(last)) => format!("Timeline from now to step {last}"),
        (false, Some(first), Some(last)) => format!("Timeline from step {first} to step {last}"),
        _ => "Timeline".to_owned(),
    }
}

/// A line with right angles.
fn path(spans: &[Span], line: Line, scale: Scale) -> String {
    let y = |span: &Span| scale.y(line.of(span.standing));
    let mut path = String::new();
    for level in spans.chunk_by(|one, other| y(one) == y(other)) {
        let (Some(first), Some(last)) = (level.first(), level.last()) else {
            continue;
        };
        // Writing to a string does not fail.
        let _ = if path.is_empty() {
            write!(path, "M{} {}H{}", first.from, y(first), last.to)
        } else {
            write!(path, "V{}H{}", y(first), last.to)
        };
    }
    path
}

/// The room between the healthy voters and the quorum, with how many can be lost in words wherever
/// there is space for them.
fn rooms(spans: &[Span], scale: Scale) -> Markup {
    let ends = |span: &Span| [Line::Healthy, Line::Quorum].map(|line| line.of(span.standing));
    html! {
        @for group in spans.chunk_by(|one, other| ends(one) == ends(other)) {
            @if let (Some(first), Some(last)) = (group.first(), group.last()) {
                @let [healthy, quorum] = ends(first).map(|count| scale.y(count));
                @let width = last.to - first.from;
                @if healthy != quorum {
                    rect class=(if healthy < quorum { "room" } else { "lack" }) x=(first.from)
                        y=(healthy.min(quorum)) width=(width)
                        height=(healthy.abs_diff(quorum)) {}
                }
                @if quorum >= healthy + SMALLEST_ROOM.1 && width >= SMALLEST_ROOM.0 {
                    text.words x=(first.from + width / 2)
                        y=(usize::midpoint(healthy, quorum) + 4) {
                        "can lose " (minus(first.standing.can_lose()))
                    }
                }
            }
        }
    }
}

/// While nothing can be lost, or there is no quorum: hatched, and named where there is room for
/// words.
fn risks(spans: &[Span], hatch: &str, scale: Scale) -> Markup {
    let least = |span: &Span| span.standing.can_lose().signum();
    html! {
        @for group in spans.chunk_by(|one, other| least(one) == least(other)) {
            @if let (Some(first), Some(last)) = (group.first(), group.last()) {
                @if least(first) < 1 {
                    @let (x, width) = (first.from, last.to - first.from);
                    @let (class, words, room) = if least(first) < 0 {
                        ("none", "no quorum", 64)
                    } else {
                        ("risk", "nothing can be lost", 112)
                    };
                    rect class={ "shade " (class) } x=(x) y=(TOP) width=(width)
                        height=(scale.height) {}
                    rect x=(x) y=(TOP) width=(width) height=(scale.height)
                        fill={ "url(#" (hatch) ")" } {}
                    @if width >= room {
                        text class={ "words " (class) } x=(x + width / 2) y=(TOP - 8) { (words) }
                    }
                }
            }
        }
    }
}

/// The names of the lines at their right ends, with their numbers.
fn names(standing: Standing, right: usize, scale: Scale) -> Markup {
    let Standing { voters, healthy } = standing;
    let mut names = if voters == healthy {
        vec![(Line::Healthy, format!("voters {voters}, all healthy"))]
    } else {
        vec![
            (Line::Voters, format!("voters {voters}")),
            (Line::Healthy, format!("healthy {healthy}")),
        ]
    };
    names.push((Line::Quorum, format!("quorum {}", standing.quorum())));
    names.sort_by_key(|(line, _)| scale.y(line.of(standing)));
    let mut lowest = 0;
    let mut placed = Vec::new();
    for (line, name) in names {
        let y = (scale.y(line.of(standing)) + 4).max(lowest);
        lowest = y + LEADING;
        placed.push((y, line, name));
    }
    html! {
        @for (y, line, name) in placed {
            text class={ "name of-" (line.class()) } x=(right + 8) y=(y) { (name) }
        }
    }
}

/// What stands below a column: the number of the step, and what can be lost, with a shape where
/// that is nothing.
fn column(place: Place<'_>, moment: &Moment<'_>, index: usize, scale: Scale) -> Markup {
    let (x, bottom) = (scale.x(index), scale.bottom());
    let middle = x + scale.column / 2;
    let least = moment.least();
    let (cx, cy) = (middle, bottom + 41);
    let (what, number) = match moment.step {
        Some(step) => {
            let what = format!("Step {}: {}", step.id.0, title(place.plan, step));
            (what, step.id.0.to_string())
        }
        None => ("Now".to_owned(), "now".to_owned()),
    };
    html! {
        g {
            title { (plain(&what)) ". " (moment.told()) }
            rect.column x=(x) y=(TOP) width=(scale.column) height=(scale.height + BOTTOM - 4) {}
            text.step x=(middle) y=(bottom + 22) { (number) }
            @if least < 0 {
                rect.none x=(cx - 13) y=(cy - 10) width="26" height="20" {}
            } @else if least == 0 {
                path.risk d={
                    "M" (cx) " " (cy - 13) "l13 13l-13 13l-13 -13Z"
                } {}
            }
            text class=(if least < 1 { "least marked" } else { "least" }) x=(cx) y=(cy + 4) {
                (minus(least))
            }
        }
    }
}

fn minus(number: i64) -> String {
    number.to_string().replace('-', "\u{2212}")
}
