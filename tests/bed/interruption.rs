//! Ctrl-C ends every cluster before it ends the program.

use std::process::exit;
use std::thread;

use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

use super::Outcome;

/// Clears what a run has made, when a signal ends it.
#[expect(clippy::exit, reason = "what is left of the run must not go on")]
pub fn clears(clear: impl FnOnce() + Send + 'static) -> Outcome<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let context = runtime.enter();
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let mut hung_up = signal(SignalKind::hangup())?;
    drop(context);
    thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = interrupted.recv() => {}
                _ = terminated.recv() => {}
                _ = hung_up.recv() => {}
            }
        });
        clear();
        exit(130);
    });
    Ok(())
}
