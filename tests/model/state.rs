//! One state of the exploration.

use std::fmt;
use std::hash::{Hash, Hasher};

use etcdplan::plan::Plan;

use crate::environment::Event;
use crate::law::Breach;
use crate::run::{Pause, Run};
use crate::scenario::Budget;
use crate::world::World;

/// The world, our run in it, and what may still go wrong.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) world: World,
    /// Absent: nothing of ours runs.
    pub(crate) run: Option<Run>,
    /// The plan that the next run takes up.
    pub(crate) saved: Option<&'static Plan>,
    /// Whether a driver has asked for a directory to be cleared.
    pub(crate) asked: bool,
    pub(crate) budget: Budget,
    pub(crate) breach: Option<Breach>,
}

/// What happens next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// A run begins.
    Begin,
    /// Somebody plans anew.
    Forget,
    /// Our run ends here, whatever it was about to do.
    Die,
    Look(Pause),
    Act(Course),
    Elsewhere(Event),
}

/// How what a run sends goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Course {
    /// It is done, or refused, and answered.
    Answered,
    /// A call takes effect, and its answer is lost.
    Lost,
    /// A call takes effect when nobody waits for it any more.
    Late,
    /// A call gets nowhere, and nobody says so.
    Never,
    /// etcd refuses the call for now.
    NotYet,
    /// An action on a host fails, and has done nothing.
    Failed,
    /// An action on a host fails, and is done.
    FailedAfter,
}

impl State {
    fn parts(
        &self,
    ) -> (
        &World,
        &Option<Run>,
        Option<&str>,
        bool,
        Budget,
        &Option<Breach>,
    ) {
        let saved = self.saved.map(|plan| plan.plan_id.as_str());
        (
            &self.world,
            &self.run,
            saved,
            self.asked,
            self.budget,
            &self.breach,
        )
    }
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for State {}

impl Hash for State {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.world)?;
        if let Some(run) = &self.run {
            write!(f, " | {run:?}")?;
        }
        if let Some(breach) = &self.breach {
            write!(f, " | BROKEN {:?}: {}", breach.law, breach.how)?;
        }
        Ok(())
    }
}
