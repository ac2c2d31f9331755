//! Rules of quorum: what the action leaves to vote.

use crate::action::Action;
use crate::member::Role;
use crate::observation::Health;
use crate::safety::{Case, Hazard, Outage};

/// Up to this many voters, no process can stop without losing quorum.
pub(super) const NO_SPARE_UP_TO: usize = 2;

/// The last voter is never removed: etcd refuses it, and nothing would be left.
pub(super) fn last_voter(case: &Case<'_>) -> Option<Hazard> {
    let removed = matches!(case.action, Action::Remove { .. });
    (removed && case.after.voters == 0).then(|| Hazard::LastVoter {
        member: case.label(),
        before: case.before,
    })
}

/// What remains must decide, counted among voters known to be healthy.
///
/// etcd asks the same of *connected* voters (`mayRemoveMember`), and does not
/// notice a frozen peer for 20 s on 3.5: our own probes are stricter.
pub(super) fn quorum_after(case: &Case<'_>) -> Option<Hazard> {
    let worst = match case.action {
        Action::Remove { .. } | Action::Promote { .. } => case.after,
        Action::Stop { .. } | Action::Restart { .. } if case.before.voters > NO_SPARE_UP_TO => {
            case.lowest
        }
        Action::Stop { .. }
        | Action::Restart { .. }
        | Action::AddLearner { .. }
        | Action::Start { .. }
        | Action::MoveLeader { .. }
        | Action::UpdatePeerUrls { .. }
        | Action::MoveData { .. }
        | Action::Wipe { .. } => return None,
    };
    let lowers = worst.can_lose() < case.before.can_lose();
    (worst.voters > 0 && !worst.has_quorum() && lowers).then(|| {
        let target = case.action.member();
        let named = |health: fn(Health) -> bool| {
            let voters = case
                .model
                .voters()
                .filter(|(key, member)| *key != target && health(member.health));
            voters.map(|(_, member)| member.label.clone()).collect()
        };
        Hazard::QuorumWouldBeLost {
            kind: case.action.kind(),
            member: case.label(),
            before: case.before,
            worst,
            answering: named(|health| health == Health::Healthy),
            silent: named(|health| health != Health::Healthy),
        }
    })
}

/// With one or two voters every restart, stop, or move is an outage.
pub(super) fn outage(case: &Case<'_>) -> Option<Hazard> {
    let stops = matches!(case.action, Action::Stop { .. } | Action::Restart { .. });
    let loses = case.before.has_quorum() && !case.lowest.has_quorum();
    if !stops || !loses || case.before.voters > NO_SPARE_UP_TO {
        return None;
    }
    let (member, voters) = (case.label(), case.before.voters);
    Some(match case.limits.outage {
        Outage::Refused => Hazard::Outage { member, voters },
        Outage::Allowed => Hazard::OutageAllowed { member, voters },
    })
}

/// `policy.minCanLose` as a number is a hard floor.
///
/// A step that makes nothing worse is not held up by a floor that the cluster
/// is below already: it may be the way back above it.
pub(super) fn floor(case: &Case<'_>) -> Option<Hazard> {
    let floor = case.limits.floor?;
    let lowers = case.lowest.can_lose() < case.before.can_lose();
    (lowers && case.lowest.can_lose() < i64::from(floor)).then(|| Hazard::BelowFloor {
        kind: case.action.kind(),
        member: case.label(),
        floor,
        lowest: case.lowest,
    })
}

/// Worth a word: while a process is down, no other voter may fail.
pub(super) fn no_spare(case: &Case<'_>) -> Option<Hazard> {
    let is_voter = case
        .target()
        .is_some_and(|member| member.role == Role::Voter);
    let lowers = case.lowest.can_lose() < case.before.can_lose();
    (is_voter && lowers && case.lowest.can_lose() == 0).then(|| Hazard::NoSpare {
        kind: case.action.kind(),
        member: case.label(),
    })
}
