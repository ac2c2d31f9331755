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
    let mut safe = String::with_capacity(text.len());
    for character in plain(text).chars() {
        match character {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '+' | '!' | '|'
            | '~' | '$' | '^' | '=' => {
                safe.push('\\');
                safe.push(character);
            }
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            // A mention, an address, and the name of a host are links without any mark.
            '@' | ':' | '.' => {
                safe.push(character);
                safe.push_str(BREAK);
            }
            _ => safe.push(character),
        }
    }
    unlinked(&safe)
}

/// Stands where a link would be seen, and shows nothing.
const BREAK: &str = "<!---->";

/// Takes the breaks out again where nothing can be a link.
fn unlinked(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((head, tail)) = rest.split_once(BREAK) {
        kept.push_str(head);
        let needs = match head.chars().last() {
            Some('@') => true,
            Some(':') => tail.starts_with("//"),
            Some('.') => head.to_ascii_lowercase().ends_with("www."),
            Some(_) | None => false,
        };
        if needs {
            kept.push_str(BREAK);
        }
        rest = tail;
    }
    kept.push_str(rest);
    // A line that begins so would be a list or a heading.
    match kept.chars().next() {
        Some('-') => format!("\\{kept}"),
        Some(_) | None => kept,
    }
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
        assert_eq!(prose("2/3 answer: m1, m2."), "2/3 answer: m1, m2.");
        assert_eq!(
            prose("<b>*x*</b> @team #1"),
            "&lt;b&gt;\\*x\\*&lt;/b&gt; @<!---->team \\#1"
        );
        assert_eq!(prose("at http://x"), "at http:<!---->//x");
        assert_eq!(prose("WWW.evil"), "WWW.<!---->evil");
        assert_eq!(prose("- x"), "\\- x");
    }

    #[test]
    fn a_marker_does_not_end_its_comment() {
        assert_eq!(marker("prod-eu.1"), "prod-eu.1");
        assert_eq!(marker("a--> b-"), "a-%2D%3E%20b%2D");
    }
}
