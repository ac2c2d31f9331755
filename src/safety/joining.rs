//! Rules of joining: learners, one at a time, and promoted when they can carry a vote.

use crate::action::Action;
use crate::model::{Lag, Member, Reach};
use crate::observation::Health;
use crate::safety::{Case, Hazard};
use crate::version::Version;

/// From here on `--max-learners` exists; before, one learner is all that etcd allows.
const MAX_LEARNERS_FLAG: Version = Version::new(3, 6, 0);

/// Nothing is added beside a voter that is not healthy: it still counts
/// towards quorum, and etcd up to 3.5.29 refuses the add anyway (ETCD 0.7).
pub(super) fn voters_healthy(case: &Case<'_>) -> Option<Hazard> {
    let Action::AddLearner { .. } = case.action else {
        return None;
    };
    let (_, member) = case
        .model
        .voters()
        .find(|(_, m)| matches!(m.health, Health::Dead | Health::Unknown))?;
    Some(Hazard::UnhealthyVoter {
        member: member.label.clone(),
        health: member.health,
    })
}

fn other_learner(case: &Case<'_>) -> Option<String> {
    let Action::AddLearner { .. } = case.action else {
        return None;
    };
    case.model
        .learners()
        .next()
        .map(|(_, member)| member.label.clone())
}

/// Whether some member is, or all may be, of a version that allows one learner only.
///
/// What a member that has yet to join will run is not known, but it is nothing
/// older than the cluster: etcd would not let it in (ETCD 5).
fn one_learner_only(case: &Case<'_>) -> bool {
    let cluster = case.model.version;
    let voters = case.model.voters();
    let versions = voters.filter_map(|(_, member)| member.version.or(cluster));
    versions.min().is_none_or(|least| least < MAX_LEARNERS_FLAG)
}

/// etcd up to 3.5 refuses a second learner.
pub(super) fn one_learner(case: &Case<'_>) -> Option<Hazard> {
    let learner = other_learner(case)?;
    one_learner_only(case).then(|| Hazard::SecondLearner {
        learner,
        learners: case.model.learners().count(),
    })
}

/// From 3.6 on `--max-learners` decides, which no API tells; its default is one.
pub(super) fn second_learner(case: &Case<'_>) -> Option<Hazard> {
    let learner = other_learner(case)?;
    (!one_learner_only(case)).then(|| Hazard::MaxLearners {
        learner,
        learners: case.model.learners().count(),
    })
}

/// A learner that never started is not promoted; etcd before 3.4.24 and 3.5.7 would (issue 15096).
pub(super) fn started(case: &Case<'_>) -> Option<Hazard> {
    let Action::Promote { .. } = case.action else {
        return None;
    };
    let member = case.target()?;
    (member.health != Health::Healthy).then(|| Hazard::LearnerNotRunning {
        member: member.label.clone(),
        health: member.health,
    })
}

/// etcd promotes at 90 % of the leader's index, which at 10^9 entries is 10^8 behind.
pub(super) fn in_sync(case: &Case<'_>) -> Option<Hazard> {
    let member = promoted(case)?;
    (member.lag != Lag::InSync).then(|| Hazard::LearnerBehind {
        member: member.label.clone(),
    })
}

/// etcd promotes a learner that nobody can dial (ETCD 10).
pub(super) fn reached(case: &Case<'_>) -> Option<Hazard> {
    let member = promoted(case)?;
    let reached = matches!(member.reach, Reach::Confirmed | Reach::PortOnly);
    (!reached).then(|| Hazard::LearnerUnconnected {
        member: member.label.clone(),
    })
}

/// Where no metrics can be had (`--listen-metrics-urls` elsewhere, as kubeadm
/// has it), nobody tells whether the leader reaches the learner, and etcd does
/// not ask. To refuse would make such clusters impossible to grow, so the
/// connection that we made ourselves must do.
pub(super) fn reach_unconfirmed(case: &Case<'_>) -> Option<Hazard> {
    let member = promoted(case)?;
    (member.reach == Reach::PortOnly).then(|| Hazard::ReachUnconfirmed {
        member: member.label.clone(),
    })
}

/// The learner that is to vote, if it runs.
fn promoted<'a>(case: &Case<'a>) -> Option<&'a Member> {
    let Action::Promote { .. } = case.action else {
        return None;
    };
    case.target()
        .filter(|member| member.health == Health::Healthy)
}

/// No restart while a learner catches up: a snapshot in flight would start again.
///
/// One that receives a snapshot answers nobody's question how far it is, so only
/// a learner known to be in sync, or to be dead, holds up nobody.
pub(super) fn nobody_catching_up(case: &Case<'_>) -> Option<Hazard> {
    let (Action::Restart { .. } | Action::Stop { .. }) = case.action else {
        return None;
    };
    let target = case.action.member();
    case.target()?;
    let mut behind = case
        .model
        .learners()
        .filter(|(key, m)| *key != target && m.lag != Lag::InSync && m.health != Health::Dead);
    let (_, learner) = behind.next()?;
    Some(Hazard::LearnerCatchingUp {
        learner: learner.label.clone(),
    })
}
