//! Text from files and servers, made safe to show.
//!
//! A member's name comes from whoever started it: it may hold an escape
//! sequence that rewrites the screen, or a mark that turns the reading order
//! around. Every output passes what it did not write itself through [`plain`];
//! and whatever goes out to people goes through [`harmless`] at last, to programs
//! through [`json`], so that nothing is lost where somebody forgot.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::palette::Palette;

/// Returns the text with everything that acts instead of showing written out, as `\u{1b}`.
pub fn plain(text: &str) -> Cow<'_, str> {
    rewritten(text, acts, |character, safe| {
        safe.extend(character.escape_unicode());
    })
}

/// Returns a whole output for people without anything that acts, but for line breaks and, where
/// there are colours, the sequences of colours and weights.
pub fn harmless(text: &str, palette: Palette) -> Cow<'_, str> {
    if !text.contains(|c| c != '\n' && acts(c)) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let (head, tail) = rest.split_at(match palette {
            Palette::Colour => style(rest).unwrap_or(0),
            Palette::Plain => 0,
        });
        safe.push_str(head);
        rest = tail;
        if !head.is_empty() {
            continue;
        }
        if character == '\n' || !acts(character) {
            safe.push(character);
        } else {
            safe.extend(character.escape_unicode());
        }
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
    }
    Cow::Owned(safe)
}

/// The length of the sequence at the beginning that changes how text looks, and nothing else:
/// weights and colours, without those that hide it, move it, or make it blink.
fn style(text: &str) -> Option<usize> {
    let parameter = text.strip_prefix("\u{1b}[")?;
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    let digits = parameter.bytes().take(2).take_while(is_digit).count();
    let number: u8 = parameter.get(..digits)?.parse().ok()?;
    let is_known = matches!(number, 0..=4 | 22 | 30..=37 | 39 | 90..=97);
    (is_known && parameter.as_bytes().get(digits) == Some(&b'm')).then_some(digits + 3)
}

/// Returns a JSON text in which what acts is written as JSON writes it: the document stays the same.
///
/// serde escapes what is below U+0020 only, and a terminal obeys more than that.
pub fn json(text: &str) -> Cow<'_, str> {
    // Outside of strings JSON has no such character but white space.
    let is_to_go = |character| character != '\n' && acts(character);
    rewritten(text, is_to_go, |character, safe| {
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing to a string does not fail.
            let _ = write!(safe, "\\u{unit:04x}");
        }
    })
}

/// Returns the text with some characters written in another way.
fn rewritten(
    text: &str,
    is_to_go: impl Fn(char) -> bool,
    write: impl Fn(char, &mut String),
) -> Cow<'_, str> {
    if !text.contains(&is_to_go) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if is_to_go(character) {
            write(character, &mut safe);
        } else {
            safe.push(character);
        }
    }
    Cow::Owned(safe)
}

/// Whether a character is a control, a separator of lines, invisible, or turns the reading order.
///
/// These are Unicode's control and format characters, its separators, and what it calls ignorable
/// by default: two names that look the same must not be two.
pub(crate) const fn acts(character: char) -> bool {
    matches!(
        character,
        '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{ad}'
            | '\u{34f}'
            | '\u{600}'..='\u{605}'
            | '\u{61c}'
            | '\u{6dd}'
            | '\u{70f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{fffe}'..='\u{ffff}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_out_what_acts() {
        assert_eq!(plain("infra0 größer 北京"), "infra0 größer 北京");
        assert_eq!(plain("a\u{1b}[2Jb\nc"), "a\\u{1b}[2Jb\\u{a}c");
        assert_eq!(plain("\u{202e}dne\u{9b}"), "\\u{202e}dne\\u{9b}");
    }

    #[test]
    fn only_colours_go_out() {
        let text = "\u{1b}[1m\u{1b}[31mred\u{1b}[0m\n\u{1b}[2J\u{1b}[8m\u{1b}[31\r";
        assert_eq!(
            harmless(text, Palette::Colour),
            "\u{1b}[1m\u{1b}[31mred\u{1b}[0m\n\\u{1b}[2J\\u{1b}[8m\\u{1b}[31\\u{d}"
        );
        assert!(!harmless(text, Palette::Plain).contains('\u{1b}'));
        assert_eq!(harmless("größer\n", Palette::Plain), "größer\n");
    }

    #[test]
    fn a_document_stays_the_same() {
        let value = serde_json::json!({ "a": "\u{9b}2J\u{202e}\u{e0041}\u{1b}ö" });
        let written = format!("{value:#}\n");
        let safe = json(&written);
        assert!(!safe.contains(|c| c != '\n' && acts(c)), "{safe}");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&safe).unwrap(),
            value
        );
    }
}
