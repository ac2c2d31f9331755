//! Where on a page a plan stands: alone, or as one of many.
//!
//! Ids are made of numbers only, never of text from files or servers, and no
//! two things on a page have the same.

use maud::{Markup, html};

use crate::plan::{Plan, StepId};
use crate::render::plain::plain;

/// What has more rows than this scrolls by itself, a table under its own headings.
const TALL: usize = 80;

/// Where a plan stands, and which one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) plan: &'a Plan,
    /// From 1; absent where the page is about one plan.
    ordinal: Option<usize>,
}

impl<'a> Place<'a> {
    /// The only plan of a page.
    pub(super) fn alone(plan: &'a Plan) -> Self {
        let ordinal = None;
        Self { plan, ordinal }
    }

    /// One plan of many.
    pub(super) fn among(plan: &'a Plan, ordinal: usize) -> Self {
        let ordinal = Some(ordinal);
        Self { plan, ordinal }
    }

    /// The id of a thing of this plan: `steps`, `c2-steps`.
    pub(super) fn id(self, thing: &str) -> String {
        match self.ordinal {
            Some(ordinal) => format!("c{ordinal}-{thing}"),
            None => thing.to_owned(),
        }
    }

    /// The id of a step's row: `s3`, `c2-s3`.
    pub(super) fn step(self, step: StepId) -> String {
        self.id(&step.to_string())
    }

    /// A link to a step's row.
    pub(super) fn link(self, step: StepId) -> Markup {
        html! { a href={ "#" (self.step(step)) } { (step.0) } }
    }

    /// The heading of a part.
    pub(super) fn heading(self, thing: &str, text: &str) -> Markup {
        let id = self.id(thing);
        html! {
            @if self.ordinal.is_none() { h2 id=(id) { (text) } } @else { h3 id=(id) { (text) } }
            "\n"
        }
    }

    /// What a part is called where it must be told from that of another plan.
    pub(super) fn label(self, text: &str) -> String {
        match self.ordinal {
            None => text.to_owned(),
            Some(ordinal) => {
                let name = plain(&self.plan.cluster.name);
                format!("{text}, cluster {ordinal}: {name}")
            }
        }
    }

    /// What may be wider than the page, and then scrolls by itself, also from the keyboard.
    pub(super) fn wide(self, label: &str, rows: usize, content: &Markup) -> Markup {
        let class = if rows > TALL { "wide tall" } else { "wide" };
        html! {
            section class=(class) tabindex="0" aria-label=(self.label(label)) {
                (content)
            } "\n"
        }
    }
}
