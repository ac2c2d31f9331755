//! The problems of a topology file as notices, drawn into its text.

use std::fmt;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};

use crate::observation::recording::Place;
use crate::render::{Notice, Position, Range, Severity};
use crate::topology::{Label, Problem, Problems};

/// The width of a drawing: UX draws at 88.
const WIDTH: usize = 88;

/// Every problem as a notice, in the order of the text.
pub fn notices(problems: &Problems) -> Vec<Notice> {
    let source = miette::NamedSource::new(&problems.file, harmless(&problems.text));
    let notice = |problem: &Problem| Notice {
        severity: if problem.code.is_warning() {
            Severity::Warning
        } else {
            Severity::Error
        },
        code: Some(problem.code.to_string()),
        ways_out: Vec::from_iter((!problem.help.is_empty()).then(|| problem.help.clone())),
        file: Some(problems.file.clone()),
        ranges: problem
            .labels
            .iter()
            .map(|label| range(problems, label))
            .collect(),
        excerpt: excerpt(problems, problem, &source),
        ..Notice::error(problem.message.clone())
    };
    problems.list.iter().map(notice).collect()
}

fn range(problems: &Problems, label: &Label) -> Range {
    let position = |byte: usize| {
        let (line, column) = problems.line_and_column(byte);
        let byte = byte + problems.before_text;
        Position { line, column, byte }
    };
    Range {
        file: problems.file.clone(),
        label: label.text.clone(),
        start: position(label.span.start),
        end: position(label.span.end),
    }
}

/// A place of a text of which no end is known.
pub(super) fn point(file: &str, text: &str, place: Place) -> Range {
    let lines = text
        .split_inclusive('\n')
        .take(place.line.saturating_sub(1));
    let line_start: usize = lines.map(str::len).sum();
    let byte = (line_start + place.column.saturating_sub(1)).min(text.len());
    let before = text.as_bytes().get(line_start..byte).unwrap_or_default();
    let position = Position {
        line: place.line,
        column: String::from_utf8_lossy(before).chars().count() + 1,
        byte,
    };
    Range {
        file: file.to_owned(),
        label: "here".to_owned(),
        start: position,
        end: position,
    }
}

/// The text without anything that a terminal would obey; every byte keeps its place.
fn harmless(text: &str) -> String {
    let mut harmless = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && c != '\n' {
            harmless.extend(std::iter::repeat_n(' ', c.len_utf8()));
        } else {
            harmless.push(c);
        }
    }
    harmless
}

/// How the frame of an excerpt begins. It is ASCII, so that a copy of it survives everywhere.
const FRAME: &str = ",-[";

/// A longer line is no help to anybody.
const LONGEST_LINE: usize = 400;

/// Whether the lines of a label can be drawn.
fn is_drawable(problems: &Problems, label: &Label) -> bool {
    let (start, end) = (label.span.start, label.span.end);
    let text = problems.text.as_bytes();
    let to_break = |bytes: &mut dyn Iterator<Item = &u8>| {
        bytes
            .take(LONGEST_LINE)
            .take_while(|byte| **byte != b'\n')
            .count()
    };
    let before = to_break(&mut text.get(..start).unwrap_or_default().iter().rev());
    let after = to_break(&mut text.get(start..).unwrap_or_default().iter());
    before + after < LONGEST_LINE && end - start < LONGEST_LINE
}

/// The lines of the file with the labels under them.
fn excerpt(problems: &Problems, problem: &Problem, source: &miette::NamedSource<String>) -> String {
    let Some(first) = problem.labels.first() else {
        return String::new();
    };
    if !problem
        .labels
        .iter()
        .all(|label| is_drawable(problems, label))
    {
        let (line, column) = problems.line_and_column(first.span.start);
        return format!("   {FRAME}{}:{line}:{column}]\n   `----", problems.file);
    }
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::none()).with_width(WIDTH);
    let mut drawn = String::new();
    if handler
        .render_report(&mut drawn, &Drawn { problem, source })
        .is_err()
    {
        return String::new();
    }
    // Before the frame stands the message, which the notice tells in its own form.
    let frame = drawn
        .lines()
        .skip_while(|line| !line.trim_start().starts_with(FRAME));
    frame.collect::<Vec<_>>().join("\n")
}

/// The labels of a problem, and nothing else.
#[derive(Debug)]
struct Drawn<'a> {
    problem: &'a Problem,
    source: &'a miette::NamedSource<String>,
}

impl fmt::Display for Drawn<'_> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Drawn<'_> {}

impl Diagnostic for Drawn<'_> {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.problem.labels()
    }
}
