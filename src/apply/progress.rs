//! What to do next: a state machine without input or output.
//!
//! The executor looks at the cluster, asks [`Progress::next`], carries out the
//! [`Directive`], says how it went, and looks again. A step goes through
//!
//! ```text
//! begin -> gate -> act -> effect seen, cluster settled -> next step
//!            ^       |
//!            +-------+  not yet, no answer, leadership moved away
//! ```
//!
//! Whatever a call answered, the cluster is read again before anything is
//! concluded. The look that shows the effect of one step is also the one
//! before the next: nothing happens between the two.

mod admission;
mod memory;
mod retreat;
mod sight;
mod stage;

use std::time::Duration;

use crate::apply::effect::{self, Effect, Word};
use crate::apply::grace::{GRACE, Grace};
use crate::apply::halt::Halt;
use crate::apply::host_action::HostAction;
use crate::apply::pace::Pace;
use crate::apply::passage::{Passage, is_disputed};
use crate::apply::{
    Call, CallError, Event, HostError, HostOutcome, ObserveError, StepOutcome, awaited, position,
};
use crate::member::MemberId;
use crate::observation::Observation;
use crate::plan::{Plan, Step};
use retreat::Retreat;
use stage::{Answer, Stage};

pub use crate::apply::pace::{Limit, Patience};
pub use memory::Memory;

/// What the executor does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Directive {
    /// Send a call to a member.
    Call {
        /// The member.
        via: MemberId,
        /// The call.
        call: Call,
    },
    /// Have the driver perform an action.
    Host(Box<HostAction>),
    /// Let time pass, then look again.
    Wait(Duration),
    /// Every step is done.
    Finished,
    /// Stop here.
    Halt(Halt),
}

/// Where a run of a plan is.
#[derive(Clone, Debug)]
pub struct Progress<'p> {
    plan: &'p Plan,
    passage: Passage,
    /// The set of the passage at which the run began.
    place: usize,
    pace: Pace,
    index: usize,
    stage: Stage,
    /// Whether this run has tried to perform the step.
    tried: bool,
    refused_by_rule: Grace,
    refused_by_etcd: Grace,
    /// The last look that succeeded.
    last: Option<Observation>,
    begun: bool,
    done: Vec<(usize, StepOutcome)>,
    events: Vec<Event<'p>>,
}

impl<'p> Progress<'p> {
    /// A run of this plan that has not begun.
    pub fn new(plan: &'p Plan, patience: Patience) -> Self {
        Self {
            plan,
            passage: Passage::of(plan),
            place: 0,
            pace: Pace::new(patience),
            index: 0,
            stage: Stage::Unknown,
            tried: false,
            refused_by_rule: Grace::default(),
            refused_by_etcd: Grace::default(),
            last: None,
            begun: false,
            done: Vec::new(),
            events: Vec::new(),
        }
    }

