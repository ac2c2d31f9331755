//! Where the words of drivers go: the console puts them between its own lines.

use std::future::ready;

/// Takes lines for people, and may know one who answers.
pub trait Output {
    /// Takes one line, without its end.
    fn line(&mut self, line: &str);

    /// Asks a question, and takes a line; `None` where nobody is there to answer.
    fn ask(&mut self, _question: &str) -> impl Future<Output = Option<String>> {
        ready(None)
    }
}

impl<F: FnMut(&str)> Output for F {
    fn line(&mut self, line: &str) {
        self(line);
    }
}
