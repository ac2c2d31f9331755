//! Rules of calm: no change while something else is still going on.

use crate::action::{Action, Kind};
use crate::member::Role;
use crate::model::{Member, Reach};
use crate::observation::{Disturbance, Health};
use crate::safety::voting::NO_SPARE_UP_TO;
use crate::safety::{Case, Hazard, Outage};

/// Without quorum every membership call hangs until its caller gives up (ETCD
/// 0.4), and whoever goes down may be the one that the others wait for: the
/// look may have fallen into an election, and another voter may be dead.
pub(super) fn quorum_now(case: &Case<'_>) -> Option<Hazard> {
    let lost =
        !case.before.has_quorum() || case.model.disturbances.contains(&Disturbance::NoQuorum);
    let needs = case.action.kind().is_call() || (takes_voter_down(case) && !accepts_outage(case));
    let is_down = |health: Health| matches!(health, Health::Dead | Health::Unstarted);
    (needs && lost).then(|| Hazard::NoQuorum {
        standing: case.before,
        alive: case
            .model
            .voters()
            .filter(|(_, m)| !is_down(m.health))
            .count(),
    })
}

/// A call without a leader hangs; who leads must be known before anyone stops.
pub(super) fn leader_known(case: &Case<'_>) -> Option<Hazard> {
    let needs = case.action.kind().is_call()
        || takes_voter_down(case)
        || matches!(case.action, Action::Restart { .. });
    (needs && case.before.has_quorum() && case.model.leader().is_none()).then_some(Hazard::NoLeader)
}

/// Whether a voter goes down that may be up, and that the others may need.
///
/// One that does not listen where it is listed is in the middle of a move: to
/// start it there is what brings the quorum back, unless it answers elsewhere and
/// another voter listens: it dials that one, and votes with it.
fn takes_voter_down(case: &Case<'_>) -> bool {
    let goes_down = matches!(case.action, Action::Stop { .. } | Action::Restart { .. });
    let listens = |member: &Member| {
        !matches!(member.health, Health::Dead | Health::Unstarted) && member.reach != Reach::Closed
    };
    // Only who answers says what it runs.
    let answers = |member: &Member| member.version.is_some();
    let target = case.action.member();
    let mut others = case.model.voters().filter(|(key, _)| *key != target);
    let another = others.any(|(_, member)| listens(member));
    let counts = |member: &Member| {
        member.role == Role::Voter
            && member.health != Health::Dead
            && (member.reach != Reach::Closed || (another && answers(member)))
    };
    goes_down && case.target().is_some_and(counts)
}

/// Whether the operator accepts that one or two voters lose their quorum.
fn accepts_outage(case: &Case<'_>) -> bool {
    case.limits.outage == Outage::Allowed && case.before.voters <= NO_SPARE_UP_TO
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

/// Two processes with one id both vote: etcd 3.4 keeps them alive without an
/// error, and data that is copied while a process writes is half of one (ETCD 10).
/// So data moves, and a process starts, only where none runs.
pub(super) fn process_ended(case: &Case<'_>) -> Option<Hazard> {
    let (Action::MoveData { .. } | Action::Start { .. }) = case.action else {
        return None;
    };
    let member = case.target()?;
    let runs = matches!(member.health, Health::Healthy | Health::Unknown);
    runs.then(|| Hazard::StillRuns {
        kind: case.action.kind(),
        member: member.label.clone(),
        health: member.health,
    })
}
