//! A text of limited length that says what it leaves out.

/// What is kept free for the lines at the end.
const TAIL: usize = 1_500;

/// How many things that are left out are named.
const SHOWN: usize = 8;

/// A comment that grows until it is full.
#[derive(Debug)]
pub(super) struct Comment {
    text: String,
    limit: usize,
    left_out: Vec<String>,
}

impl Comment {
    /// An empty comment, which will not be longer than this many bytes.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            text: String::new(),
            limit,
            left_out: Vec::new(),
        }
    }

    /// A line that is never left out.
    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A paragraph.
    pub(super) fn paragraph(&mut self, text: &str) {
        self.block("a paragraph", &format!("{text}\n"));
    }

    /// A block of whole lines, or nothing.
    pub(super) fn block(&mut self, name: &str, text: &str) {
        if text.len() < self.room() {
            self.text.push('\n');
            self.text.push_str(text);
        } else {
            self.leave_out(name);
        }
    }

    /// A block of rows, as many as there is room for.
    pub(super) fn rows(&mut self, name: &str, open: &str, rows: Vec<String>, close: &str) {
        if rows.is_empty() {
            return;
        }
        let all = rows.len();
        let mut room = self.room().saturating_sub(open.len() + close.len() + 1);
        let fits = |row: &String| {
            let left = room.checked_sub(row.len() + 1);
            room = left.unwrap_or(0);
            left.is_some()
        };
        let kept: Vec<String> = rows.into_iter().take_while(fits).collect();
        if kept.len() < all {
            self.leave_out(&format!("{} of {all} {name}", all - kept.len()));
        }
        if !kept.is_empty() {
            let text = format!("\n{open}{}\n{close}", kept.join("\n"));
            self.text.push_str(&text);
        }
    }

    /// Notes that something is left out.
    pub(super) fn leave_out(&mut self, name: &str) {
        if !self.left_out.iter().any(|left| left == name) {
            self.left_out.push(name.to_owned());
        }
    }

    /// The last lines, which are never left out.
    pub(super) fn end(&mut self, text: &str) {
        if !self.left_out.is_empty() {
            let shown = self.left_out.iter().take(SHOWN).cloned();
            let more = self.left_out.len().saturating_sub(SHOWN);
            let more = (more > 0).then(|| format!("and {more} more"));
            let left_out = shown.chain(more).collect::<Vec<_>>().join(", ");
            let line = "**Left out here**, since a comment holds no more: ";
            for part in ["\n", line, &left_out, ". See the saved plan.\n"] {
                self.text.push_str(part);
            }
        }
        self.text.push('\n');
        self.text.push_str(text);
    }

    /// The text.
    pub(super) fn into_text(self) -> String {
        self.text
    }

    fn room(&self) -> usize {
        self.limit.saturating_sub(self.text.len() + TAIL)
    }
}
