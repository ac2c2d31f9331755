//! Where the words of drivers go: the console puts them between its own lines.

use std::future::ready;

/// Takes lines for people, and may know one who answers.
pub trait Output {
    /// Takes one line, without its end.
    fn line(&mut self, line: &str);

    /// Nothing is drawn over what follows, until the next event.
    fn make_room(&mut self) {}

    /// Asks a question, and takes a line.
    fn ask(&mut self, _question: &str) -> impl Future<Output = Reply> {
        ready(Reply::Nobody)
    }
}

/// What a question was answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// This line.
    Line(String),
    /// Nobody is there to be asked.
    Nobody,
    /// Whoever was asked has gone, or will not be asked.
    Silence,
}

impl<F: FnMut(&str)> Output for F {
    fn line(&mut self, line: &str) {
        self(line);
    }
}
