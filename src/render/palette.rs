//! Colours: they only add to what the words and signs already say.

use anstyle::{AnsiColor, Style};

/// Whether an output is coloured; decided once, by whoever knows the terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Palette {
    /// No escape sequence at all.
    #[default]
    Plain,
    /// ANSI colours.
    Colour,
}

/// What a piece of text means, which gives it its colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ink {
    /// Nothing special.
    #[default]
    Text,
    /// A heading.
    Strong,
    /// Less important than its surroundings.
    Faint,
    /// Something is added.
    Added,
    /// Something leaves.
    Removed,
    /// Something changes, or is worth a second look.
    Changed,
    /// No member can be lost, or something is refused.
    Danger,
}

impl Palette {
    /// The text, in its colour if there are colours.
    pub fn paint(self, ink: Ink, text: &str) -> String {
        let style = self.style(ink);
        format!("{style}{text}{style:#}")
    }

    fn style(self, ink: Ink) -> Style {
        if self == Self::Plain {
            return Style::new();
        }
        match ink {
            Ink::Text => Style::new(),
            Ink::Strong => Style::new().bold(),
            Ink::Faint => Style::new().dimmed(),
            Ink::Added => AnsiColor::Green.on_default(),
            Ink::Removed => AnsiColor::Red.on_default(),
            Ink::Changed => AnsiColor::Yellow.on_default(),
            Ink::Danger => AnsiColor::Red.on_default().bold(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_is_plain() {
        assert_eq!(Palette::Plain.paint(Ink::Danger, "0"), "0");
        assert_eq!(Palette::Colour.paint(Ink::Text, "0"), "0");
        assert_eq!(
            Palette::Colour.paint(Ink::Danger, "0"),
            "\u{1b}[1m\u{1b}[31m0\u{1b}[0m"
        );
    }
}
