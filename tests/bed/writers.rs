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

/// How hard the writers press.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// One every few milliseconds, so that the servers keep the processor for what is tested.
    Steady,
    /// 200 in a tenth of a second, where a change is short; fewer as time goes by, when it is not.
    Dense,
    /// A few, so that many clusters at a time have room: for what is about loss and not about gaps.
    Light,
}

impl Pace {
    const fn writers(self) -> usize {
        match self {
            Self::Steady | Self::Dense => 240,
            Self::Light => 2,
        }
    }

    /// How long a writer rests after a write, this long after the first.
    fn pause(self, elapsed: Duration) -> Duration {
        match self {
            Self::Steady => STEADY,
            Self::Dense => (elapsed / 4).clamp(Duration::from_millis(50), STEADY),
            Self::Light => Duration::from_millis(100),
        }
    }
}

/// A pause with which the servers keep most of the processor.
const STEADY: Duration = Duration::from_millis(700);

/// A pause after a write that failed: after an outage every writer is back within this.
const RETRY: Duration = Duration::from_millis(15);

/// How long a write may take before the next endpoint is tried: one that waits at a member
/// without quorum would miss the moments after it.
const PATIENCE: Duration = Duration::from_millis(300);

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
    pub async fn start(endpoints: &[String], pace: Pace) -> Outcome<Self> {
        let mut clients = Vec::new();
        for endpoint in endpoints {
            clients.push(client::to(endpoint).await?.kv_client());
        }
        let stop = Arc::new(AtomicBool::new(false));
        let written = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = JoinSet::new();
        for number in 0..pace.writers() {
            tasks.spawn(write(
                number,
                pace,
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
    pace: Pace,
    mut clients: Vec<KvClient>,
    stop: Arc<AtomicBool>,
    written: Arc<Mutex<Vec<Written>>>,
) {
    let begun = Instant::now();
    let mut endpoint = number;
    let mut sequence = 0_u64;
    while !stop.load(Ordering::Relaxed) {
        let key = format!("{PREFIX}{number}/{sequence}");
        sequence += 1;
        endpoint %= clients.len();
        let Some(client) = clients.get_mut(endpoint) else {
            return;
        };
        let answer = timeout(PATIENCE, client.put(key.clone(), "", None)).await;
        if let Ok(Ok(answer)) = answer {
            let revision = answer.header().map_or(0, ResponseHeader::revision);
            let at = Instant::now();
            written
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(Written { key, revision, at });
            sleep(pace.pause(begun.elapsed())).await;
        } else {
            endpoint += 1;
            sleep(RETRY).await;
        }
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
