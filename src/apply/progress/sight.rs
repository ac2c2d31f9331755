//! What a look at the cluster tells of the step under way.

use std::time::Duration;

use crate::action::Kind;
use crate::apply::effect::{self, Effect};
use crate::apply::halt::Halt;
use crate::apply::progress::{Answer, Directive, Progress, Stage, title};
use crate::apply::{ObserveError, locate};
use crate::observation::{Condition, Disturbance, Health, Observation};
use crate::plan::Step;

impl Progress<'_> {
    /// Nobody answers. Where the plan itself stops the only voter, that is
    /// expected until it is started again, and the last look must do.
    pub(super) fn without_sight(
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
    pub(super) fn is_over(&self, step: &Step, observation: &Observation) -> bool {
        let acted = matches!(self.stage, Stage::Acted(Answer::Done));
        let seen = match effect::of(self.plan, step, observation) {
            // A new voter counts as healthy from here on, so it must have shown that it is.
            Effect::Seen => {
                step.kind != Kind::Promote || !self.tried || self.serves(step, observation)
            }
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

    /// Whether the member serves, where the step is about that.
    fn serves(&self, step: &Step, observation: &Observation) -> bool {
        match step.kind {
            Kind::Start | Kind::Restart | Kind::Promote => {
                locate::target(self.plan, step, observation)
                    .is_some_and(|live| live.health() == Health::Healthy)
            }
            Kind::AddLearner
            | Kind::MoveLeader
            | Kind::UpdatePeerUrls
            | Kind::MoveData
            | Kind::Stop
            | Kind::Remove
            | Kind::Wipe
            | Kind::Backup => true,
        }
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
