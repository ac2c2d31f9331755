//! Whether a step of a recovery is done, and whether the recovery may go on.

use crate::action::Kind;
use crate::apply::ObserveError;
use crate::apply::halt::Halt;
use crate::observation::Observation;
use crate::plan::recovery::Recovery;
use crate::plan::{Plan, Step};
use crate::remains::{Data, Remnant};

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
    recovery: &Recovery,
    step: &Step,
    remnant: Option<&Remnant>,
    seen: &Result<Observation, ObserveError>,
) -> State {
    let rebirth = recovery.rebirth.as_ref();
    let reborn = |data: &Data| rebirth.is_some_and(|rebirth| data.cluster == rebirth.cluster_id);
    if step.kind == Kind::Start {
        return started(recovery, step, remnant, seen);
    }
    let Some(remnant) = remnant else {
        return State::Unknown;
    };
    let is_reborn = remnant.data.as_ref().is_some_and(reborn);
    let is_done = match step.kind {
        // What runs on the new data is another process.
        Kind::Stop => !remnant.running || is_reborn,
        Kind::PutAside => remnant.data.is_none() || is_reborn,
        Kind::Restore => is_reborn,
        Kind::AddLearner
        | Kind::Start
        | Kind::Promote
        | Kind::MoveLeader
        | Kind::UpdatePeerUrls
        | Kind::MoveData
        | Kind::Restart
        | Kind::Remove
        | Kind::Wipe
        | Kind::Backup => false,
    };
    if is_done { State::Done } else { State::NotDone }
}

/// The last member that is started brings the quorum; the ones before it serve nobody yet.
fn started(
    recovery: &Recovery,
    step: &Step,
    remnant: Option<&Remnant>,
    seen: &Result<Observation, ObserveError>,
) -> State {
    let runs = remnant.map(|remnant| remnant.running);
    if step.id.0 < recovery.steps {
        return match runs {
            Some(true) => State::Done,
            Some(false) => State::NotDone,
            None => State::Unknown,
        };
    }
    let serves = seen.as_ref().is_ok_and(|seen| {
        let rebirth = recovery.rebirth.as_ref();
        let is_it = rebirth.is_none_or(|rebirth| seen.cluster_id == rebirth.cluster_id);
        is_it && seen.standing().has_quorum()
    });
    match (serves, runs) {
        (_, Some(false)) => State::NotDone,
        (true, Some(true) | None) => State::Done,
        (false, Some(true) | None) => State::Awaited("the cluster to have a quorum".to_owned()),
    }
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
    let rebirth = recovery.rebirth.as_ref()?;
    if seen.cluster_id == rebirth.cluster_id {
        return None;
    }
    if seen.cluster_id != plan.cluster.id {
        return Some(Halt::OtherCluster {
            planned: plan.cluster.id,
            live: seen.cluster_id,
        });
    }
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
