//! How long a step and a run have taken, and how long to pause between looks.

use std::fmt;
use std::time::Duration;

/// The shortest pause between two looks while something is awaited: what etcd
/// does by itself takes about as long (ETCD 8).
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);

/// The longest: a look costs every member a few requests.
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// A pause is this part of the time waited so far, so that waiting takes at
/// most 5 % longer than what is waited for: 250 ms of etcd's own 5 s (ETCD 0.6).
const PART: u32 = 20;

/// How long a step and a run may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// One step, without the time that its driver takes: a driver has limits of its own.
    pub step: Duration,
    /// The whole run, if there is a limit.
    pub run: Option<Duration>,
    /// How much of the run's time was taken by what came before.
    pub spent: Duration,
}

/// A limit that was exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// That of a step.
    Step(Duration),
    /// That of the whole run.
    Run(Duration),
}

/// The time of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pace {
    patience: Patience,
    run_began: Option<Duration>,
    step_began: Duration,
    /// Since when what is awaited now is awaited.
    waits_since: Duration,
    /// Since when a call or an action is under way.
    acts_since: Duration,
    /// What the step's driver took.
    excused: Duration,
}

impl Pace {
    pub(super) fn new(patience: Patience) -> Self {
        Self {
            patience,
            run_began: None,
            step_began: Duration::ZERO,
            waits_since: Duration::ZERO,
            acts_since: Duration::ZERO,
            excused: Duration::ZERO,
        }
    }

    /// The run has begun, if it had not.
    pub(super) fn run_begins(&mut self, now: Duration) {
        if self.run_began.is_none() {
            self.run_began = Some(now);
            self.step_begins(now);
        }
    }

    pub(super) fn step_begins(&mut self, now: Duration) {
        self.step_began = now;
        self.waits_since = now;
        self.excused = Duration::ZERO;
    }

    pub(super) fn act_begins(&mut self, now: Duration) {
        self.acts_since = now;
    }

    /// What was asked for is done: its effect is awaited from now on.
    pub(super) fn effect_is_due(&mut self, now: Duration) {
        self.waits_since = now;
    }

    pub(super) fn driver_ended(&mut self, now: Duration) {
        self.excused += now.saturating_sub(self.acts_since);
    }

    /// Since the step began.
    pub(super) fn elapsed(&self, now: Duration) -> Duration {
        now.saturating_sub(self.step_began)
    }

    /// Since what is awaited now is awaited.
    pub(super) fn awaited_for(&self, now: Duration) -> Duration {
        now.saturating_sub(self.waits_since)
    }

    /// How long to pause before the next look.
    pub(super) fn pause(&self, now: Duration) -> Duration {
        (self.awaited_for(now) / PART).clamp(SHORTEST_PAUSE, LONGEST_PAUSE)
    }

    /// The limit that is exceeded, if one is.
    pub(super) fn exceeded(&self, now: Duration) -> Option<Limit> {
        let step = self.elapsed(now).saturating_sub(self.excused);
        let began = self.run_began.unwrap_or(now);
        let of_run = self.patience.run;
        let taken = self.patience.spent + now.saturating_sub(began);
        let of_run = of_run.filter(|run| taken > *run);
        let of_step = (step > self.patience.step).then_some(self.patience.step);
        of_run.map(Limit::Run).or(of_step.map(Limit::Step))
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step(limit) => humantime::format_duration(*limit).fmt(f),
            Self::Run(limit) => write!(f, "the {} of the run", humantime::format_duration(*limit)),
        }
    }
}
