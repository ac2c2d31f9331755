//! The last words of an etcd that ended.
//!
//! etcd logs a JSON object a line, 3.4 also lines of its own form, and Go adds
//! the stack of a panic. What a person needs of all this is one sentence.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// How many lines are told where none of them is of a known form.
const TAIL: usize = 3;

/// How long the log is.
pub(super) fn length(log: &Path) -> usize {
    let length = fs::metadata(log).ok().map(|file| file.len());
    length
        .and_then(|length| length.try_into().ok())
        .unwrap_or(0)
}

/// Why a process ended, in its own words, which begin at this byte of the log;
/// none where it said nothing.
pub(super) fn last_words(log: &Path, begin: usize) -> Option<String> {
    // A log may hold anything.
    let text = fs::read(log).ok()?;
    sentence(&String::from_utf8_lossy(text.get(begin..)?))
}

fn sentence(text: &str) -> Option<String> {
    let entries: Vec<_> = text.lines().filter_map(entry).collect();
    let grave = |levels: &[&str]| {
        let found = entries
            .iter()
            .rev()
            .find(|(level, _)| levels.contains(&level.as_str()));
        found.map(|(_, words)| words.clone())
    };
    grave(&["fatal", "panic", "C"])
        .or_else(|| grave(&["error", "E"]))
        .or_else(|| plain(text))
}

/// The level of a line, and what it says.
fn entry(line: &str) -> Option<(String, String)> {
    if let Ok(Value::Object(fields)) = serde_json::from_str(line) {
        let said = |name: &str| fields.get(name).and_then(Value::as_str);
        let words = said("msg")?.to_owned();
        let words = match said("error") {
            Some(error) => format!("{words}: {error}"),
            None => words,
        };
        return Some((said("level")?.to_owned(), words));
    }
    // 3.4: `2026-11-25 15:06:38.753994 C | etcdmain: member count is unequal`
    let (head, words) = line.split_once(" | ")?;
    let level = head.rsplit(' ').next()?;
    (level.len() == 1).then(|| (level.to_owned(), words.to_owned()))
}

/// The last lines that are no stack.
fn plain(text: &str) -> Option<String> {
    let of_stack = |line: &&str| {
        let starts = ["goroutine ", "\t", "created by ", "main.", "runtime.", "{"];
        line.trim().is_empty() || starts.iter().any(|start| line.starts_with(start))
    };
    let said = text.lines().filter(|line| !of_stack(line));
    let lines: Vec<_> = said.rev().take(TAIL).collect();
    let words = lines.into_iter().rev().collect::<Vec<_>>().join(" | ");
    (!words.is_empty()).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sentence_of_each_form() {
        let json = r#"{"level":"info","ts":"1","msg":"starting"}
{"level":"fatal","ts":"2","caller":"main.go:1","msg":"discovery failed","error":"member count is unequal","stacktrace":"go.etcd.io/etcd\n\t/main.go:1"}
{"level":"info","msg":"closed"}"#;
        let told = |text: &str| sentence(text).unwrap();
        assert_eq!(told(json), "discovery failed: member count is unequal");
        let old = "2026-11-25 15:06:38.753994 I | etcdmain: etcd Version: 3.4.23
2026-11-25 15:06:38.753994 C | etcdmain: member count is unequal";
        assert_eq!(told(old), "etcdmain: member count is unequal");
        let panic = "panic: tocommit is out of range

goroutine 1 [running]:
main.main()
\t/etcd/main.go:30 +0x1d";
        assert_eq!(told(panic), "panic: tocommit is out of range");
        assert_eq!(told("one\ntwo\nthree\nfour"), "two | three | four");
        assert_eq!(sentence("\n"), None);
    }
}
