//! How long something must last before it counts.

use std::time::Duration;

/// How long a refusal must last before the run stops.
///
/// One slow answer makes a healthy member look unknown, and an election takes
/// one to two seconds (ETCD 1.5). etcd also refuses an addition whose id it
/// has seen before, and the id depends on the second in which it is made.
pub const GRACE: Duration = Duration::from_secs(3);

/// Since when something lasts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Grace {
    since: Option<Duration>,
}

impl Grace {
    /// Takes note that it lasts still; gives whether that is long enough.
    pub(super) fn is_over(&mut self, now: Duration) -> bool {
        let since = *self.since.get_or_insert(now);
        now.saturating_sub(since) >= GRACE
    }

    /// Whether it lasts, and if so, for long enough.
    pub(super) fn lasts(self, now: Duration) -> Option<bool> {
        self.since.map(|since| now.saturating_sub(since) >= GRACE)
    }

    /// It has passed.
    pub(super) fn reset(&mut self) {
        self.since = None;
    }
}
