//! Whether a step of a recovery is done, and whether the recovery may go on.

use crate::action::Kind;
use crate::apply::ObserveError;
use crate::apply::halt::Halt;
use crate::observation::{LiveMember, Observation};
use crate::plan::recovery::Recovery;
use crate::plan::{Plan, Step};
use crate::remains::{Data, Remnant};

/// What is waited for when all was done for it.
pub(super) const QUORUM: &str = "the cluster to have a quorum";

/// How far a step of a recovery is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Its effect is there.
    Done,
    /// It is not, and nothing shows that it was asked for.
    NotDone,
    /// It was asked for, and this is awaited.
    Awaited(String),
    /// Nobody can look.
    Unknown,
}

/// How far a step is, by what lies at its member's place and who answers.
pub fn state(
    plan: &Plan,
    recovery: &Recovery,
    step: &Step,
    remnant: Option<&Remnant>,
    seen: &Result<Observation, ObserveError>,
) -> State {
    let rebirth = recovery.rebirth.as_ref();
    // Data of a cluster that keeps its id tells nothing.
    let rebirth = rebirth.filter(|rebirth| Some(rebirth.cluster_id) != plan.cluster.id);
    let reborn = |data: &Data| rebirth.is_some_and(|rebirth| data.cluster == rebirth.cluster_id);
    let is_reborn = |remnant: &Remnant| remnant.data.as_ref().is_some_and(reborn);
    let is_back = seen.as_ref().is_ok_and(|seen| plan.is_reborn(seen));
    if is_back
        && matches!(
            step.kind,
            Kind::Stop | Kind::PutAside | Kind::Restore | Kind::ForceNew
        )
    {
        return State::Done;
    }
    // Whoever answers runs, whatever is found at the place of the file.
    if matches!(step.kind, Kind::Stop | Kind::PutAside) && answers(step, seen) {
        return State::NotDone;
    }
    let found = |is_done: fn(&Remnant) -> bool| match remnant {
        // What is there on the new data is another's.
        Some(remnant) => is(is_done(remnant) || is_reborn(remnant)),
        None => State::Unknown,
    };
    match step.kind {
        Kind::Start => started(plan, recovery, step, remnant, seen),
        Kind::Stop => found(|remnant| !remnant.running),
        Kind::PutAside => found(|remnant| remnant.data.is_none()),
        Kind::Restore => found(|_| false),
        Kind::Relay if has_quorum(plan, recovery, seen) => State::Done,
        Kind::Relay => State::NotDone,
        Kind::UpdatePeerUrls => is(is_updated(step, seen)),
        // Nothing shows that nothing leads there, that a member went on alone, or that it is no step of
        // a recovery.
        Kind::EndRelay
        | Kind::ForceNew
        | Kind::AddLearner
        | Kind::Promote
        | Kind::MoveLeader
        | Kind::MoveData
        | Kind::Restart
        | Kind::Remove
        | Kind::Wipe
        | Kind::Backup => State::Unknown,
    }
}

/// Whether the step's member answers as one of the old cluster.
fn answers(step: &Step, seen: &Result<Observation, ObserveError>) -> bool {
    seen.as_ref().is_ok_and(|seen| {
        let mut members = seen.members.iter();
        members.any(|live| Some(live.id) == step.member_id && live.status().is_some())
    })
}

fn is(done: bool) -> State {
    if done { State::Done } else { State::NotDone }
}

/// Whether the member list has the step's URLs, as a quorum knows it.
fn is_updated(step: &Step, seen: &Result<Observation, ObserveError>) -> bool {
    let listed = seen.as_ref().ok().and_then(|seen| {
        let mut members = seen.members.iter();
        members.find(|live| Some(live.id) == step.member_id)
    });
    listed.is_some_and(|live| Some(&live.peer_urls) == step.parameters.peer_urls.as_ref())
}

/// Whether the cluster that is to come back serves.
fn has_quorum(plan: &Plan, recovery: &Recovery, seen: &Result<Observation, ObserveError>) -> bool {
    seen.as_ref().is_ok_and(|seen| {
        let is_it = recovery.rebirth.is_none() || plan.is_reborn(seen);
        is_it && seen.standing().has_quorum()
    })
}

/// The last member that is started brings the quorum; the ones before it serve nobody yet.
fn started(
    plan: &Plan,
    recovery: &Recovery,
    step: &Step,
    remnant: Option<&Remnant>,
    seen: &Result<Observation, ObserveError>,
) -> State {
    let runs = remnant.map(|remnant| remnant.running);
    // Where more is to be done before they find each other, a process is all that there can be.
    if step.id.0 < recovery.steps {
        return runs.map_or(State::Unknown, is);
    }
    match (has_quorum(plan, recovery, seen), runs) {
        (_, Some(false)) => State::NotDone,
        (true, Some(true) | None) => State::Done,
        (false, Some(true) | None) => State::Awaited(QUORUM.to_owned()),
    }
}

/// Data that is neither what was left nor what this recovery makes of it: another recovery has been there.
pub(super) fn stranger(
    plan: &Plan,
    recovery: &Recovery,
    remnant: Option<&Remnant>,
) -> Option<Halt> {
    let found = remnant?.data?.cluster;
    let rebirth = recovery.rebirth.as_ref();
    let known = [plan.cluster.id, rebirth.map(|rebirth| rebirth.cluster_id)];
    (!known.contains(&Some(found))).then_some(Halt::OtherCluster {
        planned: plan.cluster.id,
        live: found,
    })
}

/// Members that were none when the recovery was planned: nobody has named them, and nobody stops them.
fn strangers(plan: &Plan, seen: &Observation) -> Option<Vec<String>> {
    // Where nobody told who the members are, no list can differ.
    if plan.base.fingerprint.is_empty() {
        return None;
    }
    let is_known = |live: &&LiveMember| plan.base.members.iter().any(|base| base.id == live.id);
    let new = seen.members.iter().filter(|live| !is_known(live));
    let words: Vec<String> = new
        .map(|live| format!("{} was no member when this was planned", live.label()))
        .collect();
    (!words.is_empty()).then_some(words)
}

/// Why the recovery must not go on, on what answers now.
pub(super) fn forbids(
    plan: &Plan,
    recovery: &Recovery,
    seen: &Result<Observation, ObserveError>,
) -> Option<Halt> {
    let seen = match seen {
        Ok(seen) => seen,
        // Without quorum nobody may answer at all.
        Err(ObserveError::NoAnswer { .. }) => return None,
        Err(error) => {
            return Some(Halt::Unseen {
                error: error.clone(),
            });
        }
    };
    if plan.is_reborn(seen) {
        return None;
    }
    if plan.cluster.id != Some(seen.cluster_id) {
        return Some(Halt::OtherCluster {
            planned: plan.cluster.id,
            live: seen.cluster_id,
        });
    }
    if let Some(moved) = strangers(plan, seen) {
        return Some(Halt::Stale { moved });
    }
    recovery.rebirth.as_ref()?;
    if seen.standing().has_quorum() {
        return Some(Halt::QuorumExists);
    }
    let answers = seen.members.iter().filter(|live| live.status().is_some());
    let mut lost = answers.filter(|live| {
        let names = recovery.lost.iter();
        names.clone().any(|name| Some(name) == live.name.as_ref())
    });
    lost.next().map(|live| Halt::LostAnswers {
        member: live.label(),
    })
}
