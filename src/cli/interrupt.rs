//! Signals while a plan is performed: the first ends the run after the step
//! under way, Ctrl-C once more ends the waiting in it.
//!
//! SIGTERM and a terminal that is closed count as Ctrl-C once: neither cuts a
//! step off.

use std::future::poll_fn;
use std::io::{self, IsTerminal as _};
use std::task::{Context, Poll, Waker};

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::apply::attention::{Attention, Leave, Wish};
use crate::host::Output;
use crate::plan::{Plan, Step};
use crate::render::title;

use super::console::{Console, Failure};
use super::exit::Exit;
use super::prompt;

/// The signals that have come so far.
#[derive(Debug)]
pub(super) struct Signals {
    interrupt: Signal,
    others: [Signal; 2],
    wish: Wish,
}

impl Signals {
    /// Listens from now on: none of them ends the program any more.
    pub(super) fn listen() -> Result<Self, Failure> {
        let listen = |kind| {
            signal(kind)
                .map_err(|error| Failure::error(format!("cannot listen for signals: {error}")))
        };
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            others: [
                listen(SignalKind::terminate())?,
                listen(SignalKind::hangup())?,
            ],
            wish: Wish::GoOn,
        })
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Wish {
        while let Poll::Ready(Some(())) = self.interrupt.poll_recv(context) {
            self.wish = match self.wish {
                Wish::GoOn => Wish::StopAfterStep,
                Wish::StopAfterStep | Wish::StopWaiting => Wish::StopWaiting,
            };
        }
        for other in &mut self.others {
            while let Poll::Ready(Some(())) = other.poll_recv(context) {
                self.wish = self.wish.max(Wish::StopAfterStep);
            }
        }
        self.wish
    }

    /// What is wished for by now.
    fn read(&mut self) -> Wish {
        self.poll(&mut Context::from_waker(Waker::noop()))
    }

    /// Returns when more is wished for than this.
    async fn beyond(&mut self, known: Wish) -> Wish {
        poll_fn(|context| match self.poll(context) {
            wish if wish > known => Poll::Ready(wish),
            Wish::GoOn | Wish::StopAfterStep | Wish::StopWaiting => Poll::Pending,
        })
        .await
    }

    /// Waits for a future, unless a signal comes first: nothing has been changed by then.
    pub(super) async fn or_stop<T>(
        &mut self,
        future: impl Future<Output = T>,
    ) -> Result<T, Failure> {
        tokio::select! {
            biased;
            _ = self.beyond(Wish::GoOn) => Err(interrupted()),
            value = future => Ok(value),
        }
    }
}

/// A run that is interrupted before anything was changed.
fn interrupted() -> Failure {
    Failure {
        exit: Exit::Interrupted,
        ..Failure::error("interrupted; nothing was changed")
    }
}

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
            "\nstep {}: {}? Enter goes on, anything else stops: ",
            step.id.0,
            title(self.plan, step)
        );
        let asked = prompt::ask(self.console, &question, &mut self.signals).await;
        match asked {
            Ok(Some(answer)) if answer.is_empty() => Leave::Given,
            Ok(_) | Err(_) => Leave::Refused,
        }
    }
}
