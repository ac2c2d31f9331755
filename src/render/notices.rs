//! What a reviewer must read: warnings, and refusals with their ways out.

use crate::plan::{Diagnostic, Plan, Refusal};

use super::page::{Page, Span};
use super::palette::Ink;

/// Writes the warnings.
pub(crate) fn warnings(page: &mut Page, plan: &Plan) {
    for diagnostic in &plan.diagnostics {
        let Diagnostic {
            code,
            message,
            details,
            steps: _,
            line,
        } = diagnostic;
        page.gap();
        page.paragraph(
            Span::new(Ink::Changed, "Warning: "),
            &format!("{message}  [{code}]"),
        );
        for detail in details {
            page.paragraph(Span::text("  "), detail);
        }
        if let Some(line) = line {
            page.line(&[Span::text(format!("  {}:{line}", plan.source.file))]);
        }
    }
}

/// Writes the refusals.
pub(crate) fn refusals(page: &mut Page, plan: &Plan) {
    for refusal in &plan.refusals {
        let Refusal {
            code,
            member: _,
            message,
            details,
            ways_out,
        } = refusal;
        page.gap();
        page.paragraph(
            Span::new(Ink::Danger, "Refused: "),
            &format!("{message}  [{code}]"),
        );
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

/// The one line that stands for a refusal on standard error: `refused: …  [E0310]`.
pub fn refusal_line(refusal: &Refusal) -> String {
    format!("refused: {}  [{}]", refusal.message, refusal.code)
}
