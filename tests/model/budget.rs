//! What may go wrong in an exploration.

use crate::course::Course;
use crate::environment::Event;
use crate::state::Action;

/// What may go wrong, and how often: each kind, and all together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Budget {
    /// Processes that end or freeze.
    pub(crate) members: u8,
    /// Elections that nobody asked for.
    pub(crate) elections: u8,
    /// Calls whose answer is lost, that come late, never, or are refused for now.
    pub(crate) calls: u8,
    /// Driver's actions that fail, before or after they did something.
    pub(crate) hosts: u8,
    /// Changes by somebody else.
    pub(crate) foreign: u8,
    pub(crate) all: u8,
}

impl Budget {
    /// Each kind so often, and so many in all. Runs of ours may end anywhere, at no cost.
    pub(crate) const fn of(all: u8) -> Self {
        Self {
            members: all,
            elections: all,
            calls: all,
            hosts: all,
            foreign: all,
            all,
        }
    }

    /// Whether one more of a kind may go wrong, of which so many are left.
    pub(crate) fn allows(self, kind: u8) -> bool {
        kind > 0 && self.all > 0
    }

    /// Takes from the budget what an action costs.
    pub(crate) fn pay(&mut self, action: &Action) {
        let part = match action {
            Action::Act(Course::Answered)
            | Action::Begin
            | Action::Forget
            | Action::Die
            | Action::Look(_) => return,
            Action::Act(Course::Failed | Course::FailedAfter) => &mut self.hosts,
            Action::Act(Course::Lost | Course::Late | Course::Never | Course::NotYet) => {
                &mut self.calls
            }
            Action::Elsewhere(event) if !event.costs() => return,
            Action::Elsewhere(Event::Kill(_) | Event::Freeze(_)) => &mut self.members,
            Action::Elsewhere(Event::Depose(_)) => &mut self.elections,
            Action::Elsewhere(_) => &mut self.foreign,
        };
        *part -= 1;
        self.all -= 1;
        if self.all == 0 {
            // What it was spent on makes no difference any more, but for the excuse of a refusal.
            *self = Self {
                foreign: self.foreign,
                ..Self::of(0)
            };
        }
    }
}
