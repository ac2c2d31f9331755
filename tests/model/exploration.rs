//! Every state that a scenario can come to.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Mutex;

use etcdplan::apply::ObserveError;
use etcdplan::apply::halt::Halt;
use etcdplan::diff::Requests;
use etcdplan::plan::{self, Options, Plan, Source};
use etcdplan::safety::Outage;
use etcdplan::topology::Topology;
use miette::Diagnostic as _;
use stateright::{Model, Property};

use crate::budget::Budget;
use crate::law::Law;
use crate::ledger::{Excuse, Ledger};
use crate::machines::{HOLDS_DATA, RUNS_ANOTHER};
use crate::run::{Looked, Pause, Run};
use crate::sabotage::Sabotage;
use crate::scenario::{Again, Scenario, is_reached};
use crate::state::{Action, State};
use crate::world::World;

/// The code of a cluster that has lost its quorum.
const NO_QUORUM: &str = "E0301";

/// The code of a cluster in which nobody answers.
const UNSEEN: &str = "E0402";

/// A scenario as a model.
pub(crate) struct Exploration {
    pub(crate) scenario: Scenario,
    topology: Topology,
    budget: Budget,
    sabotage: Sabotage,
    /// Plans by what was seen; they live as long as the test.
    plans: Mutex<BTreeMap<u64, &'static Plan>>,
    pub(crate) ledger: Mutex<Ledger>,
}

impl Exploration {
    pub(crate) fn new(scenario: Scenario, budget: Budget, sabotage: Sabotage) -> Self {
        Self {
            scenario,
            topology: scenario.topology(),
            budget,
            sabotage,
            plans: Mutex::default(),
            ledger: Mutex::default(),
        }
    }

    fn refuse(&self, state: &State, code: &str) {
        self.ledger
            .lock()
            .unwrap()
            .refuse(state, code, self.excuse(state, code));
    }

    /// Whether the goal may be out of reach where a rule refuses every plan: somebody else has
    /// changed the members, or nobody answers within an outage that was allowed.
    fn excuse(&self, state: &State, code: &str) -> Excuse {
        let is_foreign = state.budget.foreign < self.budget.foreign;
        let is_excused = match code {
            NO_QUORUM => is_foreign && !state.world.healed().has_quorum(),
            UNSEEN if self.scenario.outage == Outage::Allowed => true,
            _ => is_foreign,
        };
        if is_excused {
            Excuse::Given
        } else {
            Excuse::Missing
        }
    }

    /// The plan on what is seen, or the code of why nothing is.
    fn plan(&self, world: &World) -> Result<&'static Plan, String> {
        let unseen = |error: ObserveError| {
            error
                .code()
                .map(|code| code.to_string())
                .unwrap_or_default()
        };
        let look = world.look().map_err(unseen)?;
        let mut hasher = DefaultHasher::new();
        look.hash(&mut hasher);
        let mut plans = self.plans.lock().unwrap();
        Ok(plans.entry(hasher.finish()).or_insert_with(|| {
            let options = Options {
                source: Source::default(),
                requests: Requests::default(),
                outage: self.scenario.outage,
                ..Options::default()
            };
            Box::leak(Box::new(plan::build(&self.topology, &look, &options)))
        }))
    }

    fn begin(&self, state: &State) -> Option<State> {
        let plan = match state.saved {
            Some(plan) => plan,
            None => match self.plan(&state.world) {
                Ok(plan) => plan,
                Err(error) => {
                    self.refuse(state, &error);
                    return None;
                }
            },
        };
        if !plan.applyable {
            let code = plan
                .refusals
                .first()
                .map_or("", |refusal| refusal.code.as_str());
            self.refuse(state, code);
            return None;
        }
        if plan.steps.is_empty() {
            return None;
        }
        Some(State {
            run: Some(Run::of(plan)),
            asked: false,
            saved: match self.scenario.again {
                Again::Planned => None,
                Again::Saved => Some(plan),
            },
            ..state.clone()
        })
    }

    fn look(&self, state: &State, run: &Run, pause: Pause) -> State {
        let look = state.world.look();
        let looked = run.look(look.clone(), pause);
        let mut next = state.clone();
        match looked {
            Looked::GoesOn(run) => {
                let run = look.map_or(run.clone(), |look| self.sabotage.distort(&run, &look));
                next.run = Some(run);
            }
            Looked::Finished => {
                next.run = None;
                next.saved = None;
            }
            Looked::Halted(halt) => {
                self.ledger.lock().unwrap().halt(halt.code());
                next.run = None;
                let told = |words| matches!(&halt, Halt::HostFailed { message, .. } if message.contains(words));
                next.asked = told(HOLDS_DATA);
                if told(RUNS_ANOTHER) {
                    self.refuse(&next, halt.code());
                }
            }
        }
        next
    }
}

impl Model for Exploration {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            world: self.scenario.world(),
            run: None,
            saved: None,
            asked: false,
            budget: self.budget,
            breach: None,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.breach.is_none() {
            state.ours(actions);
            let mut events = Vec::new();
            state.events(&mut events);
            actions.extend(events.into_iter().map(Action::Elsewhere));
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = match (&action, &state.run) {
            (Action::Begin, None) => self.begin(state),
            (Action::Forget, None) => Some(State {
                saved: None,
                ..state.clone()
            }),
            (Action::Die, Some(_)) => Some(State {
                run: None,
                ..state.clone()
            }),
            (Action::Look(pause), Some(run)) => Some(self.look(state, run, *pause)),
            (Action::Act(course), Some(run)) => course.taken(state, run),
            (Action::Elsewhere(event), _) => state.after_event(event),
            _ => None,
        }?;
        next.budget.pay(&action);
        if next.run.is_none() && next.saved.is_none() {
            next.world.forget_starts();
        }
        let is_goal = is_reached(&self.topology, &next.world);
        self.ledger
            .lock()
            .unwrap()
            .step(state, &action, &next, is_goal);
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        fn keeps(state: &State, law: Law) -> bool {
            state.breach.as_ref().is_none_or(|breach| breach.law != law)
        }
        vec![
            Property::always("quorum is kept", |_, s: &State| keeps(s, Law::KeepsQuorum)),
            Property::always("one voter at a time", |_, s: &State| {
                keeps(s, Law::OneVoter)
            }),
            Property::always("nothing outside the plan", |_, s: &State| {
                keeps(s, Law::WithinPlan)
            }),
            Property::always("nothing is added twice", |_, s: &State| {
                keeps(s, Law::AddsOnce)
            }),
            Property::always("one process for a member", |_, s: &State| {
                keeps(s, Law::OneProcess)
            }),
            Property::always("no start without data", |_, s: &State| {
                keeps(s, Law::NoEmptyStart)
            }),
            Property::always("the backup comes first", |_, s: &State| {
                keeps(s, Law::BackupFirst)
            }),
            Property::always("no data is cleared", |_, s: &State| keeps(s, Law::NoWipe)),
            Property::always("no leader goes down", |_, s: &State| {
                keeps(s, Law::NotWhileLeading)
            }),
            Property::sometimes("the goal is reached", |model: &Self, s: &State| {
                s.run.is_none() && is_reached(&model.topology, &s.world)
            }),
        ]
    }
}
