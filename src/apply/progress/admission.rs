//! From the gate to the act: whether a step may be performed now, and how.

use std::time::Duration;

use crate::action::Kind;
use crate::apply::gate::{self, Gate};
use crate::apply::halt::Halt;
use crate::apply::progress::stage::{Answer, Stage};
use crate::apply::progress::{Directive, Progress, title};
use crate::apply::{Call, Event, awaited, errand, locate, route};
use crate::backup::Source;
use crate::member::MemberId;
use crate::observation::{LiveMember, Observation};
use crate::plan::Step;
use crate::safety::Hazard;

/// How far apart the two looks are that must both find a learner in sync.
pub(super) const TWO_LOOKS: Duration = Duration::from_millis(100);

impl<'p> Progress<'p> {
    /// Performs the step if its gate is open.
    pub(super) fn pass(
        &mut self,
        step: &'p Step,
        observation: &Observation,
        now: Duration,
    ) -> Directive {
        match gate::judge(self.plan, step, observation) {
            Gate::Closed(hazards) => self.closed(step, observation, hazards, now),
            Gate::MoveLeadership { to } => self.hand_over(step, observation, to, now),
            Gate::Open(cautions) => {
                self.refused_by_rule.reset();
                if step.kind == Kind::Promote
                    && let Some(pause) = self.until_second_look(now)
                {
                    return Directive::Wait(pause);
                }
                self.caution(step, &cautions);
                self.act(step, observation, now)
            }
        }
    }

    /// Tells what the plan could not know.
    fn caution(&mut self, step: &'p Step, cautions: &[Hazard]) {
        let is_planned = |hazard: &Hazard| {
            let mut told = self.plan.diagnostics.iter();
            told.any(|told| told.code == hazard.code())
        };
        let news = cautions.iter().filter(|hazard| !is_planned(hazard));
        let events = news.map(|hazard| Event::Cautioned {
            step,
            caution: format!("{hazard}  [{}]", hazard.code()),
        });
        self.events.extend(events);
    }

    /// The pause before the second of two looks that find the learner in sync.
    fn until_second_look(&mut self, now: Duration) -> Option<Duration> {
        let since = match self.stage {
            Stage::Gate { in_sync_since } => in_sync_since.unwrap_or(now),
            Stage::Unknown
            | Stage::Begin
            | Stage::Acted(_)
            | Stage::Transferred(_)
            | Stage::Retreat(_)
            | Stage::Withdrawal(_) => now,
        };
        self.stage = Stage::Gate {
            in_sync_since: Some(since),
        };
        let left = TWO_LOOKS.saturating_sub(now.saturating_sub(since));
        (!left.is_zero()).then_some(left)
    }

    /// The rule book refuses. What passes by itself is waited for; the rest
    /// must last for a moment before it counts.
    fn closed(
        &mut self,
        step: &'p Step,
        observation: &Observation,
        mut hazards: Vec<Hazard>,
        now: Duration,
    ) -> Directive {
        self.stage = Stage::GATE;
        self.refused_by_etcd.reset();
        hazards.sort_by_key(Hazard::is_passing);
        let is_final = hazards.first().is_some_and(|hazard| !hazard.is_passing());
        if !is_final {
            self.refused_by_rule.reset();
        }
        let behind =
            awaited::sync(self.plan, step, observation).filter(|_| step.kind == Kind::Promote);
        let lasts = is_final && self.refused_by_rule.is_over(now);
        if lasts || self.pace.exceeded(now).is_some() {
            let refused = Halt::Refused {
                step: title(step),
                hazards,
                last_seen: behind,
            };
            return self.halt(step, refused, now);
        }
        let rule = hazards.first().map(ToString::to_string).unwrap_or_default();
        let waits = match behind {
            Some(lag) => format!("{} to catch up: {lag}", step.member),
            None => format!("a safe moment: {rule}"),
        };
        self.wait(step, waits, now)
    }

    /// Leadership has come to the member: it is moved away as part of the step.
    fn hand_over(
        &mut self,
        step: &'p Step,
        observation: &Observation,
        to: MemberId,
        now: Duration,
    ) -> Directive {
        self.refused_by_rule.reset();
        if matches!(self.stage, Stage::Transferred(_)) {
            self.stage = Stage::GATE;
            return self.wait(step, "leadership to leave it".to_owned(), now);
        }
        let label = observation.member(to).map(LiveMember::label);
        self.events.push(Event::LeadershipMoved {
            step,
            to: label.unwrap_or_default(),
        });
        let call = Call::MoveLeader { to };
        self.send(step, call, observation.leader, Stage::Transferred, now)
    }

    /// Performs the step.
    fn act(&mut self, step: &'p Step, observation: &Observation, now: Duration) -> Directive {
        if step.kind == Kind::Backup {
            return self.back_up(step, observation, now);
        }
        if let Some(action) = errand::of(self.plan, step, observation) {
            self.goes_out(Stage::Acted, now);
            return Directive::Host(Box::new(action));
        }
        match self.call(step, observation) {
            Some(call) => {
                let via = route::of(self.plan, step, observation);
                self.send(step, call, via, Stage::Acted, now)
            }
            None => self.wait(step, "its member to be listed".to_owned(), now),
        }
    }

    /// Has the database saved, by whoever is best for it now.
    fn back_up(&mut self, step: &'p Step, observation: &Observation, now: Duration) -> Directive {
        let lag = self.plan.topology.policy.max_learner_lag;
        let source = Source::choose(observation, lag).filter(Source::is_healthy);
        let Some(source) = source else {
            return self.wait(step, "a healthy voter to take it from".to_owned(), now);
        };
        self.goes_out(Stage::Acted, now);
        let name = Some(self.plan.cluster.name.as_str());
        Directive::Backup(Box::new(source.order(observation, name)))
    }

    fn call(&self, step: &Step, observation: &Observation) -> Option<Call> {
        let id = || locate::target(self.plan, step, observation).map(|live| live.id);
        let peer_urls = || step.parameters.peer_urls.clone();
        match step.kind {
            Kind::AddLearner => Some(Call::AddLearner {
                peer_urls: peer_urls()?,
            }),
            Kind::Promote => Some(Call::Promote { id: id()? }),
            Kind::Remove => Some(Call::Remove { id: id()? }),
            Kind::UpdatePeerUrls => Some(Call::UpdatePeerUrls {
                id: id()?,
                peer_urls: peer_urls()?,
            }),
            Kind::MoveLeader => {
                let to = step.parameters.to.as_ref()?;
                let to = locate::successor(self.plan, to, observation)?;
                Some(Call::MoveLeader { to: to.id })
            }
            Kind::Start
            | Kind::Stop
            | Kind::Restart
            | Kind::MoveData
            | Kind::Wipe
            | Kind::Backup
            | Kind::PutAside
            | Kind::Restore
            | Kind::ForceNew
            | Kind::Relay
            | Kind::EndRelay => None,
        }
    }

    fn send(
        &mut self,
        step: &'p Step,
        call: Call,
        via: Option<MemberId>,
        stage: fn(Answer) -> Stage,
        now: Duration,
    ) -> Directive {
        match via {
            Some(via) => {
                self.goes_out(stage, now);
                Directive::Call { via, call }
            }
            None => self.wait(step, "a leader".to_owned(), now),
        }
    }

    /// From here on the step may take effect, whatever is heard of it.
    fn goes_out(&mut self, stage: fn(Answer) -> Stage, now: Duration) {
        self.pace.act_begins(now);
        self.stage = stage(Answer::Unanswered("an answer".to_owned()));
    }
}
