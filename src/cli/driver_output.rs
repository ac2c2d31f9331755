//! What a driver says and asks while a plan is performed, between the lines that tell of it.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use indicatif::ProgressBar;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::spawn_blocking;

use crate::host::{Output, Reply};
use crate::render::plain::plain;

use super::console::{Console, Presence};

/// A line that is redrawn, while there is one.
pub(super) type Line = Rc<RefCell<Option<ProgressBar>>>;

/// Puts the words of a driver between the lines of a reporter.
#[derive(Debug)]
pub struct DriverOutput<'a> {
    console: &'a Console,
    line: Line,
}

impl<'a> DriverOutput<'a> {
    /// Beside this line.
    pub(super) fn new(console: &'a Console, line: Line) -> Self {
        Self { console, line }
    }
}

impl Output for DriverOutput<'_> {
    fn line(&mut self, line: &str) {
        let words = format!("{}\n", format!("      {}", plain(line)).trim_end());
        match &*self.line.borrow() {
            Some(bar) => bar.suspend(|| self.console.note(&words)),
            None => self.console.note(&words),
        }
    }

    fn make_room(&mut self) {
        if let Some(bar) = self.line.take() {
            bar.finish_and_clear();
        }
    }

    async fn ask(&mut self, question: &str) -> Reply {
        if self.console.presence == Presence::Log {
            return Reply::Nobody;
        }
        self.make_room();
        let question = format!("      {}", plain(question));
        self.console.note(&question);
        let Ok(mut interrupts) = signal(SignalKind::interrupt()) else {
            return Reply::Nobody;
        };
        let mut answer = spawn_blocking(|| {
            let mut answer = String::new();
            let read = io::stdin().read_line(&mut answer).ok()?;
            (read > 0).then(|| answer.trim().to_owned())
        });
        // The step under way is not cut off: who interrupts it once still answers.
        let mut interrupted = false;
        loop {
            tokio::select! {
                answer = &mut answer => {
                    return answer.ok().flatten().map_or(Reply::Silence, Reply::Line);
                }
                _ = interrupts.recv() => {
                    if interrupted {
                        self.console.note("\n");
                        return Reply::Silence;
                    }
                    interrupted = true;
                    self.console.note(&format!("\n{question}"));
                }
            }
        }
    }
}
