//! What a step by hand says, as it stands on a screen or in a log.

/// How far etcdplan's words are indented, and the commands below them.
const WORDS: &str = "      ";
const COMMANDS: &str = "          ";

/// What every instruction ends with: one that does not is not printed to its end yet.
const LAST_SENTENCES: [&str; 2] = [
    "The run goes on by itself when ",
    "Nothing in the cluster would show it",
];

/// One step by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Instruction {
    /// Its heading, which tells it from every other.
    pub(crate) heading: String,
    /// The machine.
    pub(crate) host: String,
    /// What is to be pasted there, as printed.
    pub(crate) commands: String,
}

/// All that are printed to their end.
pub(crate) fn all(text: &str) -> Vec<Instruction> {
    let mut found = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let Some((heading, host)) = heading(line) else {
            continue;
        };
        let (mut commands, mut words) = (String::new(), String::new());
        while let Some(line) = lines.next_if(|line| line.is_empty() || line.starts_with(WORDS)) {
            if line.starts_with(COMMANDS) {
                commands += line;
                commands.push('\n');
            } else {
                words += line.trim_start();
                words.push(' ');
            }
        }
        if LAST_SENTENCES
            .iter()
            .any(|sentence| words.contains(sentence))
        {
            found.push(Instruction {
                heading,
                host,
                commands,
            });
        }
    }
    found
}

/// `Step 2, by hand on 10.0.4.14: start etcd as infra3`
fn heading(line: &str) -> Option<(String, String)> {
    let heading = line.strip_prefix(WORDS)?;
    let (_, rest) = heading.split_once(", by hand on ")?;
    let (host, _) = rest.split_once(": ")?;
    (heading.starts_with("Step ")).then(|| (heading.to_owned(), host.to_owned()))
}
