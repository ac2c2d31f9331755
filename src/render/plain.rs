//! Text from files and servers, made safe to show.
//!
//! A member's name comes from whoever started it: it may hold an escape
//! sequence that rewrites the screen, or a mark that turns the reading order
//! around. Every output passes what it did not write itself through [`plain`].

use std::borrow::Cow;

/// Returns the text with everything that acts instead of showing written out, as `\u{1b}`.
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if acts(character) {
            safe.extend(character.escape_unicode());
        } else {
            safe.push(character);
        }
    }
    Cow::Owned(safe)
}

/// Whether a character is a control, a separator of lines, invisible, or turns the reading order.
fn acts(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
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
}
