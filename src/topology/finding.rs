//! A problem before its places are looked up in the text.

use crate::topology::node::Node;
use crate::topology::path::Path;
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

    /// The problem, with its places in the text.
    pub(super) fn located(self, root: &Node, text: &str) -> Problem {
        let label = |(path, label): (Path, String)| Label {
            span: path.span(root, text),
            text: label,
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
