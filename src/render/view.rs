//! How a plan is shown to people.

use super::palette::Palette;

/// How much is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Only what must be read: warnings, refusals, and the counts.
    Summary,
    /// What a reviewer needs.
    #[default]
    Normal,
    /// Every reason, and the difference line by line.
    Full,
}

/// How a plan is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct View<'a> {
    /// In which colours.
    pub palette: Palette,
    /// How much.
    pub detail: Detail,
    /// The command that performs it, if that is to be told.
    pub command: Option<&'a str>,
}
