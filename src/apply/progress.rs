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

use std::time::Duration;

use crate::action::Kind;
use crate::apply::effect::{self, Effect};
use crate::apply::gate::{self, Gate};
use crate::apply::halt::{Halt, lagging};
use crate::apply::host_action::HostAction;
use crate::apply::passage::Passage;
use crate::apply::{
    Call, CallError, Event, HostError, HostOutcome, ObserveError, StepOutcome, errand, locate,
    route,
};
use crate::member::MemberId;
use crate::observation::{Condition, Disturbance, Health, LiveMember, Observation};
use crate::plan::{Plan, Step};
use crate::safety::Hazard;

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
            if !self.passage.fits(&observation, Some(self.index)) {
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

    /// Nobody answers. Where the plan itself stops the only voter, that is
    /// expected until it is started again, and the last look must do.
    fn without_sight(
        &mut self,
        error: &ObserveError,
        now: Duration,
    ) -> Result<Observation, Directive> {
        let step = self.plan.steps.get(self.index);
        let dark = step.is_some_and(|step| {
            let stopped = step.kind == Kind::Stop
                && step.after.healthy == 0
                && matches!(self.stage, Stage::Acted(_));
            stopped
                || (step.before.healthy == 0 && matches!(step.kind, Kind::MoveData | Kind::Start))
        });
        match (step, self.last.clone()) {
            (Some(step), Some(mut last)) if dark => {
                // The members are as they were, and none of them answers.
                for member in &mut last.members {
                    let reason = error.to_string();
                    member.condition = Condition::Silent { reason };
                }
                last.leader = None;
                if step.kind == Kind::Start && matches!(self.stage, Stage::Acted(_)) {
                    return Err(self.wait(step, "its process to answer".to_owned(), now));
                }
                Ok(last)
            }
            (Some(step), Some(_)) if now.saturating_sub(self.begun) <= self.patience.step => {
                Err(self.wait(step, error.to_string(), now))
            }
            (Some(step), _) => {
                let halt = Halt::TimedOut {
                    step: title(step),
                    waiting_for: error.to_string(),
                };
                Err(self.halt(step, now, halt))
            }
            (None, _) => Err(Directive::Finished),
        }
    }

    /// Whether the step's effect is there, and the cluster calm enough to go on.
    fn is_over(&self, step: &Step, observation: &Observation) -> bool {
        let acted = matches!(self.stage, Stage::Acted(Answer::Done));
        let seen = match effect::of(self.plan, step, observation) {
            Effect::Seen => true,
            // The driver says that the process has ended, and it does not answer: that is enough.
            Effect::NotSeen => {
                acted && step.kind == Kind::Stop && self.is_silent(step, observation)
            }
            Effect::Traceless => acted && self.serves(step, observation),
        };
        seen && (is_calm(observation) || !step.after.has_quorum())
    }

    fn is_silent(&self, step: &Step, observation: &Observation) -> bool {
        let live = locate::target(self.plan, step, observation);
        live.is_none_or(|live| matches!(live.condition, Condition::Silent { .. }))
    }

    /// For a process whose restart nothing shows: that it serves.
    fn serves(&self, step: &Step, observation: &Observation) -> bool {
        match step.kind {
            Kind::Start | Kind::Restart => locate::target(self.plan, step, observation)
                .is_some_and(|live| live.health() == Health::Healthy),
            Kind::AddLearner
            | Kind::Promote
            | Kind::MoveLeader
            | Kind::UpdatePeerUrls
            | Kind::MoveData
            | Kind::Stop
            | Kind::Remove
            | Kind::Wipe
            | Kind::Backup => true,
        }
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

    fn advance(&mut self, step: &'p Step, observation: &Observation, now: Duration) -> Directive {
        match self.stage.clone() {
            Stage::Unknown | Stage::Begin => Directive::Wait(Duration::ZERO),
            Stage::Gate(waiting) => self.pass(step, observation, waiting, now),
            Stage::Transferring => {
                self.stage = Stage::Gate(Waiting::default());
                self.pass(step, observation, Waiting::default(), now)
            }
            Stage::Acted(Answer::Done) => {
                let waiting_for = lagging(self.plan, step, observation)
                    .unwrap_or_else(|| awaited(step).to_owned());
                self.wait(step, waiting_for, now)
            }
            Stage::Acted(Answer::NotYet(message) | Answer::Unanswered(message)) => {
                self.stage = Stage::Gate(Waiting::default());
                self.wait(step, message, now)
            }
            Stage::Acted(Answer::Refused(halt)) => self.halt(step, now, halt),
        }
    }

    fn pass(
        &mut self,
        step: &'p Step,
        observation: &Observation,
        waiting: Waiting,
        now: Duration,
    ) -> Directive {
        match gate::judge(self.plan, self.index, step, observation) {
            Gate::Closed(hazards) => self.closed(step, observation, waiting, hazards, now),
            Gate::MoveLeadership { to } => {
                let label = observation
                    .member(to)
                    .map(LiveMember::label)
                    .unwrap_or_default();
                self.events.push(Event::LeadershipMoved { step, to: label });
                self.stage = Stage::Transferring;
                self.call(step, Call::MoveLeader { to }, observation.leader, now)
            }
            Gate::Open if step.kind == Kind::Promote => {
                let since = waiting.in_sync_since.unwrap_or(now);
                if now.saturating_sub(since) < TWO_LOOKS {
                    self.stage = Stage::Gate(Waiting {
                        in_sync_since: Some(since),
                        refused_since: None,
                    });
                    return Directive::Wait(
                        TWO_LOOKS
                            .saturating_sub(now.saturating_sub(since))
                            .max(FIRST_PAUSE),
                    );
                }
                self.act(step, observation, now)
            }
            Gate::Open => self.act(step, observation, now),
        }
    }

    fn closed(
        &mut self,
        step: &'p Step,
        observation: &Observation,
        waiting: Waiting,
        hazards: Vec<Hazard>,
        now: Duration,
    ) -> Directive {
        let message = hazards.first().map(ToString::to_string).unwrap_or_default();
        let message = lagging(self.plan, step, observation)
            .filter(|_| step.kind == Kind::Promote)
            .unwrap_or(message);
        let since = waiting.refused_since.unwrap_or(now);
        let passing = hazards.iter().all(Hazard::is_passing);
        if !passing && now.saturating_sub(since) >= GRACE {
            return self.halt(
                step,
                now,
                Halt::Refused {
                    step: title(step),
                    hazards,
                },
            );
        }
        self.stage = Stage::Gate(Waiting {
            refused_since: Some(since),
            in_sync_since: None,
        });
        self.wait(step, message, now)
    }

    /// Performs the step.
    fn act(&mut self, step: &'p Step, observation: &Observation, now: Duration) -> Directive {
        if let Some(action) = errand::of(self.plan, step, observation) {
            return Directive::Host(Box::new(action));
        }
        let id = || locate::target(self.plan, step, observation).map(|live| live.id);
        let urls = || step.parameters.peer_urls.clone().unwrap_or_default();
        let call = match step.kind {
            Kind::AddLearner => Some(Call::AddLearner { peer_urls: urls() }),
            Kind::Promote => id().map(|id| Call::Promote { id }),
            Kind::Remove => id().map(|id| Call::Remove { id }),
            Kind::UpdatePeerUrls => id().map(|id| Call::UpdatePeerUrls {
                id,
                peer_urls: urls(),
            }),
            Kind::MoveLeader => {
                let to = step.parameters.to.as_ref();
                let to = to.and_then(|to| locate::successor(self.plan, to, observation));
                to.map(|to| Call::MoveLeader { to: to.id })
            }
            Kind::Start
            | Kind::Stop
            | Kind::Restart
            | Kind::MoveData
            | Kind::Wipe
            | Kind::Backup => None,
        };
        let via = route::of(self.plan, self.index, step, observation);
        match call {
            Some(call) => self.call(step, call, via, now),
            None => self.wait(step, "its member to be listed".to_owned(), now),
        }
    }

    fn call(
        &mut self,
        step: &'p Step,
        call: Call,
        via: Option<MemberId>,
        now: Duration,
    ) -> Directive {
        match via {
            Some(via) => Directive::Call { via, call },
            None => self.wait(step, "a leader".to_owned(), now),
        }
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

/// Whether nothing in the cluster is still settling.
fn is_calm(observation: &Observation) -> bool {
    let settling = |disturbance: &Disturbance| match disturbance {
        Disturbance::LeaderDisputed
        | Disturbance::TermMoving
        | Disturbance::ListsDiffer
        | Disturbance::NoQuorum => true,
        Disturbance::NoSpace { .. }
        | Disturbance::Corrupt { .. }
        | Disturbance::DowngradeEnabled => false,
    };
    observation.leader.is_some() && !observation.disturbances.iter().any(settling)
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
