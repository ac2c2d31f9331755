//! What can happen to bytes on their way: a relay that changes one, cuts them off, or stops.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// What happens to the byte at some place of what a server sends on one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mischief {
    /// One bit of it is another.
    Flip(usize),
    /// The connection ends before it.
    Cut(usize),
    /// Nothing comes any more.
    Stop(usize),
}

/// A relay before a server. Dropping it closes every connection.
#[derive(Debug)]
pub(crate) struct Meddler {
    _connections: JoinSet<()>,
    done: Arc<AtomicBool>,
}

impl Meddler {
    /// Opens a relay at one address before another.
    pub(crate) async fn open(at: SocketAddr, server: SocketAddr, mischief: Mischief) -> Self {
        let listener = TcpListener::bind(at).await.unwrap();
        let done = Arc::new(AtomicBool::new(false));
        let mut connections = JoinSet::new();
        let told = Arc::clone(&done);
        connections.spawn(async move {
            let mut relays = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let told = Arc::clone(&told);
                relays.spawn(relay(client, server, mischief, told));
            }
        });
        Self {
            _connections: connections,
            done,
        }
    }

    /// Whether it has done what it was to do.
    pub(crate) fn is_done(&self) -> bool {
        self.done.load(Ordering::Relaxed)
    }
}

async fn relay(client: TcpStream, server: SocketAddr, mischief: Mischief, done: Arc<AtomicBool>) {
    let Ok(server) = TcpStream::connect(server).await else {
        return;
    };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let asks = async {
        let _ = tokio::io::copy(&mut from_client, &mut to_server).await;
    };
    let answers = async {
        let (mut passed, mut piece) = (0, vec![0; 16 << 10]);
        while let Ok(read @ 1..) = from_server.read(&mut piece).await {
            let (Mischief::Flip(at) | Mischief::Cut(at) | Mischief::Stop(at)) = mischief;
            if (passed..passed + read).contains(&at) {
                done.store(true, Ordering::Relaxed);
                match mischief {
                    Mischief::Flip(at) => piece[at - passed] ^= 0x10,
                    Mischief::Cut(at) => {
                        let _ = to_client.write_all(&piece[..at - passed]).await;
                        return;
                    }
                    Mischief::Stop(_) => std::future::pending().await,
                }
            }
            passed += read;
            if to_client.write_all(&piece[..read]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = asks => {}
        () = answers => {}
    }
}
