//! The codes that `explain` knows.

use clap_complete::engine::CompletionCandidate;

use super::super::explain::pages::{ALL, Page};

/// What a shell offers.
pub(in crate::cli) fn explained() -> Vec<CompletionCandidate> {
    let candidate =
        |page: &Page| CompletionCandidate::new(page.code).help(Some(page.title().into()));
    ALL.iter().map(candidate).collect()
}
