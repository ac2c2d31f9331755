//! What is believed while nobody answers.
//!
//! Mostly nothing: the run waits. But a cluster of one voter that moves is
//! silent from its `stop` to its `start`, and that is the plan's own doing. Its
//! members cannot change meanwhile, since there is no quorum to change them,
//! so what was listed last must do for the steps between.

use std::time::Duration;

use crate::action::Kind;
use crate::apply::ObserveError;
use crate::apply::attention::Wish;
use crate::apply::darkness;
use crate::apply::effect::Word;
use crate::apply::halt::Halt;
use crate::apply::progress::stage::Stage;
use crate::apply::progress::{Directive, Progress};
use crate::observation::{Condition, Observation, Witness};
use crate::plan::Step;

impl Progress<'_> {
    /// Nobody answers: what is believed instead, or what to do.
    pub(super) fn without_sight(
        &mut self,
        error: ObserveError,
        now: Duration,
    ) -> Result<Observation, Directive> {
        if self.stage == Stage::Unknown
            && let Some(dark) = darkness::of(self.plan, &self.record, &error.to_string())
        {
            self.last = Some(dark.clone());
            return Ok(dark);
        }
        let (Some(step), Some(last)) = (self.step(), &self.last) else {
            return Err(if self.wish > Wish::GoOn {
                Directive::Halt(Halt::Interrupted { waited_for: None })
            } else if self.unseen.is_over(now) {
                Directive::Halt(Halt::Unseen { error })
            } else {
                Directive::Wait(self.pace.pause(now))
            });
        };
        let believed = expected(step, self.stage.word(), last, &error);
        believed.ok_or_else(|| self.wait(step, format!("the cluster to be seen: {error}"), now))
    }
}

/// The cluster as it must be, if it is no surprise that nobody answers.
fn expected(
    step: &Step,
    word: Word,
    last: &Observation,
    error: &ObserveError,
) -> Option<Observation> {
    let stopped = step.kind == Kind::Stop && step.after.healthy == 0 && word == Word::Performed;
    let between = match step.kind {
        Kind::MoveData => step.before.healthy == 0,
        // Once it was started, it is a process that answers that is waited for.
        Kind::Start => step.before.healthy == 0 && word == Word::Silence,
        Kind::AddLearner
        | Kind::Promote
        | Kind::MoveLeader
        | Kind::UpdatePeerUrls
        | Kind::Stop
        | Kind::Restart
        | Kind::Remove
        | Kind::Wipe
        | Kind::Backup
        | Kind::PutAside
        | Kind::Restore
        | Kind::ForceNew
        | Kind::Relay
        | Kind::EndRelay => false,
    };
    if !stopped && !between {
        return None;
    }
    let mut dark = last.clone();
    for member in &mut dark.members {
        let reason = error.to_string();
        member.condition = Condition::Silent { reason };
        member.seen_by_leader = Witness::Unknown;
        member.seen_by_peers = Witness::Unknown;
        member.peer_port = Witness::Unknown;
    }
    dark.leader = None;
    Some(dark)
}
