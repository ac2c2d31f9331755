//! A page of text for people: 80 columns, and nothing on it that acts.
//!
//! Everything that reaches a [`Page`] goes through [`plain`], so no renderer
//! can forget it.

use textwrap::core::display_width;
use textwrap::{Options, WordSeparator, WordSplitter};

use super::palette::{Ink, Palette};
use super::plain::plain;

/// The column at which tables end: 80, less some air.
const EDGE: usize = 77;

/// How long a line of running text may be.
const WIDTH: usize = 79;

/// The space that stays free between the left and the right part of a row.
const GAP: usize = 3;

/// A piece of text in one colour.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    text: String,
    ink: Ink,
}

impl Span {
    /// A piece of text in a colour.
    pub(crate) fn new(ink: Ink, text: impl AsRef<str>) -> Self {
        let text = plain(text.as_ref()).into_owned();
        Self { text, ink }
    }

    /// A piece of text.
    pub(crate) fn text(text: impl AsRef<str>) -> Self {
        Self::new(Ink::Text, text)
    }

    /// A piece of text with spaces after it, up to a width.
    pub(crate) fn padded(ink: Ink, text: impl AsRef<str>, width: usize) -> Self {
        let mut span = Self::new(ink, text);
        let missing = width.saturating_sub(span.width());
        span.text.push_str(&" ".repeat(missing));
        span
    }

    /// A piece of text with spaces before it, up to a width.
    pub(crate) fn right(ink: Ink, text: impl AsRef<str>, width: usize) -> Self {
        let mut span = Self::new(ink, text);
        let missing = width.saturating_sub(span.width());
        span.text.insert_str(0, &" ".repeat(missing));
        span
    }

    /// The columns that it takes.
    pub(crate) fn width(&self) -> usize {
        display_width(&self.text)
    }
}

/// A text that grows line by line.
#[derive(Debug)]
pub(crate) struct Page {
    palette: Palette,
    text: String,
}

impl Page {
    /// An empty page.
    pub(crate) fn new(palette: Palette) -> Self {
        let text = String::new();
        Self { palette, text }
    }

    /// What stands on it.
    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// Leaves a line free, but for the first.
    pub(crate) fn gap(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    /// Writes one line.
    pub(crate) fn line(&mut self, spans: &[Span]) {
        let full = spans.iter().rposition(|span| !span.text.trim().is_empty());
        let shown = full.and_then(|last| spans.get(..=last)).unwrap_or_default();
        for (index, span) in shown.iter().enumerate() {
            let last = index + 1 == shown.len();
            let text = if last {
                span.text.trim_end()
            } else {
                &span.text
            };
            self.text.push_str(&self.palette.paint(span.ink, text));
        }
        self.text.push('\n');
    }

    /// Writes a row with its right part at the edge; on a line of its own if the left part is too long.
    pub(crate) fn row(&mut self, mut left: Vec<Span>, right: Vec<Span>) {
        let width = |spans: &[Span]| spans.iter().map(Span::width).sum::<usize>();
        let room = EDGE.saturating_sub(width(&right));
        if right.is_empty() || width(&left) + GAP <= room {
            left.push(Span::text(" ".repeat(room.saturating_sub(width(&left)))));
        } else {
            self.line(&left);
            left = vec![Span::text(" ".repeat(room))];
        }
        left.extend(right);
        self.line(&left);
    }

    /// Writes a text behind an opening; lines after the first are indented by as much as the opening is wide.
    pub(crate) fn paragraph(&mut self, opening: Span, text: &str) {
        let indent = opening.width();
        let options = Options::new(WIDTH.saturating_sub(indent).max(1))
            .word_separator(WordSeparator::AsciiSpace)
            .word_splitter(WordSplitter::NoHyphenation)
            .break_words(false);
        let mut margin = opening;
        for line in textwrap::wrap(&plain(text), options) {
            self.line(&[margin, Span::text(line)]);
            margin = Span::text(" ".repeat(indent));
        }
    }
}
