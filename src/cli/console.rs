//! Standard output and standard error: the only place that writes to them.
//!
//! Standard output carries exactly what was asked for, standard error all
//! else. Colours, progress, and questions need a terminal; `NO_COLOR`,
//! `CLICOLOR_FORCE`, `TERM=dumb`, and `CI` are honoured.

use std::env;
use std::io::{self, IsTerminal as _, Write as _};

use anstream::{AutoStream, ColorChoice};
use rustix::termios::tcgetwinsize;

use crate::render::palette::Palette;
use crate::render::{Detail, Notice, narrow};

use super::args::{ColorWhen, Common, Format};
use super::exit::Exit;

/// What this run prints to, and how.
#[derive(Clone, Debug)]
pub struct Console {
    /// Colours on standard output.
    pub stdout: Palette,
    /// Colours on standard error.
    pub stderr: Palette,
    /// How much is told.
    pub detail: Detail,
    /// Whether somebody is there to answer.
    pub presence: Presence,
    /// How errors are printed.
    errors: Format,
}

/// Whether somebody is there to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// A person at a terminal.
    Terminal,
    /// A log.
    Log,
}

/// Why a run ends otherwise than it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// How it ends.
    pub exit: Exit,
    /// What is told; nothing where it was told already.
    pub notices: Vec<Notice>,
}

impl Failure {
    /// An error, in one line.
    pub fn error(message: impl Into<String>) -> Self {
        Self::new(Exit::Error, Notice::error(message))
    }

    /// One notice.
    pub fn new(exit: Exit, notice: Notice) -> Self {
        let notices = vec![notice];
        Self { exit, notices }
    }
}

impl<E: miette::Diagnostic> From<E> for Failure {
    /// An error that knows its code and a way out.
    fn from(error: E) -> Self {
        let help = error.help().map(|help| help.to_string());
        let lines = help.as_deref().unwrap_or_default().lines();
        let notice = Notice {
            code: error.code().map(|code| code.to_string()),
            details: lines.map(str::to_owned).collect(),
            ..Notice::error(error.to_string())
        };
        Self::new(Exit::Error, notice)
    }
}

impl Console {
    /// Looks at the terminal and the environment.
    pub fn new(common: Common, errors: Format) -> Self {
        let terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
        let presence =
            if terminal && !common.no_input && !is_set("ETCDPLAN_NO_INPUT") && !is_set("CI") {
                Presence::Terminal
            } else {
                Presence::Log
            };
        Self {
            stdout: palette(common.color, AutoStream::choice(&io::stdout())),
            stderr: palette(common.color, AutoStream::choice(&io::stderr())),
            detail: match (common.quiet, common.verbose) {
                (true, _) => Detail::Summary,
                (false, true) => Detail::Full,
                (false, false) => Detail::Normal,
            },
            presence,
            errors,
        }
    }

    /// Whether lines may be drawn over.
    pub fn can_redraw(&self) -> bool {
        let dumb = env::var("TERM").as_deref() == Ok("dumb");
        io::stderr().is_terminal() && !dumb && !is_set("CI")
    }

    /// Prints what was asked for.
    pub fn result(&self, text: &str) -> Result<(), Failure> {
        let mut stream = io::stdout().lock();
        let written = stream
            .write_all(text.as_bytes())
            .and_then(|()| stream.flush());
        match written {
            // Whoever reads has read enough: `etcdplan plan | head`.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Err(error) => Err(Failure::error(format!("cannot write the result: {error}"))),
            Ok(()) => Ok(()),
        }
    }

    /// Prints a text for people, as wide as the terminal.
    pub fn page(&self, text: &str) -> Result<(), Failure> {
        // Whoever is no terminal has no width.
        let size = tcgetwinsize(io::stdout()).ok();
        match size.map(|size| usize::from(size.ws_col)) {
            Some(columns) if columns > 0 => self.result(&narrow(text, columns)),
            Some(_) | None => self.result(text),
        }
    }

    /// Tells something beside the result; not with `--quiet`.
    pub fn tell(&self, text: &str) {
        if self.detail > Detail::Summary {
            self.note(text);
        }
    }

    /// Tells something beside the result, always.
    pub fn note(&self, text: &str) {
        write_stderr(text);
    }

    /// Tells why a run failed, as text or as one JSON document.
    pub fn failed(&self, failure: &Failure) {
        if failure.notices.is_empty() {
            return;
        }
        match self.errors {
            Format::Text => {
                for notice in &failure.notices {
                    self.note(&notice.text(self.stderr));
                }
            }
            Format::Json => {
                let document = serde_json::json!({ "diagnostics": failure.notices });
                self.note(&format!("{document:#}\n"));
            }
        }
    }
}

/// Tells what is wrong with a command line; what it asks for is not known, so it is looked for.
pub(super) fn misused(error: &clap::Error) {
    let arguments: Vec<String> = env::args().collect();
    let json = arguments.iter().any(|word| word == "--format=json")
        || arguments
            .windows(2)
            .any(|words| words == ["--format", "json"]);
    let text = match (
        json,
        palette(ColorWhen::Auto, AutoStream::choice(&io::stderr())),
    ) {
        (true, _) => {
            let message = error.render().to_string();
            let message = message.trim_start_matches("error: ").trim_end();
            let notice = Notice::error(message);
            format!("{:#}\n", serde_json::json!({ "diagnostics": [notice] }))
        }
        (false, Palette::Colour) => error.render().ansi().to_string(),
        (false, Palette::Plain) => error.render().to_string(),
    };
    // Other tools look for errors by this word.
    write_stderr(&text.replacen("error:", "Error:", 1));
}

fn write_stderr(text: &str) {
    // Nobody is left to tell that standard error is gone.
    let _gone = io::stderr().lock().write_all(text.as_bytes());
}

fn palette(wish: ColorWhen, automatic: ColorChoice) -> Palette {
    match (wish, automatic) {
        (ColorWhen::Always, _)
        | (ColorWhen::Auto, ColorChoice::Always | ColorChoice::AlwaysAnsi) => Palette::Colour,
        (ColorWhen::Never, _) | (ColorWhen::Auto, ColorChoice::Auto | ColorChoice::Never) => {
            Palette::Plain
        }
    }
}

/// Whether a switch of the environment is on: set, and not to a word for no.
fn is_set(name: &str) -> bool {
    let value = env::var(name).unwrap_or_default();
    !matches!(value.as_str(), "" | "0" | "false" | "no")
}
