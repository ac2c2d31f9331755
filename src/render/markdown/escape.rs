//! Text of others in Markdown: nothing in it is markup, a link, or a mention.

use std::fmt::Write as _;

use crate::render::plain::plain;

/// A text as code: names, addresses, and codes.
///
/// Inside of code nothing acts but the mark that ends it, and in a table the bar.
pub(super) fn code(text: &str) -> String {
    let text = plain(text).replace('|', "\\|");
    let longest = longest_run(&text, '`');
    if longest == 0 && !text.starts_with(' ') && !text.ends_with(' ') && !text.is_empty() {
        return format!("`{text}`");
    }
    let mark = "`".repeat(longest + 1);
    format!("{mark} {text} {mark}")
}

/// A text as running text.
pub(super) fn prose(text: &str) -> String {
    let text = plain(text);
    let mut safe = String::with_capacity(text.len());
    for (place, character) in text.char_indices() {
        let rest = text.get(place..).unwrap_or_default();
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => {
                safe.push('\\');
                safe.push(character);
            }
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            // At the beginning of a line they would make a heading or a list.
            '#' | '-' | '+' | '=' if place == 0 => {
                safe.push('\\');
                safe.push(character);
            }
            _ => safe.push(character),
        }
        // A mention, the number of an issue, and an address are links without any mark.
        let links = match character {
            '@' | '#' => true,
            ':' => rest.starts_with("://"),
            '.' => ends_with_www(&safe),
            _ => false,
        };
        if links {
            safe.push_str(BREAK);
        }
    }
    safe
}

/// Stands where a link would be seen, and shows nothing.
const BREAK: &str = "<!---->";

fn ends_with_www(text: &str) -> bool {
    let last: String = text.chars().rev().take(4).collect();
    last.eq_ignore_ascii_case(".www")
}

/// A text as the cell of a table.
pub(super) fn cell(text: &str) -> String {
    prose(text)
}

/// The lines that open and close a block of code which holds these lines.
pub(super) fn fence(language: &str, lines: &[String]) -> (String, String) {
    let longest = lines.iter().map(|line| longest_run(line, '`')).max();
    let mark = "`".repeat(longest.unwrap_or(0).max(2) + 1);
    (format!("{mark}{language}\n"), format!("{mark}\n"))
}

/// A text as it stands, in a block.
pub(super) fn verbatim(text: &str) -> String {
    let lines: Vec<String> = text.trim().lines().map(str::to_owned).collect();
    let (open, close) = fence("text", &lines);
    format!("{open}{}\n{close}", lines.join("\n"))
}

/// A text as a word inside of an HTML comment, which two dashes would end.
pub(super) fn marker(text: &str) -> String {
    let mut word = String::new();
    for byte in text.bytes() {
        let is_word = byte.is_ascii_alphanumeric() || b"._".contains(&byte);
        if is_word || (byte == b'-' && !word.ends_with('-') && !word.is_empty()) {
            word.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(word, "%{byte:02X}");
        }
    }
    match word.strip_suffix('-') {
        Some(head) => format!("{head}%2D"),
        None => word,
    }
}

fn longest_run(text: &str, mark: char) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for character in text.chars() {
        run = if character == mark { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_stays_code() {
        assert_eq!(code("m1"), "`m1`");
        assert_eq!(code("a`b``c"), "``` a`b``c ```");
        assert_eq!(code("a|b\n"), "`a\\|b\\u{a}`");
        assert_eq!(code(""), "`  `");
    }

    #[test]
    fn prose_is_no_markup() {
        assert_eq!(prose("2/3 (of m1) answer!"), "2/3 (of m1) answer!");
        assert_eq!(
            prose("<b>*x*</b> @team #1"),
            "&lt;b&gt;\\*x\\*&lt;/b&gt; @<!---->team #<!---->1"
        );
        assert_eq!(prose("at http://x"), "at http:<!---->//x");
        assert_eq!(prose("WWW.evil"), "WWW.<!---->evil");
        assert_eq!(prose("- x"), "\\- x");
        assert_eq!(prose("# x"), "\\#<!----> x");
    }

    #[test]
    fn a_marker_does_not_end_its_comment() {
        assert_eq!(marker("prod-eu.1"), "prod-eu.1");
        assert_eq!(marker("a--> b-"), "a-%2D%3E%20b%2D");
    }
}
