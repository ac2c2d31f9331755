//! Where the words of drivers go: the console puts them between its own lines.

/// Takes lines for people.
pub trait Output {
    /// Takes one line, without its end.
    fn line(&mut self, line: &str);
}

impl<F: FnMut(&str)> Output for F {
    fn line(&mut self, line: &str) {
        self(line);
    }
}
