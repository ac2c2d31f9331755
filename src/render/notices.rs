//! What a person must read: warnings, refusals, and errors, all in one form.
//!
//! ```text
//! Refused: removing m2 would leave the cluster without a quorum  [E0310]
//!   not answering: m3
//!   Do one of these:
//!     * bring m3 back, then plan again
//!     * take m3 out of the file instead
//! ```

use serde::Serialize;

use crate::plan::{Diagnostic, Plan, Refusal};

use super::page::{Page, Span};
use super::palette::{Ink, Palette};

/// Something that a person must read; its JSON form is an entry of `diagnostics`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// How bad it is.
    pub severity: Severity,
    /// The rule: `E0310`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What is the matter.
    pub message: String,
    /// The numbers behind it, a line each.
    pub details: Vec<String>,
    /// The ways out, a line each.
    pub ways_out: Vec<String>,
    /// The file that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The places in a file that it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<Range>,
    /// Those places as a drawing, for people.
    #[serde(skip)]
    pub excerpt: String,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Range {
    /// The file.
    pub file: String,
    /// What stands there.
    pub label: String,
    /// Its first character.
    pub start: Position,
    /// The character after its last.
    pub end: Position,
}

/// A character of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The byte, from 0.
    pub byte: usize,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// It is done in spite of it.
    Warning,
    /// A rule forbids it, as a plan tells it.
    Refused,
    /// It cannot be done.
    Error,
}

impl Notice {
    /// A warning, in one line.
    pub fn warning(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(message)
        }
    }

    /// An error without a code, details, or a way out.
    pub fn error(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code: None,
            message: message.into(),
            details: Vec::new(),
            ways_out: Vec::new(),
            file: None,
            ranges: Vec::new(),
            excerpt: String::new(),
        }
    }

    /// A refusal as an error: the plan tells its details and ways out.
    pub fn refused(refusal: &Refusal) -> Self {
        Self {
            code: Some(refusal.code.clone()),
            ..Self::error(format!("refused: {}", refusal.message))
        }
    }

    /// Its code, and those at the ends of its details: `http://…: connection refused  [E0410]`.
    fn codes(&self) -> impl Iterator<Item = &str> {
        let own = self.code.as_deref().into_iter();
        own.chain(self.details.iter().filter_map(|detail| {
            let (_, code) = detail.strip_suffix(']')?.rsplit_once("  [")?;
            let digits = code.strip_prefix(['E', 'W'])?;
            let is_code = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
            is_code.then_some(code)
        }))
    }

    /// The notice as text, with a line break at its end.
    pub fn text(&self, palette: Palette) -> String {
        let mut page = Page::new(palette);
        self.write(&mut page);
        page.into_text()
    }

    fn write(&self, page: &mut Page) {
        let Self {
            severity,
            code,
            message,
            details,
            ways_out,
            file: _,
            ranges: _,
            excerpt,
        } = self;
        let opening = match severity {
            Severity::Warning => Span::new(Ink::Changed, "Warning: "),
            Severity::Refused => Span::new(Ink::Danger, "Refused: "),
            Severity::Error => Span::new(Ink::Danger, "Error: "),
        };
        let code = code.as_ref().map(|code| format!("  [{code}]"));
        let message = format!("{message}{}", code.unwrap_or_default());
        match severity {
            // One line however long, since other tools look for it.
            Severity::Error => page.line(&[opening, Span::text(message)]),
            Severity::Warning | Severity::Refused => page.paragraph(opening, &message),
        }
        for line in excerpt.lines() {
            page.line(&[Span::text(line)]);
        }
        for detail in details {
            page.paragraph(Span::text("  "), detail);
        }
        match ways_out.as_slice() {
            [] => {}
            [way] => page.paragraph(Span::text("  Way out: "), way),
            ways => {
                page.line(&[Span::text("  Do one of these:")]);
                for way in ways {
                    page.paragraph(Span::text("    * "), way);
                }
            }
        }
    }
}

impl From<&Refusal> for Notice {
    fn from(refusal: &Refusal) -> Self {
        let Refusal {
            code,
            member: _,
            message,
            details,
            ways_out,
        } = refusal;
        Self {
            severity: Severity::Refused,
            code: Some(code.clone()),
            message: message.clone(),
            details: details.clone(),
            ways_out: ways_out.clone(),
            ..Self::error("")
        }
    }
}

impl From<&Diagnostic> for Notice {
    fn from(diagnostic: &Diagnostic) -> Self {
        let Diagnostic {
            code,
            message,
            details,
            steps: _,
            line: _,
        } = diagnostic;
        Self {
            severity: Severity::Warning,
            code: Some(code.clone()),
            message: message.clone(),
            details: details.clone(),
            ..Self::error("")
        }
    }
}

/// How many codes a pointer names.
const POINTED: usize = 4;

/// Where to read more of some notices, in a line: once for all of them.
pub fn pointer<'n>(notices: impl IntoIterator<Item = &'n Notice>) -> Option<String> {
    let mut codes: Vec<&str> = Vec::new();
    for code in notices.into_iter().flat_map(Notice::codes) {
        if codes.len() < POINTED && !codes.contains(&code) {
            codes.push(code);
        }
    }
    (!codes.is_empty()).then(|| format!("More: etcdplan explain {}\n", codes.join(" ")))
}

/// Writes the warnings of a plan.
pub(crate) fn warnings(page: &mut Page, plan: &Plan) {
    for diagnostic in &plan.diagnostics {
        page.gap();
        Notice::from(diagnostic).write(page);
        if let Some(line) = diagnostic.line {
            page.line(&[Span::text(format!("  {}:{line}", plan.source.file))]);
        }
    }
}

/// Writes the refusals of a plan.
pub(crate) fn refusals(page: &mut Page, plan: &Plan) {
    for refusal in &plan.refusals {
        page.gap();
        Notice::from(refusal).write(page);
    }
}
