//! `etcdplan backup verify`: whether files are backups that can be restored.

use serde::Serialize;

use crate::cli::args::{BackupVerify, Format};
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::input;
use crate::etcd::backup::inspect;
use crate::render::{Notice, counted};

use super::report::{self, FORMAT_VERSION, Sheet};
use super::tool;

/// What was found, as JSON.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Findings {
    format_version: &'static str,
    backups: Vec<Sheet>,
    /// The files that are no backups.
    bad: Vec<Bad>,
}

#[derive(Clone, Debug, Serialize)]
struct Bad {
    path: String,
    code: Option<String>,
    reason: String,
}

/// Looks at every file, and fails if one is no backup.
pub(super) async fn run(console: &Console, arguments: &BackupVerify) -> Result<Exit, Failure> {
    let tool = tool(&arguments.reader).await;
    let mut text = String::new();
    let mut findings = Findings {
        format_version: FORMAT_VERSION,
        backups: Vec::new(),
        bad: Vec::new(),
    };
    let mut notices: Vec<Notice> = Vec::new();
    for path in &arguments.files {
        let failure = match inspect(path, &tool).await {
            Ok(inspection) => match inspection.outcome {
                Ok(content) => {
                    text += &report::checked(path, &content);
                    findings.backups.push(Sheet::of(path, &content));
                    continue;
                }
                Err(error) => Failure::from(error),
            },
            Err(error) => input::unreadable(path, &error.to_string()),
        };
        for notice in failure.notices {
            findings.bad.push(Bad {
                path: path.display().to_string(),
                code: notice.code.clone(),
                reason: notice.message.clone(),
            });
            notices.push(Notice {
                file: Some(path.display().to_string()),
                ..notice
            });
        }
    }
    match arguments.format {
        Format::Text => console.result(&text)?,
        Format::Json => console.document(&report::json(&findings))?,
    }
    if notices.is_empty() {
        return Ok(Exit::Done);
    }
    let (bad, all) = (notices.len(), arguments.files.len());
    console.failed(&Failure {
        exit: Exit::Error,
        notices,
    });
    if arguments.format == Format::Text {
        console.tell(&format!("{} checked, {bad} bad\n", counted(all, "file")));
    }
    Ok(Exit::Error)
}
