//! Whether a member's process is the one that a start or restart wants.

use std::time::Duration;

use crate::action::Kind;
use crate::apply::effect::{Effect, Word};
use crate::observation::{Health, LiveMember, Status, Witness};
use crate::plan::{BaseMember, Plan, Step};
use crate::url::Urls;

/// How much later a process must have started to count as another one, where
/// nobody says that it was restarted: the same process is seen up to a second
/// earlier or later when its host's clock is set.
const CLOCK_STEP: Duration = Duration::from_secs(1);

/// Looks at the process of a listed member.
///
/// It must be healthy, as wanted, and another than the one before. The last
/// shows in its start time, or in what only a new process could publish.
pub(super) fn of(plan: &Plan, step: &Step, live: &LiveMember, word: Word) -> Effect {
    let Some(status) = live.status() else {
        return Effect::NotSeen;
    };
    if live.health() != Health::Healthy || !is_as_wanted(step, live, status) {
        return Effect::NotSeen;
    }
    match (is_another(plan, step, status, word), word) {
        (Witness::Yes, _) | (Witness::Unknown, Word::Performed) => Effect::Seen,
        (Witness::No, _) => Effect::NotSeen,
        (Witness::Unknown, Word::Silence | Word::LeftToHand | Word::Failed) => Effect::Traceless,
    }
}

/// Whether the wanted process answers, healthy or not yet. What it publishes it can
/// publish only with quorum, but it answers where only it listens.
pub(super) fn runs(plan: &Plan, step: &Step, live: &LiveMember) -> bool {
    live.status().is_some_and(|status| {
        answers_at_new_place(plan, step, status)
            || is_as_wanted(step, live, status)
                && is_another(plan, step, status, Word::Silence) == Witness::Yes
    })
}

fn answers_at_new_place(plan: &Plan, step: &Step, status: &Status) -> bool {
    let listed = |urls: &Urls| urls.iter().any(|url| url.as_str() == status.endpoint);
    let wanted = step.parameters.client_urls.as_ref();
    wanted.is_some_and(listed) && !base_of(plan, step).is_some_and(|base| listed(&base.client_urls))
}

fn base_of<'p>(plan: &'p Plan, step: &Step) -> Option<&'p BaseMember> {
    let id = step.member_id?;
    plan.base.members.iter().find(|base| base.id == id)
}

fn is_as_wanted(step: &Step, live: &LiveMember, status: &Status) -> bool {
    let wanted = &step.parameters;
    let named = wanted.name.is_none() || live.name == wanted.name;
    let urls = wanted.client_urls.as_ref();
    let reached = urls.is_none_or(|urls| urls.is_empty() || *urls == live.client_urls);
    // A new member runs what its host has.
    let version = wanted.version.filter(|_| step.member_id.is_some());
    let upgraded = version.is_none_or(|version| version == status.version);
    // The process before it may still be the one that answers clients, but it does not listen there.
    let listens = wanted.previous_peer_urls.is_none() || live.peer_port != Witness::No;
    named && reached && upgraded && listens
}

/// Whether it is another process than the one that the plan was made on.
fn is_another(plan: &Plan, step: &Step, status: &Status, word: Word) -> Witness {
    let Some(base) = base_of(plan, step) else {
        return Witness::Yes;
    };
    if publishes_news(step, base) {
        return Witness::Yes;
    }
    let margin = match word {
        Word::Performed => Duration::ZERO,
        Word::Silence | Word::LeftToHand | Word::Failed => CLOCK_STEP,
    };
    match (step.parameters.started_before, status.started_at) {
        (Some(before), Some(now)) => {
            let later = Duration::from_millis(now.saturating_sub(before));
            Witness::from(now > before && later > margin)
        }
        (None, _) | (_, None) => Witness::Unknown,
    }
}

/// Whether what the step wants could not be seen of the process before.
fn publishes_news(step: &Step, base: &BaseMember) -> bool {
    let wanted = &step.parameters;
    let renamed = wanted.name.is_some() && wanted.name != base.name;
    let urls = wanted.client_urls.as_ref();
    let moved = urls.is_some_and(|urls| !urls.is_empty() && *urls != base.client_urls);
    let upgraded = wanted.version.is_some() && wanted.version != base.version;
    let was_down =
        step.kind == Kind::Start && matches!(base.health, Health::Dead | Health::Unstarted);
    renamed || moved || upgraded || was_down
}
