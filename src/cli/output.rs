//! A plan in the form that was asked for, on standard output and in files.

use std::path::Path;

use crate::plan::Plan;
use crate::render::palette::Palette;
use crate::render::{self, Subject, View};

use super::args::{PlanFormat, Written};
use super::console::Console;
use super::failure::Failure;
use super::file::{self, Access, Present};

/// How people go on from a plan.
#[derive(Clone, Copy, Debug)]
pub(super) enum Next<'a> {
    /// With this command.
    Command(&'a str),
    /// With the steps by hand, told at the end.
    ByHand(&'a str),
}

/// Prints it, and writes it to every file that was asked for.
pub(super) fn print(
    console: &Console,
    subject: Subject<'_>,
    format: PlanFormat,
    files: &[Written],
    next: Option<Next<'_>>,
) -> Result<(), Failure> {
    let (command, by_hand) = match next {
        Some(Next::Command(command)) => (Some(command), None),
        Some(Next::ByHand(steps)) => (None, Some(steps)),
        None => (None, None),
    };
    let view = View {
        palette: console.stdout,
        detail: console.detail,
        command,
    };
    // The files first: whoever reads standard output may stop reading.
    for Written { format, path } in files {
        let view = View {
            palette: Palette::Plain,
            ..view
        };
        let text = rendered(subject, *format, &view, by_hand);
        file::write(path, &text, Present::Replaced, access(*format))?;
    }
    let text = rendered(subject, format, &view, by_hand);
    match format {
        PlanFormat::Text => console.page(&text),
        PlanFormat::Json | PlanFormat::Gitlab => console.document(&text),
        PlanFormat::Markdown
        | PlanFormat::Mermaid
        | PlanFormat::Dot
        | PlanFormat::Html
        | PlanFormat::Github => console.result(&text),
    }
}

/// Saves a plan: all of it or nothing, for nobody else to read.
pub(super) fn save(path: &Path, plan: &Plan) -> Result<(), Failure> {
    let text = render::json(plan);
    file::write(path, &text, Present::Replaced, Access::Ours)
}

/// A plan shows where the hosts of a cluster are, and what runs there; what is for others to read is not.
fn access(format: PlanFormat) -> Access {
    match format {
        PlanFormat::Json => Access::Ours,
        PlanFormat::Text
        | PlanFormat::Markdown
        | PlanFormat::Mermaid
        | PlanFormat::Dot
        | PlanFormat::Html
        | PlanFormat::Github
        | PlanFormat::Gitlab => Access::Everybody,
    }
}

fn rendered(
    subject: Subject<'_>,
    format: PlanFormat,
    view: &View<'_>,
    by_hand: Option<&str>,
) -> String {
    match format {
        PlanFormat::Text => render::text(subject, view) + by_hand.unwrap_or_default(),
        PlanFormat::Json => render::json(subject),
        PlanFormat::Markdown => render::markdown(subject, by_hand),
        PlanFormat::Mermaid => render::mermaid(subject),
        PlanFormat::Dot => render::dot(subject),
        PlanFormat::Html => render::html(subject),
        PlanFormat::Github => render::annotations(subject),
        PlanFormat::Gitlab => render::gitlab(subject),
    }
}
