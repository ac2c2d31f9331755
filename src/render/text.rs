//! The plan for people, in 80 columns of ASCII.
//!
//! It may change in any release, but for the words that other tools match:
//! `Plan: N to add, N to change, N to destroy.`, and `No changes.`

use crate::plan::Plan;

use super::page::Page;
use super::view::{Detail, View};
use super::{clients, difference, header, members, notices, steps, summary};

/// Renders the plan.
pub fn text(plan: &Plan, view: &View<'_>) -> String {
    let View {
        palette,
        detail,
        command,
    } = *view;
    let mut page = Page::new(palette);
    if !plan.has_changes && plan.refusals.is_empty() {
        summary::no_changes(&mut page, plan);
        notices::warnings(&mut page, plan);
        return page.into_text();
    }
    if detail > Detail::Summary {
        header::write(&mut page, plan);
        members::write(&mut page, plan);
        if detail == Detail::Full {
            difference::write(&mut page, plan);
        }
        steps::write(&mut page, plan, detail);
        clients::write(&mut page, plan);
    }
    notices::warnings(&mut page, plan);
    notices::refusals(&mut page, plan);
    summary::write(&mut page, plan);
    if let Some(command) = command.filter(|_| plan.applyable) {
        summary::next(&mut page, plan, command);
    }
    page.into_text()
}
