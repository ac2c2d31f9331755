//! `etcdplan explain`: what a code means, why it is so, and the way out.

pub(super) mod pages;

use serde::Serialize;
use serde_json::json;

use crate::render::page::{Page as Sheet, Span};
use crate::render::palette::Ink;
use crate::render::{Notice, Severity};
use crate::spelling::nearest;

use super::args::{Explain, Format};
use super::console::Console;
use super::exit::Exit;
use super::failure::Failure;

pub use pages::{ALL, Page};

/// The codes by what they are about, each group with the beginnings of its codes.
const GROUPS: [(&str, &[&str]); 6] = [
    ("Files", &["E01", "W02"]),
    ("What a file or a flag asks for", &["E02"]),
    ("Rules", &["E03", "W03"]),
    ("Clusters, and runs of a plan", &["E04", "W04"]),
    ("The sandbox", &["E05"]),
    ("Adoption", &["W06"]),
];

/// Prints the pages of codes, or a line for each code.
pub(super) fn run(console: &Console, arguments: &Explain) -> Result<Exit, Failure> {
    let pages: Result<Vec<&Page>, Failure> =
        arguments.codes.iter().map(|word| find(word)).collect();
    let pages = pages?;
    match (arguments.format, pages.is_empty()) {
        (Format::Text, true) => console.page(&list(console))?,
        (Format::Text, false) => {
            let texts: Vec<&str> = pages.iter().map(|page| page.text).collect();
            console.page(&texts.join("\n\n"))?;
        }
        (Format::Json, true) => {
            let titles = ALL.iter().map(|page| Entry::of(page, None));
            console.document(&document(titles))?;
        }
        (Format::Json, false) => {
            let whole = pages.iter().map(|page| Entry::of(page, Some(page.body())));
            console.document(&document(whole))?;
        }
    }
    Ok(Exit::Done)
}

/// A page, for programs.
#[derive(Debug, Serialize)]
struct Entry {
    code: &'static str,
    severity: Severity,
    title: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'static str>,
}

impl Entry {
    fn of(page: &Page, text: Option<&'static str>) -> Self {
        Self {
            code: page.code,
            severity: if page.code.starts_with('W') {
                Severity::Warning
            } else {
                Severity::Error
            },
            title: page.title(),
            text,
        }
    }
}

fn document(codes: impl Iterator<Item = Entry>) -> String {
    let codes: Vec<Entry> = codes.collect();
    format!("{:#}\n", json!({ "codes": codes }))
}

/// The page of a code, however it is written: `E0310`, `e310`, `[E0310]`.
fn find(word: &str) -> Result<&'static Page, Failure> {
    let code = code(word);
    if let Some(page) = ALL.iter().find(|page| page.code == code) {
        return Ok(page);
    }
    let all = "`etcdplan explain` lists all codes".to_owned();
    let near = nearest(&code, ALL.iter().map(|page| page.code));
    let near = near.map(|near| format!("did you mean {near}?"));
    Err(Failure::new(
        Exit::Usage,
        Notice {
            ways_out: near.into_iter().chain([all]).collect(),
            ..Notice::error(format!("there is no code `{word}`"))
        },
    ))
}

/// A code as it is printed.
fn code(word: &str) -> String {
    let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let word = word.to_ascii_uppercase();
    let letter = if word.starts_with('W') { 'W' } else { 'E' };
    let digits = word.trim_start_matches(letter);
    format!("{letter}{digits:0>4}")
}

/// Every code, in a line each.
fn list(console: &Console) -> String {
    let mut sheet = Sheet::new(console.stdout);
    for (heading, beginnings) in GROUPS {
        sheet.gap();
        sheet.line(&[Span::new(Ink::Strong, heading)]);
        let belongs = |page: &&Page| beginnings.iter().any(|begin| page.code.starts_with(begin));
        for page in ALL.iter().filter(belongs) {
            let opening = Span::text(format!("  {}  ", page.code));
            sheet.paragraph(opening, page.title());
        }
    }
    sheet.gap();
    sheet.line(&[Span::text(
        "E refuses or fails, W warns. One of them: etcdplan explain E0310",
    )]);
    sheet.into_text()
}
