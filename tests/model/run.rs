//! A run of a plan, as the executor drives it: one look, one act.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use etcdplan::apply::errand;
use etcdplan::apply::halt::Halt;
use etcdplan::apply::host_action::HostAction;
use etcdplan::apply::progress::{Directive, Patience, Progress};
use etcdplan::apply::{Call, CallError, HostError, HostOutcome, ObserveError};
use etcdplan::backup::{BackupError, Order, Saved};
use etcdplan::member::MemberId;
use etcdplan::observation::Observation;
use etcdplan::plan::{Plan, Step};

/// More than any run takes: a run ends by its goal, by a rule, or by being ended.
const PATIENCE: Patience = Patience {
    step: Duration::from_secs(1_000_000_000),
    run: None,
    spent: Duration::ZERO,
};

/// How long a run waits for its next look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pause {
    /// Long enough for the second of two looks at a learner.
    Moment,
    /// Long enough for everything that a run gives time.
    Long,
}

impl Pause {
    fn span(self) -> Duration {
        match self {
            Self::Moment => Duration::from_millis(100),
            Self::Long => Duration::from_secs(31),
        }
    }
}

/// What a run has decided to do, and not done.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Errand {
    Call { via: MemberId, call: Call },
    Host(Box<HostAction>),
    Backup(Box<Order>),
}

/// Where a run is; its clones are the same moment.
#[derive(Clone)]
pub(crate) struct Run {
    moment: Arc<Moment>,
    /// Whether nothing has happened since its last look but its own doing.
    pub(crate) fresh: bool,
}

struct Moment {
    progress: Progress<'static>,
    plan: &'static Plan,
    now: Duration,
    errand: Option<Errand>,
    waits: bool,
    /// Whether this run has made its backup.
    saved: bool,
    digest: u64,
}

/// What came of a look.
pub(crate) enum Looked {
    GoesOn(Run),
    Finished,
    Halted(Halt),
}

impl Run {
    pub(crate) fn of(plan: &'static Plan) -> Self {
        Self::at(
            Progress::new(plan, PATIENCE.into()),
            plan,
            Duration::ZERO,
            None,
            false,
            false,
        )
    }

    fn at(
        mut progress: Progress<'static>,
        plan: &'static Plan,
        now: Duration,
        errand: Option<Errand>,
        waits: bool,
        saved: bool,
    ) -> Self {
        progress.take_events();
        let mut hasher = DefaultHasher::new();
        (progress.memory(now), &errand, waits, saved).hash(&mut hasher);
        let digest = hasher.finish();
        let fresh = errand.is_some();
        let moment = Moment {
            progress,
            plan,
            now,
            errand,
            waits,
            saved,
            digest,
        };
        Self {
            moment: Arc::new(moment),
            fresh,
        }
    }

    pub(crate) fn plan(&self) -> &'static Plan {
        self.moment.plan
    }

    pub(crate) fn step(&self) -> Option<&'static Step> {
        self.moment.progress.step()
    }

    /// What it has decided to do.
    pub(crate) fn errand(&self) -> Option<&Errand> {
        self.moment.errand.as_ref()
    }

    /// Whether it waits for its next look, and may wait for long.
    pub(crate) fn waits(&self) -> bool {
        self.moment.waits
    }

    /// Looks, and decides.
    pub(crate) fn look(&self, look: Result<Observation, ObserveError>, pause: Pause) -> Looked {
        let Moment {
            progress,
            plan,
            now,
            saved,
            ..
        } = &*self.moment;
        let mut progress = progress.clone();
        let now = *now + pause.span();
        let (errand, waits) = match progress.next(look, now) {
            Directive::Call { via, call } => (Some(Errand::Call { via, call }), false),
            Directive::Host(action) => (Some(Errand::Host(action)), false),
            Directive::Backup(order) => (Some(Errand::Backup(order)), false),
            Directive::Wait(_) => (None, true),
            Directive::Finished => return Looked::Finished,
            Directive::Halt(halt) => return Looked::Halted(halt),
        };
        Looked::GoesOn(Self::at(progress, plan, now, errand, waits, *saved))
    }

    /// The same run with another errand: for checks that must fail.
    pub(crate) fn with_errand(&self, errand: Errand) -> Self {
        let Moment {
            progress,
            plan,
            now,
            saved,
            ..
        } = &*self.moment;
        Self::at(progress.clone(), plan, *now, Some(errand), false, *saved)
    }

    /// The same run with its step's action on a host, whatever the gate says: for checks that must fail.
    pub(crate) fn forced(&self, look: &Observation) -> Option<Self> {
        let action = errand::of(self.plan(), self.step()?, look)?;
        Some(self.with_errand(Errand::Host(Box::new(action))))
    }

    /// The same run, which does nothing but wait: for checks that must fail.
    pub(crate) fn idle(&self) -> Self {
        let Moment {
            progress,
            plan,
            now,
            saved,
            ..
        } = &*self.moment;
        Self::at(progress.clone(), plan, *now, None, true, *saved)
    }

    /// The run after its call was answered.
    pub(crate) fn called(&self, answer: Result<(), CallError>) -> Self {
        let Moment {
            progress,
            plan,
            now,
            saved,
            ..
        } = &*self.moment;
        let mut progress = progress.clone();
        progress.called(answer, *now);
        Self::at(progress, plan, *now, None, false, *saved)
    }

    /// Whether it has made its backup.
    pub(crate) fn has_saved(&self) -> bool {
        self.moment.saved
    }

    /// The run after its backup.
    pub(crate) fn saved(&self, result: Result<Saved, BackupError>) -> Self {
        let is_there = result.is_ok();
        self.told(result, is_there)
    }

    /// The run that takes a backup for made which is not: for checks that must fail.
    pub(crate) fn deceived(&self, saved: Saved) -> Self {
        self.told(Ok(saved), false)
    }

    fn told(&self, result: Result<Saved, BackupError>, is_there: bool) -> Self {
        let Moment {
            progress,
            plan,
            now,
            ..
        } = &*self.moment;
        let mut progress = progress.clone();
        progress.saved(result, *now);
        Self::at(progress, plan, *now, None, false, is_there)
    }

    /// The run after its action on a host.
    pub(crate) fn performed(&self, result: Result<(), HostError>) -> Self {
        let Moment {
            progress,
            plan,
            now,
            saved,
            ..
        } = &*self.moment;
        let mut progress = progress.clone();
        progress.performed(result.map(|()| HostOutcome::Performed), *now);
        Self::at(progress, plan, *now, None, false, *saved)
    }
}

impl PartialEq for Run {
    fn eq(&self, other: &Self) -> bool {
        self.moment.digest == other.moment.digest && self.fresh == other.fresh
    }
}

impl Eq for Run {}

impl Hash for Run {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.moment.digest.hash(state);
        self.fresh.hash(state);
    }
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.step() {
            Some(step) => write!(f, "{} {} {}", step.id, step.kind, step.member)?,
            None => write!(f, "at its end")?,
        }
        match (&self.moment.errand, self.moment.waits) {
            (Some(Errand::Call { via, call }), _) => write!(f, ": sends {call:?} via {via}"),
            (Some(Errand::Host(action)), _) => {
                write!(f, ": {} on {}", action.kind.name(), action.place.host)
            }
            (Some(Errand::Backup(order)), _) => write!(f, ": saves a backup from {}", order.label),
            (None, true) => write!(f, ": waits"),
            (None, false) => write!(f, ": looks next"),
        }
    }
}
