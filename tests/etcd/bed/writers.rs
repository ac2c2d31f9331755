//! Writers that never rest while members come and go.
//!
//! Each key is written once, so whether a write took effect is never guessed: an
//! acknowledged one must be found later, any other may or may not be.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use etcd_client::{KvClient, ResponseHeader};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::{Outcome, client};

/// Enough at once for 200 acknowledged writes in a tenth of a second.
const WRITERS: usize = 40;

/// A pause after each write, so that the servers keep some of the processor for what is tested.
const PAUSE: Duration = Duration::from_millis(4);

/// How long a write may take before the next endpoint is tried.
const PATIENCE: Duration = Duration::from_secs(1);

/// What every written key begins with.
pub const PREFIX: &str = "written/";

/// An acknowledged write.
#[derive(Clone, Debug)]
pub struct Written {
    pub key: String,
    pub revision: i64,
    pub at: Instant,
}

/// Writers under way.
#[derive(Debug)]
pub struct Writers {
    stop: Arc<AtomicBool>,
    written: Arc<Mutex<Vec<Written>>>,
    tasks: JoinSet<()>,
}

impl Writers {
    /// Starts writing to these endpoints, of which some may not exist yet.
    pub async fn start(endpoints: &[String]) -> Outcome<Self> {
        let mut clients = Vec::new();
        for endpoint in endpoints {
            clients.push(client::to(endpoint).await?.kv_client());
        }
        let stop = Arc::new(AtomicBool::new(false));
        let written = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = JoinSet::new();
        for number in 0..WRITERS {
            tasks.spawn(write(
                number,
                clients.clone(),
                Arc::clone(&stop),
                Arc::clone(&written),
            ));
        }
        let writers = Self {
            stop,
            written,
            tasks,
        };
        writers.first_write().await?;
        Ok(writers)
    }

    async fn first_write(&self) -> Outcome<()> {
        let begun = Instant::now();
        while self
            .written
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_empty()
        {
            if begun.elapsed() > Duration::from_secs(10) {
                return Err("no write was acknowledged before anything was changed".into());
            }
            sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// Ends the writing and returns every acknowledged write, in the order of the acknowledgements.
    pub async fn finish(mut self) -> Vec<Written> {
        self.stop.store(true, Ordering::Relaxed);
        while self.tasks.join_next().await.is_some() {}
        std::mem::take(&mut *self.written.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn write(
    number: usize,
    mut clients: Vec<KvClient>,
    stop: Arc<AtomicBool>,
    written: Arc<Mutex<Vec<Written>>>,
) {
    let mut endpoint = number;
    let mut sequence = 0_u64;
    while !stop.load(Ordering::Relaxed) {
        let key = format!("{PREFIX}{number}/{sequence}");
        sequence += 1;
        endpoint %= clients.len();
        let Some(client) = clients.get_mut(endpoint) else {
            return;
        };
        match timeout(PATIENCE, client.put(key.clone(), "", None)).await {
            Ok(Ok(answer)) => {
                let revision = answer.header().map_or(0, ResponseHeader::revision);
                let at = Instant::now();
                let mut written = written.lock().unwrap_or_else(PoisonError::into_inner);
                written.push(Written { key, revision, at });
            }
            Ok(Err(_)) | Err(_) => endpoint += 1,
        }
        sleep(PAUSE).await;
    }
}

/// How many of them fall into a span, and the longest time within it without any.
pub fn within(written: &[Written], from: Instant, to: Instant) -> (usize, Duration) {
    let inside: Vec<Instant> = written
        .iter()
        .map(|one| one.at)
        .filter(|at| (from..=to).contains(at))
        .collect();
    let ends = [&[from], inside.as_slice(), &[to]].concat();
    let longest = ends
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .max()
        .unwrap_or_default();
    (inside.len(), longest)
}
