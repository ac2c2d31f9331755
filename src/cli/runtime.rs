//! The runtime of a command: everything happens on its thread.

use super::failure::Failure;

/// Waits for a future, and for nothing that it leaves behind.
///
/// A name that the system still looks up would hold up the end of the program:
/// that can take a resolver longer than every timeout here.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::error(format!("cannot start: {error}")))?;
    let ended = runtime.block_on(future);
    runtime.shutdown_background();
    Ok(ended)
}
