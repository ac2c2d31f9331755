//! The time of this machine.

use std::time::{Duration, Instant, SystemTime};

use crate::apply::Clock;

/// Time since the program began to count.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    origin: Instant,
}

impl SystemClock {
    /// A clock that begins now.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that others take"
    )]
    pub fn start() -> Self {
        let origin = Instant::now();
        Self { origin }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.origin.elapsed()
    }

    async fn sleep(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }
}

/// The time of day, as a log line begins: UTC, whole seconds.
#[expect(
    clippy::disallowed_methods,
    reason = "a log tells when something happened; nothing is decided by it"
)]
pub fn time_of_day() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string()
}
