//! One row of the timeline as a drawing.
//!
//! Numbers from a document may be anything, so all arithmetic here is on what
//! was cut to the scale before.

use std::fmt::Write as _;

use maud::{Markup, html};

use crate::quorum::Standing;
use crate::render::plain::plain;
use crate::render::title::title;

use super::super::place::Place;
use super::moment::{self, Moment};

/// Above the drawing, for words on columns.
const TOP: usize = 24;
/// To the left, for the numbers of the axis and the names of the lines below.
const LEFT: usize = 76;
/// To the right, for the names of the lines.
const RIGHT: usize = 148;
/// Below, for the numbers of the steps and what can be lost.
const BOTTOM: usize = 58;
/// How wide all columns of a row are, where they are not too narrow or too wide.
const WIDTH: usize = 924;
const NARROWEST: usize = 28;
const WIDEST: usize = 104;
/// How high the drawing is, about.
const HEIGHT: usize = 168;
/// How far apart the names of two lines are, at least.
const LEADING: usize = 16;

/// How numbers become places; the same for all rows of a timeline.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    most: usize,
    height: usize,
    column: usize,
}

/// What stands for a while: from one place to another.
#[derive(Clone, Copy)]
struct Span {
    from: usize,
    to: usize,
    standing: Standing,
}

/// One of the three lines.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Voters,
    Healthy,
    Quorum,
}

impl Line {
    fn of(self, standing: Standing) -> usize {
        let Standing { voters, healthy } = standing;
        match self {
            Self::Voters => voters,
            Self::Healthy => healthy,
            Self::Quorum => standing.quorum(),
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Voters => "voters",
            Self::Healthy => "healthy",
            Self::Quorum => "quorum",
        }
    }
}

impl Scale {
    /// A scale that holds every number of these moments.
    pub(super) fn of(moments: &[Moment<'_>], columns: usize) -> Self {
        let standings = moments
            .iter()
            .flat_map(|moment| [moment.before, moment.during, moment.after]);
        let tops = standings.map(|standing| {
            let Standing { voters, healthy } = standing;
            voters.max(healthy).max(standing.quorum())
        });
        let most = tops.max().unwrap_or(0).max(1);
        // Whole pixels for a voter, where there is room for that.
        let unit = (HEIGHT / most).min(40);
        let height = if unit > 12 { unit * most } else { HEIGHT };
        let column = (WIDTH / columns.max(1)).clamp(NARROWEST, WIDEST) / 4 * 4;
        Self {
            most,
            height,
            column,
        }
    }

    fn y(self, count: usize) -> usize {
        let wide = |n: usize| u128::try_from(n).unwrap_or(u128::MAX);
        let up = wide(count.min(self.most)) * wide(self.height) / wide(self.most);
        TOP + self.height - usize::try_from(up).unwrap_or(self.height)
    }

    fn x(self, column: usize) -> usize {
        LEFT + column * self.column
    }

    fn bottom(self) -> usize {
        TOP + self.height
    }

    /// The numbers along the axis.
    fn ticks(self) -> impl Iterator<Item = usize> {
        let apart = if self.most <= 9 {
            1
        } else {
            self.most.div_ceil(5)
        };
        (0..=self.most / apart).map(move |tick| tick * apart)
    }
}

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
            @for span in &spans { (room(*span, scale)) }
            @for line in [Line::Voters, Line::Healthy, Line::Quorum] {
                path class=(line.class()) d=(path(&spans, line, scale)) {}
            }
            (rooms(&spans, scale))
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

/// What stands from where to where; neighbours that are alike are one.
fn spans(row: &[Moment<'_>], scale: Scale) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut from = LEFT;
    for (quarters, standing) in row.iter().flat_map(Moment::spans) {
        let to = from + quarters * scale.column / 4;
        match spans.last_mut() {
            Some(last) if last.standing == standing => last.to = to,
            Some(_) | None => spans.push(Span { from, to, standing }),
        }
        from = to;
    }
    spans
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

/// The room between the healthy voters and the quorum.
fn room(span: Span, scale: Scale) -> Markup {
    let healthy = scale.y(Line::Healthy.of(span.standing));
    let quorum = scale.y(Line::Quorum.of(span.standing));
    let class = if healthy <= quorum { "room" } else { "lack" };
    html! {
        @if healthy != quorum {
            rect class=(class) x=(span.from) y=(healthy.min(quorum))
                width=(span.to - span.from) height=(healthy.abs_diff(quorum)) {}
        }
    }
}

/// How many can be lost, in words, wherever the room is large enough for them.
fn rooms(spans: &[Span], scale: Scale) -> Markup {
    let alike = |one: &Span, other: &Span| {
        let of = |line: Line, span: &Span| line.of(span.standing);
        of(Line::Healthy, one) == of(Line::Healthy, other)
            && of(Line::Quorum, one) == of(Line::Quorum, other)
    };
    html! {
        @for group in spans.chunk_by(alike) {
            @if let (Some(first), Some(last)) = (group.first(), group.last()) {
                @let healthy = scale.y(Line::Healthy.of(first.standing));
                @let quorum = scale.y(Line::Quorum.of(first.standing));
                @if quorum >= healthy + 17 && last.to >= first.from + 84 {
                    text.words x=(usize::midpoint(first.from, last.to))
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
