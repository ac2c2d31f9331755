//! What to do next: a state machine without input or output.
//!
//! The executor looks at the cluster, asks [`Progress::next`], carries out the
//! [`Directive`], says how it went, and looks again. A step goes through
//!
//! ```text
//! begin -> gate -> act -> effect seen -> next step
//!            ^       |
//!            +-------+  not yet, no answer, leadership moved away
//! ```
//!
//! Whatever a call answered, the cluster is read again before anything is
//! concluded. The look that shows the effect of one step is also the one
//! before the next: nothing happens between the two.

mod sight;
mod turn;

use std::time::Duration;

use crate::action::Kind;
use crate::apply::effect;
use crate::apply::halt::Halt;
use crate::apply::host_action::HostAction;
use crate::apply::passage::Passage;
use crate::apply::{Call, CallError, Event, HostError, HostOutcome, ObserveError, StepOutcome};
use crate::member::MemberId;
use crate::observation::{Disturbance, Observation};
use crate::plan::{Plan, Step};

/// The first pause between two looks while something is awaited.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// The longest pause: a look costs every member a few requests, and etcd's own
/// waits are 5 s (ETCD 0.6), of which this is 2 %.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// How long a rule must keep refusing before the run stops: one slow answer
/// makes a healthy member look unknown, and is no verdict.
const GRACE: Duration = Duration::from_secs(3);

/// How far apart the two looks are that must both find a learner in sync.
const TWO_LOOKS: Duration = Duration::from_millis(100);

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

/// How long a step and a run may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// One step.
    pub step: Duration,
}

/// Where a run of a plan is.
#[derive(Debug)]
pub struct Progress<'p> {
    plan: &'p Plan,
    passage: Passage,
    patience: Patience,
    index: usize,
    stage: Stage,
    begun: Duration,
    /// Whether this run has tried to perform the step.
    tried: bool,
    pause: Duration,
    /// The last look that succeeded.
    last: Option<Observation>,
    waiting_for: String,
    /// Whether this run has acted at all.
    acted: bool,
    done: Vec<(usize, StepOutcome)>,
    events: Vec<Event<'p>>,
}

/// Where a step is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stage {
    /// The run has not looked yet: where it goes on is not known.
    Unknown,
    /// The step's turn has come.
    Begin,
    /// It waits for its gate.
    Gate(Waiting),
    /// It was performed, or tried.
    Acted(Answer),
    /// Leadership is on its way to another member.
    Transferring,
}

/// Since when a gate says the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Waiting {
    refused_since: Option<Duration>,
    in_sync_since: Option<Duration>,
}

/// How an act was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    Done,
    NotYet(String),
    Refused(Halt),
    Unanswered(String),
}

impl<'p> Progress<'p> {
    /// A run of this plan that has not begun.
    pub fn new(plan: &'p Plan, patience: Patience) -> Self {
        Self {
            plan,
            passage: Passage::of(plan),
            patience,
            index: 0,
            stage: Stage::Unknown,
            begun: Duration::ZERO,
            tried: false,
            pause: FIRST_PAUSE,
            last: None,
            waiting_for: "a look at the cluster".to_owned(),
            acted: false,
            done: Vec::new(),
            events: Vec::new(),
        }
    }

