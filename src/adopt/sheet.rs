//! The text of a file that grows line by line, with its comments.

use textwrap::{Options, WordSeparator, WordSplitter};

use crate::render::Notice;
use crate::render::plain::plain;

/// The column at which comments beside a line begin.
const MARGIN: usize = 34;

/// How long a comment line may be.
const WIDTH: usize = 90;

/// A text that grows line by line.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    text: String,
}

impl Sheet {
    /// What stands on it.
    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// Writes one line of YAML.
    pub(super) fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// Writes one line of YAML with a comment beside it.
    pub(super) fn noted(&mut self, text: &str, comment: &str) {
        if comment.is_empty() {
            self.line(text);
        } else {
            self.line(&format!("{text:<MARGIN$} # {}", plain(comment)));
        }
    }

    /// Writes lines of what could stand there, each with a comment beside it.
    pub(super) fn hints(&mut self, lines: &[(&str, &str)]) {
        for (text, comment) in lines {
            self.noted(text, comment);
        }
    }

    /// Writes comment lines.
    pub(super) fn remark(&mut self, text: &str) {
        self.indented("# ", "# ", text);
    }

    /// Writes a notice as comment lines.
    pub(super) fn notice(&mut self, notice: &Notice) {
        let code = notice.code.as_deref().unwrap_or_default();
        self.indented("# ", "#   ", &format!("{} [{code}]", notice.message));
        for detail in &notice.details {
            self.indented("#   ", "#   ", detail);
        }
        for way in &notice.ways_out {
            self.indented("#   * ", "#     ", way);
        }
    }

    fn indented(&mut self, first: &str, further: &str, text: &str) {
        let options = Options::new(WIDTH)
            .initial_indent(first)
            .subsequent_indent(further)
            .word_separator(WordSeparator::AsciiSpace)
            .word_splitter(WordSplitter::NoHyphenation)
            .break_words(false);
        for line in textwrap::wrap(&plain(text), options) {
            self.line(line.trim_end());
        }
    }
}
