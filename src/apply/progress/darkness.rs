//! What is believed while nobody answers, where the plan itself made it so.
//!
//! A cluster of one voter that moves is silent from its `stop` to its `start`.
//! Its members cannot change meanwhile, since there is no quorum to change
//! them, so what was listed last must do for the steps between.

use crate::action::Kind;
use crate::apply::ObserveError;
use crate::apply::effect::Word;
use crate::observation::{Condition, Observation};
use crate::plan::Step;

/// The cluster as it must be, if it is no surprise that nobody answers.
pub(super) fn expected(
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
        | Kind::Backup => false,
    };
    if !stopped && !between {
        return None;
    }
    let mut dark = last.clone();
    for member in &mut dark.members {
        let reason = error.to_string();
        member.condition = Condition::Silent { reason };
    }
    dark.leader = None;
    Some(dark)
}
