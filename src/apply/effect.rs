//! Whether the effect of a step is there.
//!
//! The cluster itself is the witness, never our memory: a step is done when
//! its effect is seen, whoever brought it about. Some steps leave no trace
//! that etcd would show: a cleared or copied directory, the end of a process
//! that is no member any more. For those the word of whoever performed them
//! must do, and without it they are [`Effect::Traceless`].
//!
//! ```text
//! voters=(m1* m2 m3)   promote m3   seen
//! voters=(m1* m2 m3)   remove m3    not seen
//! voters=(m1* m2)      stop m3      traceless: m3 was removed before
//! ```

mod process;

use crate::action::Kind;
use crate::apply::locate;
use crate::member::Role;
use crate::observation::{Condition, Health, LiveMember, Observation, Witness};
use crate::plan::{Performer, Plan, Step};

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

/// What was said of a step in this run, before the look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// Nothing: it was not performed in this run.
    Silence,
    /// The call was answered, or the driver says that it is done.
    Performed,
    /// A person was told what to do.
    LeftToHand,
    /// The driver was asked, and failed.
    Failed,
}

/// Looks for the effect of one step.
pub fn of(plan: &Plan, step: &Step, observation: &Observation, word: Word) -> Effect {
    let live = locate::target(plan, step, observation);
    match step.kind {
        Kind::AddLearner => seen(live.is_some()),
        Kind::Promote => seen(live.is_some_and(|live| live.role == Role::Voter)),
        Kind::Remove => seen(live.is_none()),
        Kind::UpdatePeerUrls => {
            let wanted = step.parameters.peer_urls.as_ref();
            seen(live.is_some_and(|live| Some(&live.peer_urls) == wanted))
        }
        Kind::MoveLeader => seen(gave_leadership_up(live, observation)),
        Kind::Stop => stopped(plan, step, live, word),
        Kind::Start | Kind::Restart => {
            live.map_or(Effect::NotSeen, |live| process::of(plan, step, live, word))
        }
        Kind::MoveData => by_word(word, relied_on_by_hand(plan, step)),
        // A process that is started on a directory which was not cleared exits at once (ETCD 2).
        Kind::Wipe => by_word(word, Effect::Seen),
        Kind::Backup
        | Kind::PutAside
        | Kind::Restore
        | Kind::ForceNew
        | Kind::Relay
        | Kind::EndRelay => by_word(word, Effect::Traceless),
    }
}

fn seen(is_there: bool) -> Effect {
    if is_there {
        Effect::Seen
    } else {
        Effect::NotSeen
    }
}

fn by_word(word: Word, left_to_hand: Effect) -> Effect {
    match word {
        Word::Silence | Word::Failed => Effect::Traceless,
        Word::Performed => Effect::Seen,
        Word::LeftToHand => left_to_hand,
    }
}

/// Whether the process that a start or restart wants runs, healthy or not yet.
pub(super) fn runs(plan: &Plan, step: &Step, observation: &Observation) -> bool {
    matches!(step.kind, Kind::Start | Kind::Restart)
        && locate::target(plan, step, observation)
            .is_some_and(|live| process::runs(plan, step, live))
}

/// Whether leadership is with another member that serves, or this one is dead,
/// and leads nothing: the cluster may have no leader until it is back.
fn gave_leadership_up(live: Option<&LiveMember>, observation: &Observation) -> bool {
    let leader = observation.leader.and_then(|id| observation.member(id));
    let another_leads = leader.is_some_and(|leader| {
        leader.health() == Health::Healthy && live.map(|live| live.id) != Some(leader.id)
    });
    another_leads || live.is_some_and(|live| live.health() == Health::Dead)
}

/// Whether a process has ended.
///
/// A member that is listed has ended when it is dead to all sides. Where the
/// driver says so too, its own silence is enough: its peers notice late (ETCD 0.9).
///
/// One that was removed is watched by nobody, and its silence proves nothing:
/// a removed etcd exits by itself, and what the step prevents is that a
/// restart policy brings it back. To stop it again is no harm.
///
/// Nor is it proven by a member's own death where its data is then taken away:
/// a process that a restart policy or a reboot brings back would begin with an
/// empty directory under the old id (ETCD 2).
fn stopped(plan: &Plan, step: &Step, live: Option<&LiveMember>, word: Word) -> Effect {
    let Some(live) = live else {
        return by_word(word, Effect::Seen);
    };
    match word {
        // What still has its port was not the process that ended.
        Word::Performed => seen(
            matches!(live.condition, Condition::Silent { .. }) && live.peer_port != Witness::Yes,
        ),
        Word::Silence if live.health() == Health::Dead && gives_data_away(plan, step) => {
            Effect::Traceless
        }
        // Where the machine is gone with it, its driver can do nothing, and nothing comes back.
        Word::Silence | Word::LeftToHand | Word::Failed => seen(live.health() == Health::Dead),
    }
}

/// Whether the data of the step's member is moved after it.
fn gives_data_away(plan: &Plan, step: &Step) -> bool {
    plan.steps.iter().any(|other| {
        other.kind == Kind::MoveData && other.id > step.id && other.member_id == step.member_id
    })
}

/// Data that a person was told to bring: whoever then starts the process by
/// hand knows whether it is there. A driver would not, and a member that
/// starts on an empty directory has forgotten its votes.
fn relied_on_by_hand(plan: &Plan, step: &Step) -> Effect {
    let starts = |other: &&Step| {
        other.kind == Kind::Start && other.id > step.id && other.member_id == step.member_id
    };
    match plan.steps.iter().find(starts) {
        Some(start) if start.by == Performer::Hand => Effect::Seen,
        Some(_) | None => Effect::Traceless,
    }
}
