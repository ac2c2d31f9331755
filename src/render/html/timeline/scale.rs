//! How the numbers and the moments of a timeline become places of its drawing.
//!
//! Numbers from a document may be anything: they are cut to the scale before
//! anything is reckoned with them.

use crate::quorum::Standing;

use super::moment::Moment;

/// Above the drawing, for words on columns.
pub(super) const TOP: usize = 24;
/// To the left, for the numbers of the axis and the names of the lines below.
pub(super) const LEFT: usize = 76;
/// To the right, for the names of the lines.
pub(super) const RIGHT: usize = 148;
/// Below, for the numbers of the steps and what can be lost.
pub(super) const BOTTOM: usize = 58;
/// How wide all columns of a row are, where they are not too narrow or too wide.
const WIDTH: usize = 924;
const NARROWEST: usize = 28;
const WIDEST: usize = 104;
/// How high the drawing is, about.
const HEIGHT: usize = 168;

/// How numbers become places; the same for all rows of a timeline.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    most: usize,
    pub(super) height: usize,
    pub(super) column: usize,
}

/// What stands for a while: from one place to another.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) standing: Standing,
}

/// One of the three lines.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Voters,
    Healthy,
    Quorum,
}

impl Line {
    pub(super) fn of(self, standing: Standing) -> usize {
        let Standing { voters, healthy } = standing;
        match self {
            Self::Voters => voters,
            Self::Healthy => healthy,
            Self::Quorum => standing.quorum(),
        }
    }

    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Voters => "voters",
            Self::Healthy => "healthy",
            Self::Quorum => "quorum",
        }
    }
}

impl Scale {
    /// A scale that holds every number of these moments.
    pub(super) fn of(moments: &[Moment<'_>], columns: usize) -> Self {
        let standings = moments
            .iter()
            .flat_map(|moment| [moment.before, moment.during, moment.after]);
        let tops = standings.map(|standing| {
            let Standing { voters, healthy } = standing;
            voters.max(healthy).max(standing.quorum())
        });
        let most = tops.max().unwrap_or(0).max(1);
        // Whole pixels for a voter, where there is room for that.
        let unit = (HEIGHT / most).min(40);
        let height = if unit > 12 { unit * most } else { HEIGHT };
        let column = (WIDTH / columns.max(1)).clamp(NARROWEST, WIDEST) / 4 * 4;
        Self {
            most,
            height,
            column,
        }
    }

    pub(super) fn y(self, count: usize) -> usize {
        let wide = |n: usize| u128::try_from(n).unwrap_or(u128::MAX);
        let up = wide(count.min(self.most)) * wide(self.height) / wide(self.most);
        TOP + self.height - usize::try_from(up).unwrap_or(self.height)
    }

    pub(super) fn x(self, column: usize) -> usize {
        LEFT + column * self.column
    }

    pub(super) fn bottom(self) -> usize {
        TOP + self.height
    }

    /// The numbers along the axis.
    pub(super) fn ticks(self) -> impl Iterator<Item = usize> {
        let apart = if self.most <= 9 {
            1
        } else {
            self.most.div_ceil(5)
        };
        (0..=self.most / apart).map(move |tick| tick * apart)
    }
}

/// What stands from where to where; neighbours that are alike are one.
pub(super) fn spans(row: &[Moment<'_>], scale: Scale) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut from = LEFT;
    for (quarters, standing) in row.iter().flat_map(Moment::spans) {
        let to = from + quarters * scale.column / 4;
        match spans.last_mut() {
            Some(last) if last.standing == standing => last.to = to,
            Some(_) | None => spans.push(Span { from, to, standing }),
        }
        from = to;
    }
    spans
}
