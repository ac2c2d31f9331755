//! `etcdplan validate`: files, offline, all problems at once.

use crate::render::counted;
use crate::topology::{self, Problems};

use super::args::{Format, Validate};
use super::console::{Console, Failure};
use super::exit::Exit;
use super::{diagnostics, input};

/// Checks every file, whatever is wrong with the others.
pub(super) fn run(console: &Console, arguments: &Validate) -> Result<Exit, Failure> {
    let mut all = Vec::new();
    let mut errors = 0;
    for path in &arguments.files {
        let file = path.display().to_string();
        let text = match input::text(path, input::LARGEST) {
            Ok(text) => text,
            Err(failure) => {
                errors += 1;
                all.extend(failure.notices.clone());
                if arguments.format == Format::Text {
                    console.failed(&failure);
                }
                continue;
            }
        };
        let problems = match topology::load(&file, &text) {
            Ok(loaded) => loaded.warnings,
            Err(problems) => problems,
        };
        errors += problems.errors();
        let notices = diagnostics::notices(&problems);
        if arguments.format == Format::Text {
            for notice in &notices {
                console.note(&format!("{}\n", notice.text(console.stderr)));
            }
            console.tell(&closing(&problems));
        }
        all.extend(notices);
    }
    if arguments.format == Format::Json {
        let document = serde_json::json!({ "diagnostics": all });
        console.document(&format!("{document:#}\n"))?;
    }
    Ok(if errors == 0 { Exit::Done } else { Exit::Error })
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
