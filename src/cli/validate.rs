//! `etcdplan validate`: files, offline, all problems at once.

use std::path::Path;

use crate::render::{Notice, counted, github};
use crate::topology::{self, Problems};

use super::args::{Validate, ValidateFormat};
use super::console::Console;
use super::exit::Exit;
use super::failure::Failure;
use super::{diagnostics, input};

/// Checks every file, whatever is wrong with the others.
pub(super) fn run(console: &Console, arguments: &Validate) -> Result<Exit, Failure> {
    let mut all = Vec::new();
    let mut errors = 0;
    for path in &arguments.files {
        let checked = check(path);
        errors += checked.errors;
        if arguments.format == ValidateFormat::Text {
            for notice in &checked.notices {
                console.note(&format!("{}\n", notice.text(console.stderr)));
            }
            console.tell(&checked.closing);
        }
        all.extend(checked.notices);
    }
    match arguments.format {
        ValidateFormat::Text => console.point(&all),
        ValidateFormat::Json => {
            let document = serde_json::json!({ "diagnostics": all });
            console.document(&format!("{document:#}\n"))?;
        }
        ValidateFormat::Github => {
            console.result(&all.iter().map(github).collect::<String>())?;
        }
    }
    Ok(if errors == 0 { Exit::Done } else { Exit::Error })
}

/// What was found in a file.
struct Checked {
    notices: Vec<Notice>,
    errors: usize,
    closing: String,
}

fn check(path: &Path) -> Checked {
    let file = path.display().to_string();
    let read = input::topology_bytes(path).map(|bytes| topology::read(&file, &bytes));
    let problems = match read {
        Ok(Ok(loaded)) => loaded.warnings,
        Ok(Err(problems)) => problems,
        Err(Failure { notices, .. }) => {
            return Checked {
                errors: notices.len(),
                notices,
                closing: String::new(),
            };
        }
    };
    Checked {
        notices: diagnostics::notices(&problems),
        errors: problems.errors(),
        closing: closing(&problems),
    }
}

/// The last line, where the eye ends.
fn closing(problems: &Problems) -> String {
    let file = crate::render::plain::plain(&problems.file);
    if problems.list.is_empty() {
        return format!("{file} is valid. Nothing was contacted.\n");
    }
    let counts = [
        (problems.errors(), "error"),
        (problems.warnings(), "warning"),
    ];
    let counts = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| counted(count, word));
    let counts = counts.collect::<Vec<_>>().join(", ");
    let told = match problems.untold_errors {
        0 => String::new(),
        _ => format!(", of which the first {} are told", problems.list.len()),
    };
    format!("{counts} in {file}{told}. Nothing was contacted.\n")
}
