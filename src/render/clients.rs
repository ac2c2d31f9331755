//! Where clients reach the cluster, before and after.
//!
//! A plan that keeps quorum at every step can still cut off an application
//! that knows only the addresses of members that leave.

use crate::plan::{Clients, Plan};

use super::page::{Page, Span};
use super::palette::Ink;
use super::roster::natural;

/// Writes the endpoints of both sides, where they differ.
pub(crate) fn write(page: &mut Page, plan: &Plan) {
    let Clients {
        before,
        after,
        cut_off_after,
    } = &plan.clients;
    if before == after {
        return;
    }
    page.gap();
    page.line(&[
        Span::new(Ink::Strong, "Client endpoints"),
        Span::text("   - before   + after"),
    ]);
    let mut all: Vec<_> = before.iter().chain(after).collect();
    all.sort_by_cached_key(|url| natural(url.as_str()));
    all.dedup();
    for url in all {
        let was = before.iter().any(|other| other == url);
        let will_be = after.iter().any(|other| other == url);
        let (sign, ink) = match (was, will_be) {
            (true, false) => ("-", Ink::Removed),
            (false, true) => ("+", Ink::Added),
            (true, true) | (false, false) => (" ", Ink::Text),
        };
        page.line(&[Span::new(ink, format!("  {sign} {url}"))]);
    }
    if let Some(step) = cut_off_after {
        page.paragraph(
            Span::new(Ink::Changed, "  Warning: "),
            &format!(
                "after step {} none of today's endpoints is left; tell the clients the new ones \
                 before",
                step.0
            ),
        );
    }
}
