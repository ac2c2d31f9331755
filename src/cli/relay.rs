//! `etcdplan relay`: connections to one address are passed on to another.

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::args::Relay;
use super::console::Console;
use super::exit::Exit;
use super::failure::Failure;
use super::runtime;
use super::signals::Signals;

/// Passes on until it is ended.
pub(super) fn run(console: &Console, arguments: &Relay) -> Result<Exit, Failure> {
    runtime::block_on(async {
        let mut signals = Signals::listen()?;
        signals.or_stop(passed_on(console, arguments)).await?
    })?
}

async fn passed_on(console: &Console, arguments: &Relay) -> Result<Exit, Failure> {
    let Relay { old, new } = arguments;
    let cannot = |error: std::io::Error| Failure::error(format!("cannot listen at {old}: {error}"));
    let listener = TcpListener::bind(old).await.map_err(cannot)?;
    console.note(&format!("What comes to {old} goes to {new}.\n"));
    let mut connections = JoinSet::new();
    loop {
        let (mut from, _) = listener.accept().await.map_err(cannot)?;
        let new = new.clone();
        connections.spawn(async move {
            // Whoever comes while the member is down tries again.
            if let Ok(mut to) = TcpStream::connect(new).await {
                let _ = copy_bidirectional(&mut from, &mut to).await;
            }
        });
        while connections.try_join_next().is_some() {}
    }
}
