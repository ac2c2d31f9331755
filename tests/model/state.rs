//! One state of the exploration.

use std::fmt;
use std::hash::{Hash, Hasher};

use etcdplan::plan::Plan;

use crate::budget::Budget;
use crate::course::Course;
use crate::environment::Event;
use crate::law::{Breach, Law};
use crate::run::{Errand, Pause, Run};
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

impl State {
    /// What our side may do next.
    pub(crate) fn ours(&self, actions: &mut Vec<Action>) {
        let Some(run) = &self.run else {
            actions.push(Action::Begin);
            actions.extend(self.saved.map(|_| Action::Forget));
            return;
        };
        actions.push(Action::Die);
        let Some(errand) = run.errand() else {
            actions.push(Action::Look(Pause::Moment));
            actions.extend(run.waits().then_some(Action::Look(Pause::Long)));
            return;
        };
        actions.push(Action::Act(Course::Answered));
        let wrong: &[Course] = match errand {
            Errand::Call { .. } if self.budget.allows(self.budget.calls) => &Course::OF_CALLS,
            Errand::Host(_) if self.budget.allows(self.budget.hosts) => &Course::OF_ACTIONS,
            Errand::Backup(_) if self.budget.allows(self.budget.hosts) => &[Course::Failed],
            Errand::Call { .. } | Errand::Host(_) | Errand::Backup(_) => &[],
        };
        actions.extend(wrong.iter().copied().map(Action::Act));
    }

    /// What may happen without us.
    pub(crate) fn events(&self, events: &mut Vec<Event>) {
        let budget = self.budget;
        // What is bound to happen, happens before an act or after it: that it comes between a
        // look and an act is left to the faults.
        if self.run.as_ref().is_none_or(|run| run.errand().is_none()) {
            self.world.free_events(events);
        }
        if self.run.is_none() && self.asked {
            self.world.leftovers(events);
        }
        if budget.allows(budget.members) {
            self.world.faults(events);
        }
        if budget.allows(budget.elections) {
            self.world.elections(events);
        }
        if budget.allows(budget.foreign) {
            self.world.foreign(events);
        }
    }

    /// What comes of an event.
    pub(crate) fn after_event(&self, event: &Event) -> Option<Self> {
        let world = self.world.after_event(event)?;
        let mut next = Self {
            world,
            ..self.clone()
        };
        // A late call is our own doing, as long as nothing else has happened.
        let ours = matches!(event, Event::Arrive | Event::Vanish);
        let calm = self.world.flight.as_ref().is_some_and(|flight| flight.calm);
        if *event == Event::Arrive && calm && self.world.has_quorum() && !next.world.has_quorum() {
            next.breach = Some(Law::KeepsQuorum.broken("a call that came late".to_owned()));
        }
        if !ours && let Some(flight) = &mut next.world.flight {
            flight.calm = false;
        }
        if let Some(run) = &mut next.run {
            run.fresh = false;
        }
        Some(next)
    }

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
