//! A machine that is cut off: its addresses neither accept nor refuse.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;

/// An address whose queue of connections is full.
#[derive(Debug)]
pub(crate) struct BlackHole {
    _listener: TcpListener,
    _queued: Vec<TcpStream>,
}

impl BlackHole {
    /// Opens it; whoever connects waits until it is dropped.
    pub(crate) async fn at(address: SocketAddr) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let listener = socket.listen(1)?;
        let mut queued = Vec::new();
        let dial = || timeout(Duration::from_millis(200), TcpStream::connect(address));
        while let Ok(Ok(stream)) = dial().await {
            queued.push(stream);
        }
        Ok(Self {
            _listener: listener,
            _queued: queued,
        })
    }
}