    /// What happened since this was last asked.
    pub fn take_events(&mut self) -> Vec<Event<'p>> {
        std::mem::take(&mut self.events)
    }

    /// The step whose turn it is.
    pub fn step(&self) -> Option<&'p Step> {
        self.plan.steps.get(self.index)
    }

    /// Whether this run or an earlier one has changed anything, or may have.
    pub fn has_begun(&self) -> bool {
        self.begun
    }

    /// The steps that are done, and how.
    pub fn done(&self) -> impl Iterator<Item = (&'p Step, StepOutcome)> {
        let plan = self.plan;
        let step = move |(index, outcome): &(usize, StepOutcome)| {
            Some((plan.steps.get(*index)?, *outcome))
        };
        self.done.iter().filter_map(step)
    }

    /// The last look at the cluster.
    pub fn last_look(&self) -> Option<&Observation> {
        self.last.as_ref()
    }

    /// Takes a look at the cluster, and says what to do.
    pub fn next(&mut self, look: Result<Observation, ObserveError>, now: Duration) -> Directive {
        self.pace.run_begins(now);
        let observation = match look {
            Ok(observation) => {
                self.last = Some(observation.clone());
                observation
            }
            Err(error) => match self.without_sight(error, now) {
                Ok(believed) => believed,
                Err(directive) => return directive,
            },
        };
        if self.stage == Stage::Unknown
            && let Some(directive) = self.find_position(&observation, now)
        {
            return directive;
        }
        while let Some(step) = self.step() {
            if let Some(directive) = self.turn(step, &observation, now) {
                return directive;
            }
        }
        Directive::Finished
    }

    /// Says how a call went.
    pub fn called(&mut self, result: Result<(), CallError>, now: Duration) {
        let answer = Answer::from(result);
        match answer {
            Answer::Refused(_) => {}
            Answer::NotYet(_) => self.refused_by_etcd.reset(),
            Answer::Performed | Answer::Unanswered(_) | Answer::LeftToHand | Answer::Failed(_) => {
                self.refused_by_etcd.reset();
                self.begun = true;
            }
        }
        if answer == Answer::Performed {
            self.pace.effect_is_due(now);
        }
        self.stage = match self.stage {
            Stage::Transferred(_) => Stage::Transferred(answer),
            // A retreat goes by what is seen.
            Stage::Retreat(_) => return,
            Stage::Unknown | Stage::Begin | Stage::Gate { .. } | Stage::Acted(_) => {
                Stage::Acted(answer)
            }
        };
    }

    /// Says how an action on a host went.
    pub fn performed(&mut self, result: Result<HostOutcome, HostError>, now: Duration) {
        self.begun = true;
        self.pace.driver_ended(now);
        self.pace.effect_is_due(now);
        match &mut self.stage {
            Stage::Retreat(retreat) => retreat.performed(result),
            Stage::Unknown
            | Stage::Begin
            | Stage::Gate { .. }
            | Stage::Acted(_)
            | Stage::Transferred(_) => self.stage = Stage::Acted(Answer::from(result)),
        }
    }

    /// Finds where to go on, or that the plan does not fit the cluster.
    fn find_position(&mut self, observation: &Observation, now: Duration) -> Option<Directive> {
        let (planned, live) = (self.plan.cluster.id, observation.cluster_id);
        if !self.plan.applyable {
            return Some(Directive::Halt(Halt::NotApplyable));
        }
        if planned != live {
            return Some(Directive::Halt(Halt::OtherCluster { planned, live }));
        }
        let Some(place) = self.passage.place(observation) else {
            if is_disputed(observation) && !self.refused_by_rule.is_over(now) {
                return Some(Directive::Wait(self.pace.pause(now)));
            }
            let moved = self.passage.moved_from_nearest(observation);
            return Some(Directive::Halt(Halt::Stale { moved }));
        };
        let position = position::of(self.plan, observation);
        self.place = place;
        self.index = position.next;
        self.begun = position.begun;
        self.done = (0..position.next)
            .map(|index| (index, StepOutcome::AlreadyDone))
            .collect();
        self.stage = Stage::Begin;
        None
    }

    /// Goes on with a step; `None` once it is done.
    fn turn(
        &mut self,
        step: &'p Step,
        observation: &Observation,
        now: Duration,
    ) -> Option<Directive> {
        if let Stage::Retreat(retreat) = self.stage.clone() {
            return Some(self.retreat(step, observation, retreat, now));
        }
        let is_known =
            is_disputed(observation) || self.passage.allows(observation, self.index, self.place);
        if !is_known {
            let moved = self.passage.moved(observation, self.index, self.place);
            return Some(self.halt(step, Halt::ForeignChange { moved }, now));
        }
        if self.stage == Stage::Begin {
            self.begin(step, observation, now);
        }
        match effect::of(self.plan, step, observation, self.stage.word()) {
            Effect::Seen => {
                // Where the plan itself has taken quorum away, nothing settles before it is back.
                let settling = awaited::settling(self.plan, step, observation)
                    .filter(|_| self.tried && step.after.has_quorum());
                if let Some(settling) = settling {
                    let waits = format!("the cluster to settle: {settling}");
                    return Some(self.wait(step, waits, now));
                }
                self.finish(step, now);
                None
            }
            Effect::Traceless if self.stage.word() == Word::LeftToHand => {
                let halt = Halt::Unconfirmed { step: title(step) };
                Some(self.halt(step, halt, now))
            }
            Effect::NotSeen | Effect::Traceless => Some(self.advance(step, observation, now)),
        }
    }

    fn begin(&mut self, step: &'p Step, observation: &Observation, now: Duration) {
        self.pace.step_begins(now);
        self.tried = false;
        self.refused_by_rule.reset();
        self.refused_by_etcd.reset();
        self.stage = Stage::GATE;
        let standing = observation.standing();
        self.events.push(Event::Checked { standing });
        self.events.push(Event::Started { step });
    }

    fn finish(&mut self, step: &'p Step, now: Duration) {
        let outcome = if self.tried {
            StepOutcome::Completed
        } else {
            StepOutcome::AlreadyDone
        };
        let elapsed = self.pace.elapsed(now);
        self.events.push(Event::Done {
            step,
            outcome,
            elapsed,
        });
        self.done.push((self.index, outcome));
        self.index += 1;
        self.stage = Stage::Begin;
    }

    /// The step's effect is not there.
    fn advance(&mut self, step: &'p Step, observation: &Observation, now: Duration) -> Directive {
        match self.stage.clone() {
            Stage::Unknown
            | Stage::Begin
            | Stage::Gate { .. }
            | Stage::Retreat(_)
            | Stage::Transferred(Answer::Performed | Answer::LeftToHand) => {
                self.pass(step, observation, now)
            }
            Stage::Acted(Answer::Performed) => {
                // Leadership may have come back before anybody looked: it is asked for again.
                if step.kind.is_call() && self.pace.awaited_for(now) >= GRACE {
                    self.stage = Stage::GATE;
                }
                self.wait(step, awaited::effect(self.plan, step, observation), now)
            }
            Stage::Acted(Answer::LeftToHand) => {
                let awaited = awaited::effect(self.plan, step, observation);
                self.wait(step, format!("a person: {awaited}"), now)
            }
            Stage::Acted(Answer::Failed(message)) => {
                self.retreat(step, observation, Retreat::after(message), now)
            }
            Stage::Acted(Answer::Refused(message)) if self.refused_by_etcd.is_over(now) => {
                let step_title = title(step);
                let halt = Halt::CallRefused {
                    step: step_title,
                    message,
                };
                self.halt(step, halt, now)
            }
            Stage::Acted(Answer::NotYet(message) | Answer::Refused(message))
            | Stage::Transferred(
                Answer::NotYet(message) | Answer::Refused(message) | Answer::Failed(message),
            ) => {
                self.stage = Stage::GATE;
                self.wait(step, format!("etcd to accept it: {message}"), now)
            }
            Stage::Acted(Answer::Unanswered(message))
            | Stage::Transferred(Answer::Unanswered(message)) => {
                self.stage = Stage::GATE;
                let waits = format!("the cluster to show whether it was done: {message}");
                self.wait(step, waits, now)
            }
        }
    }

    /// Pauses before the next look, unless the step or the run has taken too long.
    fn wait(&mut self, step: &'p Step, detail: String, now: Duration) -> Directive {
        if let Some(limit) = self.pace.exceeded(now) {
            let halt = Halt::TimedOut {
                step: title(step),
                limit,
                waiting_for: detail,
            };
            return self.halt(step, halt, now);
        }
        self.pause(step, detail, now)
    }

    fn pause(&mut self, step: &'p Step, detail: String, now: Duration) -> Directive {
        let elapsed = self.pace.elapsed(now);
        self.events.push(Event::Waiting {
            step,
            detail,
            elapsed,
        });
        Directive::Wait(self.pace.pause(now))
    }

    fn halt(&mut self, step: &'p Step, halt: Halt, now: Duration) -> Directive {
        let reason = halt.to_string();
        let elapsed = self.pace.elapsed(now);
        self.events.push(Event::Failed {
            step,
            reason,
            elapsed,
        });
        Directive::Halt(halt)
    }
}

/// What people call a step: `step 3, start m4`.
pub fn title(step: &Step) -> String {
    format!("step {}, {} {}", step.id.0, step.kind, step.member)
}
