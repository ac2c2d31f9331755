//! Every state that a scenario can come to.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Mutex;

use etcdplan::apply::CallError;
use etcdplan::apply::HostError;
use etcdplan::apply::ObserveError;
use etcdplan::apply::answer;
use etcdplan::apply::halt::Halt;
use etcdplan::diff::Requests;
use etcdplan::plan::{self, Options, Plan, Source};
use etcdplan::safety::Outage;
use etcdplan::topology::Topology;
use miette::Diagnostic as _;
use stateright::{Model, Property};

use crate::environment::Event;
use crate::law::{Deed, Law};
use crate::ledger::{Excuse, Ledger};
use crate::machines::{HOLDS_DATA, RUNS_ANOTHER};
use crate::run::{Errand, Looked, Pause, Run};
use crate::sabotage::Sabotage;
use crate::scenario::{Again, Budget, Scenario, is_reached};
use crate::state::{Action, Course, State};
use crate::world::{Flight, World};

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
        let is_dark = code == UNSEEN && self.scenario.outage == Outage::Allowed;
        if is_foreign || is_dark {
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

    fn look(&self, state: &State, run: &Run, pause: Pause) -> Option<State> {
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
                *self
                    .ledger
                    .lock()
                    .unwrap()
                    .halts
                    .entry(halt.code())
                    .or_default() += 1;
                next.run = None;
                let told = |words| matches!(&halt, Halt::HostFailed { message, .. } if message.contains(words));
                next.asked = told(HOLDS_DATA);
                if told(RUNS_ANOTHER) {
                    self.refuse(&next, halt.code());
                }
            }
        }
        Some(next)
    }

    fn act(&self, state: &State, run: &Run, course: Course) -> Option<State> {
        match run.errand()? {
            Errand::Call { via, call } => {
                let accepted = state.world.accepts(*via);
                let after = if accepted {
                    state.world.after(call)
                } else {
                    Err("request timed out")
                };
                let silence = || CallError::Unanswered {
                    message: "no answer".to_owned(),
                };
                let (world, answer) = match (course, &after) {
                    (Course::Answered, Ok(after)) => (after.clone(), Ok(())),
                    (Course::Answered, Err(words)) => {
                        (state.world.clone(), Err(answer::judge((*words).to_owned())))
                    }
                    (Course::Lost, Ok(after)) => (after.clone(), Err(silence())),
                    (Course::Late, _) if state.world.flight.is_none() => {
                        let mut world = state.world.clone();
                        world.flight = Some(Flight {
                            call: call.clone(),
                            calm: run.fresh,
                        });
                        (world, Err(silence()))
                    }
                    (Course::Never, _) => (state.world.clone(), Err(silence())),
                    (Course::NotYet, Ok(_)) => {
                        let message = "etcdserver: unhealthy cluster".to_owned();
                        (state.world.clone(), Err(CallError::NotYet { message }))
                    }
                    (
                        Course::Lost
                        | Course::Late
                        | Course::NotYet
                        | Course::Failed
                        | Course::FailedAfter,
                        _,
                    ) => return None,
                };
                let breach = self.deed(state, run, after.as_ref().ok()).judge();
                Some(State {
                    world,
                    run: Some(run.called(answer)),
                    breach,
                    ..state.clone()
                })
            }
            Errand::Host(action) => {
                let performed = state.world.perform(action);
                let failed = || HostError::TimedOut {
                    program: "driver".to_owned(),
                    limit: std::time::Duration::ZERO,
                };
                let (world, result) = match (course, performed.result) {
                    (Course::Answered, result) => (performed.world.clone(), result),
                    (Course::FailedAfter, Ok(())) => (performed.world.clone(), Err(failed())),
                    (Course::Failed, Ok(())) => (state.world.clone(), Err(failed())),
                    _ => return None,
                };
                let judged = self.deed(state, run, Some(&performed.world)).judge();
                let breach = judged.or(performed.breach);
                Some(State {
                    world,
                    run: Some(run.performed(result)),
                    breach,
                    ..state.clone()
                })
            }
        }
    }

    fn deed<'a>(&self, state: &'a State, run: &'a Run, after: Option<&'a World>) -> Deed<'a> {
        Deed {
            plan: run.plan(),
            step: run.step(),
            errand: run.errand().expect("it acts"),
            fresh: run.fresh,
            before: &state.world,
            after,
        }
    }

    fn elsewhere(state: &State, event: &Event) -> Option<State> {
        let world = state.world.after_event(event)?;
        let mut next = State {
            world,
            ..state.clone()
        };
        // A late call is our own doing, as long as nothing else has happened.
        let ours = matches!(event, Event::Arrive | Event::Vanish);
        let calm = state
            .world
            .flight
            .as_ref()
            .is_some_and(|flight| flight.calm);
        if *event == Event::Arrive && calm && state.world.has_quorum() && !next.world.has_quorum() {
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

    fn pay(budget: &mut Budget, action: &Action) {
        let part = match action {
            Action::Act(Course::Answered)
            | Action::Begin
            | Action::Forget
            | Action::Die
            | Action::Look(_) => return,
            Action::Act(Course::Failed | Course::FailedAfter) => &mut budget.hosts,
            Action::Act(Course::Lost | Course::Late | Course::Never | Course::NotYet) => {
                &mut budget.calls
            }
            Action::Elsewhere(event) if !event.costs() => return,
            Action::Elsewhere(Event::Kill(_) | Event::Freeze(_)) => &mut budget.members,
            Action::Elsewhere(Event::Depose(_)) => &mut budget.elections,
            Action::Elsewhere(_) => &mut budget.foreign,
        };
        *part -= 1;
        budget.all -= 1;
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
        if state.breach.is_some() {
            return;
        }
        let Budget {
            members,
            elections,
            calls,
            hosts,
            foreign,
            all,
        } = state.budget;
        match &state.run {
            None => {
                actions.push(Action::Begin);
                if state.saved.is_some() {
                    actions.push(Action::Forget);
                }
            }
            Some(run) => {
                actions.push(Action::Die);
                match run.errand() {
                    None => {
                        actions.push(Action::Look(Pause::Moment));
                        if run.waits() {
                            actions.push(Action::Look(Pause::Long));
                        }
                    }
                    Some(errand) => {
                        actions.push(Action::Act(Course::Answered));
                        let is_call = matches!(errand, Errand::Call { .. });
                        if all > 0 && is_call && calls > 0 {
                            let courses =
                                [Course::Lost, Course::Late, Course::Never, Course::NotYet];
                            actions.extend(courses.map(Action::Act));
                        }
                        if all > 0 && !is_call && hosts > 0 {
                            let courses = [Course::Failed, Course::FailedAfter];
                            actions.extend(courses.map(Action::Act));
                        }
                    }
                }
            }
        }
        let mut events = Vec::new();
        // What is bound to happen, happens between acts as well as before and after.
        if state.run.as_ref().is_none_or(|run| run.errand().is_none()) {
            state.world.free_events(&mut events);
        }
        if state.run.is_none() && state.asked {
            state.world.leftovers(&mut events);
        }
        if all > 0 && members > 0 {
            state.world.faults(&mut events);
        }
        if all > 0 && elections > 0 {
            state.world.elections(&mut events);
        }
        if all > 0 && foreign > 0 {
            state.world.foreign(&mut events);
        }
        actions.extend(events.into_iter().map(Action::Elsewhere));
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
            (Action::Look(pause), Some(run)) => self.look(state, run, *pause),
            (Action::Act(course), Some(run)) => self.act(state, run, *course),
            (Action::Elsewhere(event), _) => Self::elsewhere(state, event),
            _ => None,
        }?;
        Self::pay(&mut next.budget, &action);
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
