//! Why a command ends otherwise than it should, and how.

use crate::render::Notice;

use super::exit::Exit;

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
