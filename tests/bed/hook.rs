//! Where the driver's programs say that they are about to act, and that they have acted.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::bed::Outcome;
use crate::tripwire::{Passage, Side, Tripwire};

/// Answers `driver/hooked`. Dropping it lets every program that asks fail.
#[derive(Debug)]
pub struct Hook {
    _listener: JoinSet<()>,
}

impl Hook {
    pub async fn open(at: SocketAddr, tripwire: &Arc<Tripwire>) -> Outcome<Self> {
        let socket = TcpListener::bind(at)
            .await
            .map_err(|error| format!("no hook at {at}: {error}"))?;
        let tripwire = Arc::clone(tripwire);
        let mut listener = JoinSet::new();
        listener.spawn(async move {
            let mut programs = JoinSet::new();
            while let Ok((stream, _)) = socket.accept().await {
                programs.spawn(answer(stream, Arc::clone(&tripwire)));
            }
        });
        Ok(Self {
            _listener: listener,
        })
    }
}

/// One line asks, `before start m4@127.20.0.4`, and one says how to go on.
async fn answer(mut stream: TcpStream, tripwire: Arc<Tripwire>) {
    let (reader, mut writer) = stream.split();
    let mut asked = String::new();
    if BufReader::new(reader).read_line(&mut asked).await.is_err() {
        return;
    }
    let words: Vec<&str> = asked.split_whitespace().collect();
    let [side, action, member] = words.as_slice() else {
        return;
    };
    let side = if *side == "before" {
        Side::Before
    } else {
        Side::After
    };
    let what = format!("driver {action}");
    let passage = tripwire.reach(&what, member.as_bytes(), side).await;
    if let Passage::Late(late) = passage {
        sleep(late).await;
    }
    let go_on: &[u8] = match passage {
        Passage::Go | Passage::Late(_) => b"go\n",
        Passage::Cut => b"end\n",
    };
    // The program may have been ended meanwhile.
    let _ = writer.write_all(go_on).await;
}
