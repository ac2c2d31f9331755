//! A text that is drawn over the one before it, on a terminal.
//!
//! One write for each text, from the first line of the one before: nothing is
//! cleared first, so nothing flickers. What stood above stays.

use std::fmt::Write as _;

use textwrap::core::display_width;

/// Clears the rest of the line.
const CLEAR_LINE: &str = "\u{1b}[K";

/// Clears everything below.
const CLEAR_BELOW: &str = "\u{1b}[J";

/// The size of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) columns: usize,
    pub(super) rows: usize,
}

/// What was drawn last.
#[derive(Debug, Default)]
pub(super) struct Screen {
    /// The width of each line.
    drawn: Vec<usize>,
}

impl Screen {
    /// What must be written to see this text instead of the one before.
    ///
    /// A line that is too long is cut, and so is a text: what has left the screen
    /// at its top cannot be drawn over.
    pub(super) fn frame(&mut self, text: &str, size: Size) -> String {
        let mut frame = String::new();
        let up = self.rows(size.columns);
        if up > 0 {
            // Writing to a string does not fail.
            let _ = write!(frame, "\r\u{1b}[{up}A");
        }
        // The cursor stands on the last row.
        let room = size.rows.saturating_sub(1).max(1);
        let lines: Vec<&str> = text.lines().collect();
        let shown = if lines.len() > room { room - 1 } else { room };
        let mut drawn: Vec<String> = lines
            .iter()
            .take(shown)
            .map(|line| cut(line, size.columns))
            .collect();
        if lines.len() > shown {
            let more = format!("... {} lines more", lines.len() - shown);
            drawn.push(cut(&more, size.columns));
        }
        for line in &drawn {
            frame.extend([line, CLEAR_LINE, "\n"]);
        }
        frame.push_str(CLEAR_BELOW);
        self.drawn = drawn.iter().map(|line| display_width(line)).collect();
        frame
    }

    /// How many rows it takes: a terminal that has become narrower has wrapped its lines.
    fn rows(&self, columns: usize) -> usize {
        let rows = |width: &usize| width.div_ceil(columns.max(1)).max(1);
        self.drawn.iter().map(rows).sum()
    }
}

/// As much of a line as fits.
fn cut(line: &str, columns: usize) -> String {
    let mut width = 0;
    let fits = |character: &char| {
        width += display_width(character.encode_utf8(&mut [0; 4]));
        width <= columns
    };
    line.chars().take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(frame: &str) -> String {
        frame.replace('\u{1b}', "ESC").replace('\r', "CR")
    }

    #[test]
    fn a_text_is_drawn_over_the_one_before() {
        let mut screen = Screen::default();
        let size = Size {
            columns: 8,
            rows: 4,
        };
        assert_eq!(
            told(&screen.frame("one\n123456789\n", size)),
            "oneESC[K\n12345678ESC[K\nESC[J"
        );
        assert_eq!(
            told(&screen.frame("1\n2\n3\n4\n", size)),
            "CRESC[2A1ESC[K\n2ESC[K\n... 2 liESC[K\nESC[J"
        );
        let narrow = Size {
            columns: 4,
            rows: 9,
        };
        assert_eq!(told(&screen.frame("", narrow)), "CRESC[4AESC[J");
        assert_eq!(told(&screen.frame("北京", narrow)), "北京ESC[K\nESC[J");
    }
}
