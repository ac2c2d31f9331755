//! Standard output and standard error: the only place that writes to them.
//!
//! Standard output carries exactly what was asked for, standard error all
//! else. Colours, progress, and questions need a terminal; `NO_COLOR`,
//! `CLICOLOR_FORCE`, `TERM=dumb`, and `CI` are honoured.
//!
//! Nothing that acts on a terminal gets through, whoever wrote it: text for
//! people passes [`harmless`], JSON passes [`json`].

use std::borrow::Cow;
use std::cell::RefCell;
use std::env;
use std::io::{self, IsTerminal as _, Write as _};
use std::rc::Rc;

use anstream::{AutoStream, ColorChoice};
use rustix::termios::tcgetwinsize;

use crate::render::palette::Palette;
use crate::render::plain::{harmless, json};
use crate::render::{Detail, Notice, narrow, pointer};

use super::args::{ColorWhen, Common, Format};
use super::failure::Failure;
use super::screen::{Screen, Size};

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
    /// Where all of it goes.
    sink: Sink,
}

/// Where a console writes.
#[derive(Clone, Debug)]
enum Sink {
    /// The streams of this process.
    Process,
    /// Memory.
    Memory(Rc<RefCell<Written>>),
}

/// What was written to a console in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// To standard output.
    pub stdout: String,
    /// To standard error.
    pub stderr: String,
}

/// Whether anybody still reads standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// As far as is known.
    There,
    /// Nobody: `etcdplan status --watch | head`.
    Gone,
}

/// Whether somebody is there to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// A person at a terminal.
    Terminal,
    /// A log.
    Log,
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
            sink: Sink::Process,
        }
    }

    /// A console that keeps what is written to it, with nobody there to answer.
    pub fn in_memory(
        palette: Palette,
        detail: Detail,
        errors: Format,
    ) -> (Self, Rc<RefCell<Written>>) {
        let written = Rc::new(RefCell::new(Written::default()));
        let console = Self {
            stdout: palette,
            stderr: palette,
            detail,
            presence: Presence::Log,
            errors,
            sink: Sink::Memory(Rc::clone(&written)),
        };
        (console, written)
    }

    /// Whether lines of standard error may be drawn over.
    pub fn can_redraw(&self) -> bool {
        matches!(self.sink, Sink::Process) && io::stderr().is_terminal() && is_clever()
    }

    /// Prints what was asked for, for people.
    pub fn result(&self, text: &str) -> Result<(), Failure> {
        self.write(&harmless(text, self.stdout)).map(|_| ())
    }

    /// Prints a text for people, as wide as the terminal.
    pub fn page(&self, text: &str) -> Result<(), Failure> {
        self.result(&self.fitted(text))
    }

    /// Prints one of many texts for people.
    pub fn next_page(&self, text: &str) -> Result<Reader, Failure> {
        self.write(&harmless(&self.fitted(text), self.stdout))
    }

    /// Prints JSON.
    pub fn document(&self, text: &str) -> Result<(), Failure> {
        self.next_document(text).map(|_| ())
    }

    /// Prints one of many JSON documents.
    pub fn next_document(&self, text: &str) -> Result<Reader, Failure> {
        self.write(&json(text))
    }

    /// Prints a script or page that this program is made with, for another program.
    pub fn script(&self, text: &str) -> Result<(), Failure> {
        self.write(text).map(|_| ())
    }

    /// A screen on standard output, if it is one that can be drawn over.
    pub(super) fn screen(&self) -> Option<Screen> {
        let is_screen = matches!(self.sink, Sink::Process) && io::stdout().is_terminal();
        (is_screen && is_clever() && size().is_some()).then(Screen::default)
    }

    /// Draws a text for people over the one before.
    pub(super) fn draw(&self, screen: &mut Screen, text: &str) -> Result<Reader, Failure> {
        match size() {
            Some(size) => {
                let text = narrow(text, size.columns);
                self.write(&screen.frame(&harmless(&text, Palette::Plain), size))
            }
            None => self.next_page(text),
        }
    }

    fn fitted<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match (&self.sink, size()) {
            (Sink::Process, Some(size)) => Cow::Owned(narrow(text, size.columns)),
            (Sink::Process, None) | (Sink::Memory(_), _) => Cow::Borrowed(text),
        }
    }

    /// Writes to standard output.
    fn write(&self, text: &str) -> Result<Reader, Failure> {
        let Sink::Process = self.sink else {
            self.remember(|written| written.stdout.push_str(text));
            return Ok(Reader::There);
        };
        let mut stream = io::stdout().lock();
        let written = stream
            .write_all(text.as_bytes())
            .and_then(|()| stream.flush());
        match written {
            // Whoever reads has read enough: `etcdplan plan | head`.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Reader::Gone),
            Err(error) => Err(Failure::error(format!("cannot write the result: {error}"))),
            Ok(()) => Ok(Reader::There),
        }
    }

    fn remember(&self, note: impl FnOnce(&mut Written)) {
        if let Sink::Memory(written) = &self.sink {
            note(&mut written.borrow_mut());
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
        self.write_beside(&harmless(text, self.stderr));
    }

    fn write_beside(&self, text: &str) {
        match self.sink {
            Sink::Process => write_stderr(text),
            Sink::Memory(_) => self.remember(|written| written.stderr.push_str(text)),
        }
    }

    /// Tells where more of some notices can be read.
    pub fn point(&self, notices: &[Notice]) {
        self.tell(&pointer(notices).unwrap_or_default());
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
                self.point(&failure.notices);
            }
            Format::Json => {
                let document = serde_json::json!({ "diagnostics": failure.notices });
                self.write_beside(&json(&format!("{document:#}\n")));
            }
        }
    }
}

/// Tells what is wrong with a command line; what it asks for is not known, so it is looked for.
pub(super) fn misused(error: &clap::Error) {
    let arguments: Vec<String> = env::args().collect();
    let is_json = arguments.iter().any(|word| word == "--format=json")
        || arguments
            .windows(2)
            .any(|words| words == ["--format", "json"]);
    if is_json {
        let message = error.render().to_string();
        let message = message.trim_start_matches("error: ").trim_end();
        let document = serde_json::json!({ "diagnostics": [Notice::error(message)] });
        write_stderr(&json(&format!("{document:#}\n")));
        return;
    }
    let palette = palette(ColorWhen::Auto, AutoStream::choice(&io::stderr()));
    let text = match palette {
        Palette::Colour => error.render().ansi().to_string(),
        Palette::Plain => error.render().to_string(),
    };
    // Other tools look for errors by this word.
    write_stderr(&harmless(&text.replacen("error:", "Error:", 1), palette));
}

/// Hands candidates to the script of a shell, which reads them.
pub(super) fn answered(candidates: &[u8]) {
    // Nobody is left to tell that the shell is gone.
    let _gone = io::stdout().lock().write_all(candidates);
}

fn write_stderr(text: &str) {
    // Nobody is left to tell that standard error is gone.
    let _gone = io::stderr().lock().write_all(text.as_bytes());
}

/// The size of the terminal; whoever is none has none.
fn size() -> Option<Size> {
    let size = tcgetwinsize(io::stdout()).ok()?;
    let (columns, rows) = (usize::from(size.ws_col), usize::from(size.ws_row));
    (columns > 0).then_some(Size { columns, rows })
}

/// Whether a terminal can be more than written to.
fn is_clever() -> bool {
    env::var("TERM").as_deref() != Ok("dumb") && !is_set("CI")
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
