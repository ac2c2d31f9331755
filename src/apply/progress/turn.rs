//! What to do for the step under way.

use std::time::Duration;

use crate::action::Kind;
use crate::apply::gate::{self, Gate};
use crate::apply::halt::{Halt, lagging};
use crate::apply::progress::{
    Answer, Directive, FIRST_PAUSE, GRACE, Progress, Stage, TWO_LOOKS, Waiting, awaited, title,
};
use crate::apply::{Call, Event, errand, locate, route};
use crate::member::MemberId;
use crate::observation::{LiveMember, Observation};
use crate::plan::Step;
use crate::safety::Hazard;

impl<'p> Progress<'p> {
    pub(super) fn advance(
        &mut self,
        step: &'p Step,
        observation: &Observation,
        now: Duration,
    ) -> Directive {
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
}
