//! Bytes of a text, and lines and columns of them, found without walking the text again.

/// Every so many characters the byte is kept: what is between is counted.
const STRIDE: usize = 128;

/// How far an empty list or mapping is looked for behind its key.
const NEAR: usize = 1024;

/// The lines of a text, as YAML parsers count them.
#[derive(Clone, Debug)]
pub(super) struct Lines<'t> {
    text: &'t str,
    /// The byte and the number of the first character of each line.
    starts: Vec<(usize, usize)>,
    /// The byte of every character whose number is a multiple of the stride.
    marks: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// Counts the lines of a text.
    pub(super) fn of(text: &'t str) -> Self {
        let mut starts = vec![(0, 0)];
        let mut marks = Vec::new();
        for (number, (at, character)) in text.char_indices().enumerate() {
            if number.is_multiple_of(STRIDE) {
                marks.push(at);
            }
            let next = at + character.len_utf8();
            let is_break = match character {
                '\r' => text.as_bytes().get(next) != Some(&b'\n'),
                '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => true,
                _ => false,
            };
            if is_break {
                starts.push((next, number + 1));
            }
        }
        Self {
            text,
            starts,
            marks,
        }
    }

    /// The byte at a line and a column, both from 1; columns count characters.
    pub(super) fn byte(&self, line: usize, column: usize) -> Option<usize> {
        let (_, first) = self.starts.get(line.checked_sub(1)?)?;
        let number = first + column.checked_sub(1)?;
        let Some(mark) = self.marks.get(number / STRIDE) else {
            return Some(self.text.len());
        };
        let rest = self.text.get(*mark..)?;
        let mut characters = rest.char_indices().skip(number % STRIDE);
        Some(
            characters
                .next()
                .map_or(self.text.len(), |(at, _)| mark + at),
        )
    }

    /// The line of a byte, from 1.
    pub(super) fn line(&self, byte: usize) -> usize {
        self.starts.partition_point(|(start, _)| *start <= byte)
    }

    /// Where an empty list or mapping begins whose key begins here.
    pub(super) fn after(&self, key: usize) -> Option<usize> {
        let rest = self.text.as_bytes().get(key..)?;
        let opens = |byte: &u8| matches!(byte, b'[' | b'{');
        rest.iter().take(NEAR).position(opens).map(|at| key + at)
    }

    /// Where a list or mapping begins whose first part begins here.
    pub(super) fn before(&self, first: usize, signs: &[char]) -> usize {
        let before = self.text.get(..first).unwrap_or("").trim_end();
        if before.ends_with(signs) {
            before.len() - 1
        } else {
            first
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_bytes_of_lines_and_columns() {
        let text = format!("é: 1\r\nb\r\u{2028}{}: [\n", "ü".repeat(300));
        let lines = Lines::of(&text);
        for (line, column, expected) in [
            (1, 1, "é: 1"),
            (1, 2, ": 1"),
            (2, 1, "b\r"),
            (3, 1, "\u{2028}"),
            (4, 300, "ü: ["),
            (4, 301, ": ["),
        ] {
            let byte = lines.byte(line, column).unwrap();
            assert!(
                text.get(byte..).unwrap().starts_with(expected),
                "{line}:{column}"
            );
            assert_eq!(lines.line(byte), line);
        }
        assert_eq!(lines.byte(5, 1), Some(text.len()));
        assert_eq!(lines.byte(6, 1), None);
    }
}
