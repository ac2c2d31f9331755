//! A text for people on a terminal that is narrower than the text is laid out for.

use textwrap::core::display_width;
use textwrap::{Options, WordSeparator, WordSplitter};

/// How many spaces stay where more of them only filled a line.
const GAP: &str = "  ";

/// Fits a text into so many columns: what fits stays as it is; of the rest the
/// fill goes first, then words go to lines of their own, indented. No word is cut.
pub fn narrow(text: &str, columns: usize) -> String {
    let mut narrow = String::with_capacity(text.len());
    for line in text.lines() {
        if display_width(line) <= columns {
            narrow.push_str(line);
        } else {
            let told = line.trim_start();
            let indent = line.get(..line.len() - told.len()).unwrap_or_default();
            wrap(&mut narrow, indent, &without_fill(told), columns);
        }
        narrow.push('\n');
    }
    narrow
}

/// The words with no more than a gap between them.
fn without_fill(told: &str) -> String {
    let mut words = told.split(' ').peekable();
    let mut line = String::new();
    while let Some(word) = words.next() {
        line.push_str(word);
        let mut spaces = 1;
        while words.next_if_eq(&"").is_some() {
            spaces += 1;
        }
        if words.peek().is_some() {
            line.push_str(if spaces > 1 { GAP } else { " " });
        }
    }
    line
}

fn wrap(into: &mut String, indent: &str, told: &str, columns: usize) {
    let further = format!("{indent}{GAP}");
    let options = Options::new(columns)
        .initial_indent(indent)
        .subsequent_indent(&further)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .break_words(false);
    into.push_str(&textwrap::wrap(told, options).join("\n"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fill_goes_first_and_then_words_wrap() {
        let text = "Steps                                3 of 3, can lose 1
  + 1  add infra3 as a learner                                   by the API
       \u{1b}[32mhttp://10.0.4.14:2380\u{1b}[0m

";
        let told = narrow(text, 40).replace('\u{1b}', "ESC");
        insta::assert_snapshot!(told, @r"
        Steps  3 of 3, can lose 1
          + 1  add infra3 as a learner  by the
            API
               ESC[32mhttp://10.0.4.14:2380ESC[0m
        ");
        assert_eq!(narrow(text, 80), text);
        let url = "  http://a-host-with-a-long-name.example:2380\n";
        assert_eq!(narrow(url, 10), url, "no word is cut");
    }
}
