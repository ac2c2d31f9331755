//! Rules of calm: no change while something else is still going on.

use crate::action::{Action, Kind};
use crate::member::Role;
use crate::observation::{Disturbance, Health};
use crate::safety::voting::NO_SPARE_UP_TO;
use crate::safety::{Case, Hazard, Outage};

/// Without quorum every membership call hangs until its caller gives up (ETCD 0.4).
///
/// Nor is a voter taken down that may be alive. From the moment when a leader
/// dies until the next is elected no voter shows that it is healthy, and the
/// one that is stopped then may be one of the two that are left of three.
pub(super) fn quorum_now(case: &Case<'_>) -> Option<Hazard> {
    let lost =
        !case.before.has_quorum() || case.model.disturbances.contains(&Disturbance::NoQuorum);
    let is_outage = case.before.voters <= NO_SPARE_UP_TO && case.limits.outage == Outage::Allowed;
    let needs = case.action.kind().is_call() || (takes_down_vote(case) && !is_outage);
    (needs && lost).then_some(Hazard::NoQuorum {
        standing: case.before,
    })
}

/// Whether a process is stopped that may carry a vote: what is unknown counts as alive.
fn takes_down_vote(case: &Case<'_>) -> bool {
    let stops = matches!(case.action, Action::Stop { .. } | Action::Restart { .. });
    let votes = case.target().is_some_and(|member| {
        member.role == Role::Voter && matches!(member.health, Health::Healthy | Health::Unknown)
    });
    stops && votes
}

/// A call without a leader hangs; who leads must be known before anyone stops.
pub(super) fn leader_known(case: &Case<'_>) -> Option<Hazard> {
    let needs = case.action.kind().is_call()
        || matches!(case.action, Action::Restart { .. })
        || takes_down_vote(case);
    (needs && case.before.has_quorum() && case.model.leader().is_none()).then_some(Hazard::NoLeader)
}

/// Alarms, an enabled downgrade, and disputes come first.
pub(super) fn undisturbed(case: &Case<'_>) -> Option<Hazard> {
    // What was removed may be stopped and cleared whatever goes on in the cluster.
    let present = case.target().is_some() || case.action.kind() == Kind::AddLearner;
    let forbids = |disturbance: &&Disturbance| match disturbance {
        // Restarts are how an operator gets out of these.
        Disturbance::NoSpace { .. } | Disturbance::DowngradeEnabled => {
            case.action.kind().changes_membership()
        }
        Disturbance::Corrupt { .. } => present && case.action.kind() != Kind::Start,
        Disturbance::LeaderDisputed | Disturbance::TermMoving | Disturbance::ListsDiffer => {
            present && !matches!(case.action, Action::Start { .. } | Action::MoveData { .. })
        }
        // `quorum_now` speaks of it, with the numbers.
        Disturbance::NoQuorum => false,
    };
    let disturbance = case.model.disturbances.iter().find(forbids)?.clone();
    Some(Hazard::Disturbed { disturbance })
}

/// A voter that is listed and has not started counts towards quorum: with it
/// beside another change, one more failure can be one too many. etcd accepts
/// such a removal (ETCD 10), so this guard is the only one.
pub(super) fn voters_started(case: &Case<'_>) -> Option<Hazard> {
    let disturbs = match case.action {
        Action::AddLearner { .. }
        | Action::Promote { .. }
        | Action::Remove { .. }
        | Action::Restart { .. }
        | Action::Stop { .. } => true,
        Action::Start { .. }
        | Action::MoveLeader { .. }
        | Action::UpdatePeerUrls { .. }
        | Action::MoveData { .. }
        | Action::Wipe { .. } => false,
    };
    let target = case.action.member();
    // To take out a voter that does not run makes nothing worse, nor does stopping what was removed.
    let harmless = case
        .target()
        .is_none_or(|member| matches!(member.health, Health::Unstarted | Health::Dead));
    if !disturbs || (harmless && case.action.kind() != Kind::AddLearner) {
        return None;
    }
    let mut unstarted = case
        .model
        .voters()
        .filter(|(key, m)| *key != target && m.health == Health::Unstarted);
    let (_, member) = unstarted.next()?;
    Some(Hazard::UnstartedVoter {
        member: member.label.clone(),
    })
}

/// A wiped directory under a member's id has forgotten its votes (ETCD 2).
pub(super) fn wiped_after_removal(case: &Case<'_>) -> Option<Hazard> {
    let present = case.target().is_some() && case.action.kind() == Kind::Wipe;
    present.then(|| Hazard::WipeOfMember {
        member: case.label(),
    })
}
