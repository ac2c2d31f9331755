//! The operator at the terminal, while a plan is performed: the first signal ends
//! the run after the step under way, Ctrl-C once more ends the waiting in it.

use std::io::{self, IsTerminal as _};

use crate::apply::attention::{Attention, Leave, Wish};
use crate::host::Output;
use crate::plan::{Plan, Step};
use crate::render::title;

use super::console::Console;
use super::prompt;
use super::signals::Signals;

/// The operator at the terminal, while a plan is performed.
pub(super) struct Operator<'a, O> {
    console: &'a Console,
    plan: &'a Plan,
    signals: Signals,
    /// Whether each step is asked for.
    pause: bool,
    output: O,
    told: Wish,
}

impl<'a, O: Output> Operator<'a, O> {
    /// An operator who is told things by way of this output.
    pub(super) fn new(
        console: &'a Console,
        plan: &'a Plan,
        signals: Signals,
        pause: bool,
        output: O,
    ) -> Self {
        Self {
            console,
            plan,
            signals,
            pause,
            output,
            told: Wish::GoOn,
        }
    }

    /// Says once what became of a signal.
    fn acknowledge(&mut self, wish: Wish) {
        if wish <= self.told {
            return;
        }
        self.told = wish;
        self.output.line(match wish {
            Wish::GoOn => return,
            Wish::StopAfterStep if io::stdin().is_terminal() => {
                "interrupted: the run ends after this step; Ctrl-C once more to stop waiting for it"
            }
            Wish::StopAfterStep => "interrupted: the run ends after this step",
            Wish::StopWaiting => "interrupted again: nothing more is waited for",
        });
    }
}

impl<O: Output> Attention for Operator<'_, O> {
    fn wish(&mut self) -> Wish {
        let wish = self.signals.read();
        self.acknowledge(wish);
        wish
    }

    async fn changed(&mut self) {
        self.signals.beyond(self.told).await;
    }

    async fn may_begin(&mut self, step: &Step) -> Leave {
        if !self.pause {
            return Leave::Unasked;
        }
        let question = format!(
            "step {}: {}? Enter goes on, anything else stops: ",
            step.id.0,
            title(self.plan, step)
        );
        self.output.make_room();
        let asked = prompt::ask(self.console, &question, &mut self.signals).await;
        match asked {
            Ok(Some(answer)) if answer.is_empty() => Leave::Given,
            Ok(_) | Err(_) => Leave::Refused,
        }
    }
}
