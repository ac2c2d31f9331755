//! The order as a drawing: the steps one below the other, and lines between them.

use maud::{Markup, html};
use textwrap::core::display_width;

use crate::plan::Step;
use crate::render::count::counted;
use crate::render::mermaid::is_risky;
use crate::render::plain::plain;
use crate::render::title::title;

use super::super::place::Place;
use super::super::steps::class;
use super::lanes::{Edge, edges};

/// From one row to the next.
const ROW: usize = 34;
/// From one lane to the next.
const LANE: usize = 13;
/// What a letter takes, at most on average.
const LETTER: usize = 8;
/// How round a corner is.
const CORNER: usize = 7;
/// Half of a step's mark.
const MARK: usize = 11;

/// Draws every step and every line.
pub(super) fn draw(place: Place<'_>) -> Markup {
    let plan = place.plan;
    let edges = edges(plan);
    let titles: Vec<String> = plan
        .steps
        .iter()
        .map(|step| plain(&title(plan, step)).into_owned())
        .collect();
    let longest = titles.iter().map(|title| display_width(title)).max();
    let lanes = edges.iter().map(|edge| edge.lane).max().unwrap_or(0);
    // Where the marks stand, and the words beside them.
    let marks = lanes * LANE + MARK + 8;
    let words = marks + MARK + 12;
    let width = words + longest.unwrap_or(0) * LETTER + 16;
    let height = plan.steps.len() * ROW + 12;
    let id = |part: &str| place.id(&format!("graph-{part}"));
    let told = format!(
        "{}, {} between them. The list below says the same in words.",
        counted(plan.steps.len(), "step"),
        counted(edges.len(), "line")
    );
    html! {
        svg.graph viewBox={ "0 0 " (width) " " (height) } width=(width) height=(height)
            role="img" aria-labelledby=(id("title")) aria-describedby=(id("told")) {
            title id=(id("title")) { (plain(&place.label("The order of the steps"))) }
            desc id=(id("told")) { (told) }
            defs {
                marker id=(id("end")) viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7"
                    markerHeight="7" orient="auto" { path.end d="M0 0L8 4L0 8Z" {} }
            }
            @for edge in &edges {
                g {
                    title { (why(place, *edge)) }
                    path.order d=(path(*edge, marks)) marker-end={ "url(#" (id("end")) ")" } {}
                }
            }
            @for ((step, title), row) in plan.steps.iter().zip(&titles).zip(0..) {
                (mark(step, marks, y(row)))
                text.title x=(words) y=(y(row) + 4) { (title) }
            }
        }
    }
}

fn y(row: usize) -> usize {
    row * ROW + ROW / 2 + 6
}

/// From below one mark to above or beside another.
fn path(edge: Edge, marks: usize) -> String {
    let (from, to) = (y(edge.from), y(edge.to));
    if edge.lane == 0 {
        return format!("M{marks} {}V{}", from + MARK, to - MARK - 1);
    }
    let side = marks - MARK;
    let lane = marks.saturating_sub(MARK + edge.lane * LANE).max(2);
    // Out of the lower, into the upper half of a mark, so that lines of one step stay apart.
    let (out, into) = (from + 4, to - 4);
    format!(
        "M{side} {out}H{}Q{lane} {out} {lane} {}V{}Q{lane} {into} {} {into}H{}",
        lane + CORNER,
        out + CORNER,
        into - CORNER,
        lane + CORNER,
        side - 1,
    )
}

/// The reason of a line.
fn why(place: Place<'_>, edge: Edge) -> String {
    let steps = &place.plan.steps;
    let (Some(from), Some(to)) = (steps.get(edge.from), steps.get(edge.to)) else {
        return String::new();
    };
    let whys = to.depends_on.iter().filter(|one| one.step == from.id);
    let whys: Vec<&str> = whys.map(|one| one.why.as_str()).collect();
    let told = format!(
        "Step {} after step {}: because {}",
        to.id.0,
        from.id.0,
        whys.join("; ")
    );
    plain(&told).into_owned()
}

/// A step's number in a frame: a circle, or a diamond where nothing can be lost during it.
fn mark(step: &Step, x: usize, y: usize) -> Markup {
    html! {
        g class={ "mark " (class(step.kind)) } {
            @if is_risky(step) {
                path d={ "M" (x) " " (y - 12) "l12 12l-12 12l-12 -12Z" } {}
            } @else {
                circle cx=(x) cy=(y) r=(MARK) {}
            }
            text x=(x) y=(y + 4) { (step.id.0) }
        }
    }
}
