//! Where a run of a plan begins, or goes on.
//!
//! The position is read off the cluster. Steps are performed in order, so a
//! step that leaves no trace is done when a later one has been performed, or
//! when the journal of an earlier run says so; else it is performed again,
//! which every driver's action allows.
//!
//! A plan that does not fit the cluster has no position ([`Misfit`]).
//!
//! ```text
//! voters=(m1* m2) learners=(m4?)   remove m3, stop m3, addLearner m4, start m4   at start m4
//! voters=(m1* m2)                  remove m3, stop m3, addLearner m4, start m4   at stop m3
//! ```

use crate::action::Kind;
use crate::apply::effect::{self, Effect, Word};
use crate::apply::journal::Record;
use crate::apply::locate;
use crate::apply::passage::Passage;
use crate::observation::Observation;
use crate::plan::{Plan, Step};

/// How far a plan has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The index of the first step that is not done.
    pub next: usize,
    /// Whether a step before it was performed, by this or an earlier run;
    /// otherwise all of them were satisfied from the start.
    pub begun: bool,
    /// Whether a backup is still to be made before the next step, wherever that is: nothing but a
    /// journal shows that it was.
    pub owes_backup: bool,
}

/// Why a plan cannot be performed on a cluster, whatever the rule book says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// It is refused as it stands.
    NotApplyable,
    /// It was made for another cluster.
    OtherCluster,
    /// The live members are no set that it passes through.
    Stale {
        /// What moved, a line each.
        moved: Vec<String>,
    },
}

/// Whether a plan fits a cluster: where among the sets that it passes through the live members are.
pub fn place(plan: &Plan, passage: &Passage, observation: &Observation) -> Result<usize, Misfit> {
    if !plan.applyable {
        return Err(Misfit::NotApplyable);
    }
    if plan.cluster.id != Some(observation.cluster_id) {
        return Err(Misfit::OtherCluster);
    }
    let place = passage.place(observation);
    place.ok_or_else(|| Misfit::Stale {
        moved: passage.moved_from_nearest(observation),
    })
}

/// Reads the position of a plan off the cluster.
///
/// Of a step that a journal calls done the word of whoever performed it is known.
pub fn of(plan: &Plan, observation: &Observation, record: &Record) -> Position {
    let word = |step: &Step| {
        if record.is_done(step.id) {
            Word::Performed
        } else {
            Word::Silence
        }
    };
    let effect = |step: &Step| effect::of(plan, step, observation, word(step));
    let effects: Vec<(&Step, Effect)> = plan.steps.iter().map(|s| (s, effect(s))).collect();
    let is_done = |(index, (step, effect)): (usize, &(&Step, Effect))| {
        let mut later = effects.iter().skip(index + 1);
        let is_through = |(later, effect): &(&Step, Effect)| {
            is_same(step, later)
                && (was_performed(later, *effect) || effect::runs(plan, later, observation))
        };
        let is_proven = |(later, effect): &(&Step, Effect)| {
            is_proof(step, later) && was_performed(later, *effect)
        };
        match effect {
            Effect::Seen => true,
            // It is no part of the way: `owes_backup` tells.
            _ if step.kind == Kind::Backup => {
                later.any(|(later, effect)| was_performed(later, *effect))
            }
            Effect::NotSeen if !is_superseded(plan, step, observation) => false,
            Effect::NotSeen if step.kind != Kind::Start => later.any(is_through),
            Effect::NotSeen | Effect::Traceless => {
                later.any(|later| is_through(later) || is_proven(later))
            }
        }
    };
    let done = effects.iter().enumerate().map(is_done);
    let next = done.take_while(|done| *done).count();
    let mut before = effects.iter().take(next);
    let mut backups = plan.steps.iter().filter(|step| step.kind == Kind::Backup);
    let owes_backup = next < plan.steps.len() && backups.any(|step| !record.is_done(step.id));
    Position {
        next,
        begun: before.any(|(step, effect)| was_performed(step, *effect)),
        owes_backup,
    }
}

fn is_same(step: &Step, other: &Step) -> bool {
    step.member == other.member && step.member_id == other.member_id
}

/// Whether a later step of another member proves that this one was performed.
///
/// The end of what was removed, and the clearing of its directory: yes, by the
/// order of the plan. That data was brought only its own member proves: if
/// somebody had run ahead of the plan, a member would start without its data.
fn is_proof(step: &Step, later: &Step) -> bool {
    step.kind != Kind::MoveData && later.kind.changes_membership()
}

/// Whether later steps of the same member undo what is seen of it: a stopped
/// process is started again, leadership may come back once its member is
/// through, and a started member that runs may have lost its leader since.
fn is_superseded(plan: &Plan, step: &Step, observation: &Observation) -> bool {
    match step.kind {
        Kind::Stop | Kind::MoveLeader => true,
        Kind::Start => {
            locate::target(plan, step, observation).is_some_and(|live| live.status().is_some())
        }
        Kind::AddLearner
        | Kind::Promote
        | Kind::UpdatePeerUrls
        | Kind::MoveData
        | Kind::Restart
        | Kind::Remove
        | Kind::Wipe
        | Kind::Backup
        | Kind::PutAside
        | Kind::Restore
        | Kind::ForceNew
        | Kind::Relay
        | Kind::EndRelay => false,
    }
}

/// Whether this effect is there only because the step was performed: no plan
/// has a change of membership that was satisfied when it was made. Leadership
/// moves and members die without anybody's doing.
fn was_performed(step: &Step, effect: Effect) -> bool {
    let deliberate = match step.kind {
        Kind::AddLearner
        | Kind::Start
        | Kind::Promote
        | Kind::UpdatePeerUrls
        | Kind::Restart
        | Kind::Remove => true,
        Kind::MoveLeader
        | Kind::MoveData
        | Kind::Stop
        | Kind::Wipe
        | Kind::Backup
        | Kind::PutAside
        | Kind::Restore
        | Kind::ForceNew
        | Kind::Relay
        | Kind::EndRelay => false,
    };
    deliberate && effect == Effect::Seen
}
