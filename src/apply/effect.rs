//! Whether the effect of a step is there.
//!
//! Some steps leave no trace that etcd would show: a cleared or copied
//! directory, the end of a process that is no member any more. They count as
//! done when a later step has left its trace, since steps are performed in
//! order; else they are performed again, which every driver action allows.

use crate::action::Kind;
use crate::apply::locate;
use crate::member::Role;
use crate::observation::{Health, LiveMember, Observation};
use crate::plan::{Plan, Step};

/// How much later, in milliseconds, a process must have started to be another
/// one: the metric is counted from the boot time, which moves by up to a second
/// when the host's clock is set.
const CLOCK_STEP: u64 = 1_000;

/// Whether the effect of a step is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It is.
    Seen,
    /// It is not.
    NotSeen,
    /// Nothing would show it.
    Traceless,
}

/// Looks for the effect of one step.
pub fn of(plan: &Plan, step: &Step, observation: &Observation) -> Effect {
    let live = locate::target(plan, step, observation);
    let seen = match step.kind {
        Kind::AddLearner => live.is_some(),
        Kind::Promote => live.is_some_and(|live| live.role == Role::Voter),
        Kind::Remove => live.is_none(),
        Kind::UpdatePeerUrls => {
            live.is_some_and(|live| Some(&live.peer_urls) == step.parameters.peer_urls.as_ref())
        }
        Kind::MoveLeader => {
            observation.leader.is_some() && live.map(|live| live.id) != observation.leader
        }
        // One that was dead before the plan proves nothing by being dead.
        Kind::Stop if was_dead(plan, step) => return Effect::Traceless,
        Kind::Stop => match live {
            // A frozen process does not answer either, and its peers still see it for a while.
            Some(live) => live.health() == Health::Dead,
            None => return Effect::Traceless,
        },
        Kind::Start | Kind::Restart if !shows(plan, step) => return Effect::Traceless,
        Kind::Start | Kind::Restart => live.is_some_and(|live| runs_as_wanted(step, live)),
        Kind::MoveData | Kind::Wipe | Kind::Backup => return Effect::Traceless,
    };
    if seen { Effect::Seen } else { Effect::NotSeen }
}

fn was_dead(plan: &Plan, step: &Step) -> bool {
    let mut bases = plan.base.members.iter();
    bases.any(|base| Some(base.id) == step.member_id && base.health == Health::Dead)
}

/// Whether a start of this process could be told from the process before it.
fn shows(plan: &Plan, step: &Step) -> bool {
    let base = step
        .member_id
        .and_then(|id| plan.base.members.iter().find(|base| base.id == id));
    let Some(base) = base else { return true };
    let wanted = &step.parameters;
    let renamed = wanted.name.is_some() && wanted.name != base.name;
    let moved = wanted
        .client_urls
        .as_ref()
        .is_some_and(|urls| !urls.is_empty() && *urls != base.client_urls);
    let upgraded = wanted.version.is_some() && wanted.version != base.version;
    let was_down = base.health != Health::Healthy;
    wanted.started_before.is_some() || renamed || moved || upgraded || was_down
}

/// Whether the member's process is the one that the step wants.
fn runs_as_wanted(step: &Step, live: &LiveMember) -> bool {
    let wanted = &step.parameters;
    let named = wanted.name.is_none() || live.name == wanted.name;
    let reached = wanted
        .client_urls
        .as_ref()
        .is_none_or(|urls| urls.is_empty() || *urls == live.client_urls);
    let Some(status) = live.status() else {
        return false;
    };
    let newer = match (wanted.started_before, status.started_at) {
        (Some(before), Some(now)) => now > before + CLOCK_STEP,
        // Without the metric, what it publishes must do.
        (_, None) | (None, _) => true,
    };
    let version = wanted
        .version
        .is_none_or(|version| version == status.version)
        || step.member_id.is_none();
    named && reached && newer && version && live.health() == Health::Healthy
}

/// Whether the process that a step starts is there, if it does not serve yet: of
/// two voters, one that starts waits for an election.
fn has_begun(plan: &Plan, step: &Step, observation: &Observation) -> bool {
    if !matches!(step.kind, Kind::Start | Kind::Restart) {
        return false;
    }
    let status = locate::target(plan, step, observation).and_then(LiveMember::status);
    let newer = |before: u64| {
        status
            .and_then(|status| status.started_at)
            .is_some_and(|now| now > before + CLOCK_STEP)
    };
    step.parameters.started_before.is_some_and(newer)
}

/// The first step that is not done: where a run of the plan begins or goes on.
pub fn position(plan: &Plan, observation: &Observation) -> usize {
    let effects: Vec<Effect> = plan
        .steps
        .iter()
        .map(|step| of(plan, step, observation))
        .collect();
    let is_done = |(index, step): (usize, &Step)| {
        let later = || plan.steps.iter().zip(&effects).skip(index + 1);
        let own = |(other, effect): (&Step, &Effect)| {
            other.member == step.member
                && other.member_id == step.member_id
                && (*effect == Effect::Seen || has_begun(plan, other, observation))
        };
        // Leadership may have moved without us: that proves nothing.
        let any = |(other, effect): (&Step, &Effect)| {
            other.kind != Kind::MoveLeader && *effect == Effect::Seen
        };
        match effects.get(index) {
            Some(Effect::Seen) => true,
            Some(Effect::NotSeen) | None => later().any(own),
            Some(Effect::Traceless) => later().any(any),
        }
    };
    plan.steps
        .iter()
        .enumerate()
        .position(|step| !is_done(step))
        .unwrap_or(plan.steps.len())
}