    /// What happened since this was last asked.
    pub fn take_events(&mut self) -> Vec<Event<'p>> {
        std::mem::take(&mut self.events)
    }

    /// Whether this run has changed anything, or may have.
    pub fn has_acted(&self) -> bool {
        self.acted
    }

    /// The steps that are done, by index, and how.
    pub fn done(&self) -> &[(usize, StepOutcome)] {
        &self.done
    }

    /// The last look at the cluster.
    pub fn last_look(&self) -> Option<&Observation> {
        self.last.as_ref()
    }

    /// Takes a look at the cluster, and says what to do.
    pub fn next(&mut self, look: Result<Observation, ObserveError>, now: Duration) -> Directive {
        let observation = match look {
            Ok(observation) => {
                self.last = Some(observation.clone());
                observation
            }
            Err(error) => match self.without_sight(&error, now) {
                Ok(last) => last,
                Err(directive) => return directive,
            },
        };
        loop {
            if self.stage == Stage::Unknown {
                if let Some(halt) = self.find_position(&observation) {
                    return Directive::Halt(halt);
                }
                self.stage = Stage::Begin;
            }
            let Some(step) = self.plan.steps.get(self.index) else {
                return Directive::Finished;
            };
            if is_certain(&observation) && !self.passage.fits(&observation, Some(self.index)) {
                let moved = self.passage.moved(&observation, self.index);
                return self.halt(step, now, Halt::ForeignChange { moved });
            }
            if self.stage == Stage::Begin {
                self.begun = now;
                self.tried = false;
                self.pause = FIRST_PAUSE;
                self.events.push(Event::Checked {
                    standing: observation.standing(),
                });
                self.events.push(Event::Started { step });
                self.stage = Stage::Gate(Waiting::default());
            }
            if self.is_over(step, &observation) {
                self.finish(step, now);
                continue;
            }
            if now.saturating_sub(self.begun) > self.patience.step {
                let waiting_for = self.waiting_for.clone();
                return self.halt(
                    step,
                    now,
                    Halt::TimedOut {
                        step: title(step),
                        waiting_for,
                    },
                );
            }
            return self.advance(step, &observation, now);
        }
    }

    /// Says how a call went.
    pub fn called(&mut self, result: Result<(), CallError>) {
        self.acted = true;
        self.tried = true;
        if self.stage == Stage::Transferring {
            return;
        }
        let Some(step) = self.plan.steps.get(self.index) else {
            return;
        };
        self.stage = Stage::Acted(match result {
            Ok(()) => Answer::Done,
            Err(CallError::NotYet { message }) => Answer::NotYet(message),
            Err(CallError::Unanswered { message }) => Answer::Unanswered(message),
            Err(CallError::Refused { message }) => Answer::Refused(Halt::CallRefused {
                step: title(step),
                message,
            }),
        });
    }

    /// Says how an action on a host went.
    pub fn performed(&mut self, result: Result<HostOutcome, HostError>) {
        self.acted = true;
        self.tried = true;
        let Some(step) = self.plan.steps.get(self.index) else {
            return;
        };
        self.stage = Stage::Acted(match result {
            Ok(HostOutcome::Performed) => Answer::Done,
            Ok(HostOutcome::LeftToHand) => {
                "done by hand".clone_into(&mut self.waiting_for);
                Answer::Done
            }
            Err(error) => Answer::Refused(Halt::HostFailed {
                step: title(step),
                message: error.to_string(),
            }),
        });
    }

    /// Finds where to go on, or that the plan does not fit the cluster.
    fn find_position(&mut self, observation: &Observation) -> Option<Halt> {
        if !self.plan.applyable {
            return Some(Halt::NotApplyable);
        }
        let position = effect::position(self.plan, observation);
        if !self.passage.fits(observation, None) {
            return Some(Halt::Stale {
                moved: self
                    .passage
                    .moved(observation, position.min(self.plan.steps.len())),
            });
        }
        self.index = position;
        self.done = (0..position)
            .map(|index| (index, StepOutcome::AlreadyDone))
            .collect();
        None
    }

    fn finish(&mut self, step: &'p Step, now: Duration) {
        let outcome = if self.tried {
            StepOutcome::Completed
        } else {
            StepOutcome::AlreadyDone
        };
        self.events.push(Event::Done {
            step,
            outcome,
            elapsed: now.saturating_sub(self.begun),
        });
        self.done.push((self.index, outcome));
        self.index += 1;
        self.stage = Stage::Begin;
    }

    fn wait(&mut self, step: &'p Step, waiting_for: String, now: Duration) -> Directive {
        self.waiting_for.clone_from(&waiting_for);
        let elapsed = now.saturating_sub(self.begun);
        self.events.push(Event::Waiting {
            step,
            detail: waiting_for,
            elapsed,
        });
        let pause = self.pause;
        self.pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        Directive::Wait(pause)
    }

    fn halt(&mut self, step: &'p Step, now: Duration, halt: Halt) -> Directive {
        let elapsed = now.saturating_sub(self.begun);
        self.events.push(Event::Failed {
            step,
            reason: halt.to_string(),
            elapsed,
        });
        Directive::Halt(halt)
    }
}

/// Whether the member list can be believed: without quorum it is one member's
/// own, and lists that differ are still on their way.
fn is_certain(observation: &Observation) -> bool {
    let doubts = [Disturbance::NoQuorum, Disturbance::ListsDiffer];
    !doubts
        .iter()
        .any(|doubt| observation.disturbances.contains(doubt))
}

/// What people call a step: `step 3, start m4`.
pub fn title(step: &Step) -> String {
    format!("step {}, {} {}", step.id.0, step.kind, step.member)
}

fn awaited(step: &Step) -> &'static str {
    match step.kind {
        Kind::Start | Kind::Restart => "its process to answer",
        Kind::Stop => "its process to end",
        Kind::MoveLeader => "another leader",
        Kind::AddLearner | Kind::Promote | Kind::UpdatePeerUrls | Kind::Remove => {
            "every member to know of it"
        }
        Kind::MoveData | Kind::Wipe | Kind::Backup => "the cluster to be calm",
    }
}
