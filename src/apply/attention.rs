//! What the operator asks for while a plan is performed.

use crate::plan::Step;

/// Whether a run is to go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wish {
    /// To its end.
    #[default]
    GoOn,
    /// To the end of the step under way: Ctrl-C.
    StopAfterStep,
    /// No longer than the answer to a request under way: Ctrl-C once more.
    StopWaiting,
}

/// Whether a step may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// Nobody wants to be asked.
    Unasked,
    /// Somebody was asked, and said yes.
    Given,
    /// Somebody was asked, and did not.
    Refused,
}

/// Somebody who may interrupt a run.
pub trait Attention {
    /// What is wished for by now.
    fn wish(&mut self) -> Wish;

    /// Returns when the wish has become another one since it was last read; else never.
    fn changed(&mut self) -> impl Future<Output = ()>;

    /// Asks whether a step may begin (`--pause`).
    fn may_begin(&mut self, step: &Step) -> impl Future<Output = Leave>;
}

/// Nobody: a run that always goes on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Undisturbed;

impl Attention for Undisturbed {
    fn wish(&mut self) -> Wish {
        Wish::GoOn
    }

    async fn changed(&mut self) {
        std::future::pending::<()>().await;
    }

    async fn may_begin(&mut self, _step: &Step) -> Leave {
        Leave::Unasked
    }
}
