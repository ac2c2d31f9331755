//! The plan for people, in 80 columns of ASCII.
//!
//! It may change in any release, but for the words that other tools match:
//! `Plan: N to add, N to change, N to destroy.`, and `No changes.`

use crate::plan::Plan;

use super::page::Page;
use super::subject::Subject;
use super::view::{Detail, View};
use super::{
    clients, difference, fleet, header, members, notices, recovery, steps, summary, zones,
};

/// Renders the plan of a cluster, or those of many.
pub fn text<'a>(subject: impl Into<Subject<'a>>, view: &View<'_>) -> String {
    match subject.into() {
        Subject::Plan(plan) => plan_text(plan, view, Company::Alone),
        Subject::Fleet(fleet) => fleet::text(fleet, view),
    }
}

/// Whether a plan is all that is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Company {
    /// It is.
    Alone,
    /// There are others beside it: the lines that other tools match are of all of them.
    Fleet,
}

/// Renders one plan.
pub(super) fn plan_text(plan: &Plan, view: &View<'_>, company: Company) -> String {
    let View {
        palette,
        detail,
        command,
    } = *view;
    let mut page = Page::new(palette);
    if !plan.has_changes && plan.refusals.is_empty() {
        summary::no_changes(&mut page, plan, company);
        notices::warnings(&mut page, plan);
        return page.into_text();
    }
    if detail > Detail::Summary {
        header::write(&mut page, plan);
        recovery::write(&mut page, plan);
        members::write(&mut page, plan);
        if detail == Detail::Full {
            difference::write(&mut page, plan);
        }
        steps::write(&mut page, plan, detail);
        zones::write(&mut page, plan);
        clients::write(&mut page, plan);
    }
    notices::warnings(&mut page, plan);
    notices::refusals(&mut page, plan);
    summary::write(&mut page, plan, company);
    if let Some(command) = command.filter(|_| plan.applyable) {
        summary::next(&mut page, plan, command);
    }
    page.into_text()
}
