//! How the members of a cluster differ from those that a saved plan expects.

use similar::{Algorithm, ChangeTag, capture_diff_slices};

use super::page::{Page, Span};
use super::palette::{Ink, Palette};

/// A member: what it is called, where its peers reach it, and whether it votes.
pub type Row = [String; 3];

/// Draws the difference, a line for each member.
pub fn moved(planned: &[Row], live: &[Row], palette: Palette) -> String {
    let mut page = Page::new(palette);
    let rows = || planned.iter().chain(live);
    let width = |column: usize| {
        let cells = rows().filter_map(|row| row.get(column));
        cells
            .map(|cell| Span::text(cell).width())
            .max()
            .unwrap_or(0)
    };
    let (names, urls) = (width(0), width(1));
    page.line(&[Span::text("    - as the plan expects   + as it is")]);
    let mut write = |row: &Row, sign: &str, ink: Ink| {
        let [name, address, role] = row;
        page.line(&[
            Span::new(ink, format!("    {sign} ")),
            Span::padded(ink, name, names + 3),
            Span::padded(ink, address, urls + 3),
            Span::new(ink, role),
        ]);
    };
    for change in capture_diff_slices(Algorithm::Myers, planned, live)
        .iter()
        .flat_map(|operation| operation.iter_changes(planned, live))
    {
        let row = change.value();
        match change.tag() {
            ChangeTag::Equal => write(&row, " ", Ink::Text),
            ChangeTag::Delete => write(&row, "-", Ink::Removed),
            ChangeTag::Insert => write(&row, "+", Ink::Added),
        }
    }
    page.into_text()
}
