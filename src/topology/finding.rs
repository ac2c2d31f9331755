//! A problem before its places are looked up in the text.

use crate::topology::node::{Node, Places};
use crate::topology::path::{Path, span};
use crate::topology::problem::{Code, Label, Problem};

/// A problem before its places are looked up in the text.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    code: Code,
    message: String,
    places: Vec<(Path, String)>,
    help: String,
}

impl Finding {
    /// A problem with one place.
    pub(super) fn at(
        code: Code,
        place: Path,
        message: impl Into<String>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            code,
            message: message.into(),
            places: vec![(place, label.into())],
            help: help.into(),
        }
    }

    /// The same problem with one place more.
    pub(super) fn and(mut self, place: Path, label: impl Into<String>) -> Self {
        self.places.push((place, label.into()));
        self
    }

    /// Its code.
    pub(super) fn code(&self) -> Code {
        self.code
    }

    /// The places, in the order of telling.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.places.iter().map(|(path, _)| path)
    }

    /// Where the first of its places begins.
    pub(super) fn start(&self, root: &Node, places: &Places) -> usize {
        let starts = self.paths().map(|path| path.find(root, places).0);
        starts.min().unwrap_or(0)
    }

    /// The problem, with its places in the text.
    pub(super) fn located(self, root: &Node, places: &Places, text: &str) -> Problem {
        let label = |(path, label): (Path, String)| {
            let (start, node) = path.find(root, places);
            Label {
                span: span(text, start, node),
                text: label,
            }
        };
        Problem {
            code: self.code,
            message: self.message,
            labels: self.places.into_iter().map(label).collect(),
            help: self.help,
        }
    }

    /// Whether the file can still be used.
    pub(super) fn is_warning(&self) -> bool {
        self.code.is_warning()
    }
}
