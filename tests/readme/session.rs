//! The code blocks of a Markdown file.

/// A command and what it prints.
pub(crate) struct Session {
    /// Where it stands, from 1.
    pub(crate) line: usize,
    pub(crate) command: String,
    pub(crate) printed: String,
}

/// The blocks in this language, each with the number of its first line.
pub(crate) fn blocks(markdown: &str, language: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut lines = markdown.lines().zip(1..);
    let fence = format!("```{language}");
    while let Some((line, number)) = lines.next() {
        if line == fence {
            let inside = lines.by_ref().map(|(line, _)| line);
            let text: Vec<&str> = inside.take_while(|line| *line != "```").collect();
            blocks.push((number + 1, text.join("\n")));
        }
    }
    blocks
}

/// The commands of all `console` blocks: `$ ` begins one, `> ` goes on with it.
pub(crate) fn all(markdown: &str) -> Vec<Session> {
    let mut sessions: Vec<Session> = Vec::new();
    for (first, block) in blocks(markdown, "console") {
        for (text, line) in block.lines().zip(first..) {
            if let Some(command) = text.strip_prefix("$ ") {
                sessions.push(Session {
                    line,
                    command: command.to_owned(),
                    printed: String::new(),
                });
                continue;
            }
            let session = sessions
                .last_mut()
                .expect("a console block begins with a command");
            match text.strip_prefix("> ") {
                Some(more) => session.command = format!("{}\n{more}", session.command),
                None => session.printed = format!("{}{text}\n", session.printed),
            }
        }
    }
    sessions
}
