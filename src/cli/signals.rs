//! The signals that ask a run to end.
//!
//! SIGTERM and a terminal that is closed count as Ctrl-C once: neither cuts a
//! step off.

use std::future::poll_fn;
use std::task::{Context, Poll, Waker};

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::apply::attention::Wish;

use super::exit::Exit;
use super::failure::Failure;

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
    pub(super) fn read(&mut self) -> Wish {
        self.poll(&mut Context::from_waker(Waker::noop()))
    }

    /// Returns when more is wished for than this.
    pub(super) async fn beyond(&mut self, known: Wish) -> Wish {
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
