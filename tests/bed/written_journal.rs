//! The journals that etcdplan writes, read line by line while it writes them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::tripwire::Side;

/// The journal files below a directory, and how much of each was read.
#[derive(Debug)]
pub struct WrittenJournal {
    directory: PathBuf,
    /// Each file, and how many bytes of it were read as lines.
    read: Vec<(PathBuf, usize)>,
    lines: usize,
    /// The file of the last line.
    last: PathBuf,
}

impl WrittenJournal {
    /// Those that appear in this directory or one below it.
    pub fn new(directory: PathBuf) -> Self {
        Self {
            directory,
            read: Vec::new(),
            lines: 0,
            last: PathBuf::new(),
        }
    }

    /// The next whole line, and the how-manieth it is.
    pub fn next_line(&mut self) -> Option<(usize, Vec<u8>)> {
        for path in journals(&self.directory) {
            if self.read.iter().all(|(known, _)| *known != path) {
                self.read.push((path, 0));
            }
        }
        for (path, read) in &mut self.read {
            let text = fs::read(&*path).unwrap_or_default();
            let rest = text.get(*read..).unwrap_or_default();
            if let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                *read += end + 1;
                self.lines += 1;
                self.last.clone_from(path);
                return Some((self.lines, rest.iter().take(end).copied().collect()));
            }
        }
        None
    }

    /// Cuts all that follows the line that was read last off its file, and with [`Side::Before`]
    /// that line as well, as if it had not been written.
    pub fn cut(&mut self, side: Side) {
        let Some((path, read)) = self.read.iter_mut().find(|(path, _)| *path == self.last) else {
            return;
        };
        if side == Side::Before {
            let text = fs::read(&*path).unwrap_or_default();
            let before = text.get(..*read - 1).unwrap_or_default();
            let end = before.iter().rposition(|byte| *byte == b'\n');
            *read = end.map_or(0, |end| end + 1);
        }
        if let Ok(file) = fs::OpenOptions::new().write(true).open(&*path) {
            let _ = file.set_len(u64::try_from(*read).unwrap_or(0));
        }
    }
}

fn journals(directory: &Path) -> Vec<PathBuf> {
    let entries = |path: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    };
    let mut found: Vec<PathBuf> = entries(directory)
        .iter()
        .flat_map(|cluster| entries(cluster))
        .filter(|path| path.extension().is_some_and(|name| name == "jsonl"))
        .collect();
    found.sort();
    found
}
