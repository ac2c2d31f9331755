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
mod beginning;
mod hearing;
mod memory;
mod retreat;
mod sight;
mod stage;
mod withdrawal;

use std::time::Duration;

use crate::action::Kind;
use crate::apply::attention::Wish;
use crate::apply::effect::{self, Effect, Word};
use crate::apply::grace::{GRACE, Grace};
use crate::apply::halt::Halt;
use crate::apply::host_action::HostAction;
use crate::apply::journal::Record;
use crate::apply::pace::Pace;
use crate::apply::passage::{Passage, is_disputed};
use crate::apply::{Call, Depth, Event, ObserveError, StepOutcome, awaited, route};
use crate::backup::Order;
use crate::member::MemberId;
use crate::observation::Observation;
use crate::plan::{Plan, Step, StepId};
use retreat::Retreat;
use stage::{Answer, Stage};

pub use crate::apply::pace::{Limit, Patience};
pub use crate::apply::terms::Terms;
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
    /// Save the database.
    Backup(Box<Order>),
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
    until: Option<StepId>,
    record: Record,
    wish: Wish,
    passage: Passage,
    /// The set of the passage at which the run began.
    place: usize,
    pace: Pace,
    index: usize,
    /// Where it goes on after the backup, where that is made late.
    resume: Option<usize>,
    stage: Stage,
    /// Whether this run has tried to perform the step.
    tried: bool,
    /// Since when nobody answers, at the beginning.
    unseen: Grace,
    /// Since when the members are disputed, at the beginning.
    disputed: Grace,
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
    pub fn new(plan: &'p Plan, terms: Terms) -> Self {
        let Terms {
            patience,
            until,
            record,
        } = terms;
        Self {
            plan,
            until,
            record,
            wish: Wish::GoOn,
            passage: Passage::of(plan),
            place: 0,
            pace: Pace::new(patience),
            index: 0,
            resume: None,
            stage: Stage::Unknown,
            tried: false,
            unseen: Grace::default(),
            disputed: Grace::default(),
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

    /// Takes note of what the operator asks for by now.
    pub fn heed(&mut self, wish: Wish) {
        self.wish = self.wish.max(wish);
    }

    /// Whether what comes next puts back what a failed step has left: nobody is asked for that.
    pub fn is_retreating(&self) -> bool {
        matches!(self.stage, Stage::Retreat(_))
    }

    /// How much the next look must ask.
    ///
    /// When a process started shows that it was restarted, and who has run for the longest
    /// where the leader itself leaves.
    pub fn depth(&self) -> Depth {
        let Some(step) = self.step().filter(|_| self.stage != Stage::Unknown) else {
            return Depth::Whole;
        };
        let leader = self.last.as_ref().and_then(|last| last.leader);
        let restarts = step.parameters.started_before.is_some();
        if restarts || leader.is_none_or(|leader| route::leaves(self.plan, step, leader)) {
            Depth::Whole
        } else {
            Depth::Glance
        }
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
        if self.stage == Stage::Unknown {
            if self.wish > Wish::GoOn {
                return Directive::Halt(Halt::Interrupted { waited_for: None });
            }
            if let Some(directive) = self.find_position(&observation, now) {
                return directive;
            }
        }
        while let Some(step) = self.step() {
            if let Some(directive) = self.turn(step, &observation, now) {
                return directive;
            }
        }
        Directive::Finished
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
        if let Stage::Withdrawal(withdrawal) = self.stage.clone() {
            return Some(self.withdrawal(step, observation, withdrawal, now));
        }
        let is_known =
            is_disputed(observation) || self.passage.allows(observation, self.index, self.place);
        if !is_known {
            let moved = self.passage.moved(observation, self.index, self.place);
            return Some(self.halt(step, Halt::ForeignChange { moved }, now));
        }
        if self.stage == Stage::Begin {
            if let Some(halt) = self.asked_to_stop(step) {
                return Some(Directive::Halt(halt));
            }
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

    /// Whether somebody wants the run to stop before this step.
    fn asked_to_stop(&self, step: &Step) -> Option<Halt> {
        if self.wish > Wish::GoOn {
            return Some(Halt::Interrupted { waited_for: None });
        }
        let until = self.until.filter(|until| step.id > *until)?;
        Some(Halt::FarEnough { until })
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
        self.index = self.resume.take().unwrap_or(self.index + 1);
        self.stage = Stage::Begin;
    }

    /// The step's effect is not there.
    fn advance(&mut self, step: &'p Step, observation: &Observation, now: Duration) -> Directive {
        match self.stage.clone() {
            Stage::Unknown
            | Stage::Begin
            | Stage::Gate { .. }
            | Stage::Retreat(_)
            | Stage::Withdrawal(_)
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
            Stage::Acted(Answer::NotSaved(error)) | Stage::Transferred(Answer::NotSaved(error)) => {
                self.halt(step, Halt::not_saved(title(step), error), now)
            }
            Stage::Acted(Answer::Refused(message)) if self.refused_by_etcd.is_over(now) => {
                self.halt(step, Halt::refused(title(step), message), now)
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
                let waits = if step.kind == Kind::Backup {
                    awaited::effect(self.plan, step, observation)
                } else {
                    format!("the cluster to show whether it was done: {message}")
                };
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
        if self.wish == Wish::StopWaiting {
            let waited_for = Some(format!("{}: {detail}", title(step)));
            return self.halt(step, Halt::Interrupted { waited_for }, now);
        }
        let elapsed = self.pace.elapsed(now);
        self.events.push(Event::Waiting {
            step,
            detail,
            elapsed,
        });
        Directive::Wait(self.pace.pause(now))
    }

    fn halt(&mut self, step: &'p Step, halt: Halt, now: Duration) -> Directive {
        if let Some(withdrawal) = self.withdraw(step, &halt, now) {
            return withdrawal;
        }
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
