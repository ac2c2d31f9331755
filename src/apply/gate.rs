//! What must hold before a step: the rule book, on a fresh look at the cluster.

use std::collections::BTreeSet;

use crate::action::{Action, Kind, MemberKey};
use crate::apply::locate;
use crate::member::MemberId;
use crate::model::ClusterModel;
use crate::observation::{Condition, LiveMember, Observation, Witness};
use crate::plan::{Override, Plan, Step, successor};
use crate::safety::{Hazard, Limits, Outage, Verdict, assess};
use crate::url::Urls;

/// What the gate says of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gate {
    /// It may be performed; what people should know besides.
    Open(Vec<Hazard>),
    /// It may be performed once its member, which leads, has handed over to this one.
    MoveLeadership {
        /// Who takes it.
        to: MemberId,
    },
    /// It may not, now; each hazard says whether waiting can help.
    Closed(Vec<Hazard>),
}

/// Judges a step on a fresh observation.
pub fn judge(plan: &Plan, step: &Step, observation: &Observation) -> Gate {
    if step.kind == Kind::Backup {
        // It changes nothing in the cluster.
        return Gate::Open(Vec::new());
    }
    let Some(action) = action(plan, step, observation) else {
        return impossible(step.kind, "a member that it needs is not listed");
    };
    let model = believed(plan, step, observation, &action);
    let limits = limits(plan);
    let Some(to) = successor(plan, step, observation, &model, &action) else {
        return match assess(&model, &action, &limits) {
            Verdict::Safe => Gate::Open(Vec::new()),
            Verdict::Caution(hazards) => Gate::Open(hazards),
            Verdict::Refused(hazards) => Gate::Closed(hazards),
        };
    };
    let transfer = Action::MoveLeader {
        from: action.member().clone(),
        to: MemberKey::Live(to),
    };
    match model.after(&transfer) {
        Err(illegal) => impossible(Kind::MoveLeader, &illegal.to_string()),
        // No leadership is moved for a step that is refused afterwards.
        Ok(moved) => {
            let verdicts = [
                assess(&model, &transfer, &limits),
                assess(&moved, &action, &limits),
            ];
            closed_by(verdicts).unwrap_or(Gate::MoveLeadership { to })
        }
    }
}

/// The cluster as seen; a silent member that the plan has stopped is dead.
///
/// Where metrics cannot be had nobody says so, and without the stop a silent
/// member whom nobody sees could be anywhere. One word that it is alive is
/// still enough: a restart policy may have brought it back.
fn believed(plan: &Plan, step: &Step, observation: &Observation, action: &Action) -> ClusterModel {
    let seen = ClusterModel::observed(observation, plan.topology.policy.max_learner_lag);
    let stopped = plan.steps.iter().any(|other| {
        other.kind == Kind::Stop && other.id < step.id && other.member_id == step.member_id
    });
    let is_silent = |live: &LiveMember| {
        let witnesses = [live.peer_port, live.seen_by_leader, live.seen_by_peers];
        matches!(live.condition, Condition::Silent { .. }) && !witnesses.contains(&Witness::Yes)
    };
    let live = locate::target(plan, step, observation);
    if stopped && live.is_some_and(is_silent) {
        let member = action.member().clone();
        seen.after(&Action::Stop { member }).unwrap_or(seen)
    } else {
        seen
    }
}

/// What speaks against the removal of a member that the plan would have kept.
pub(super) fn judge_removal(plan: &Plan, id: MemberId, observation: &Observation) -> Vec<Hazard> {
    let model = ClusterModel::observed(observation, plan.topology.policy.max_learner_lag);
    let member = MemberKey::Live(id);
    match assess(&model, &Action::Remove { member }, &limits(plan)) {
        Verdict::Safe | Verdict::Caution(_) => Vec::new(),
        Verdict::Refused(hazards) => hazards,
    }
}

fn closed_by(verdicts: impl IntoIterator<Item = Verdict>) -> Option<Gate> {
    verdicts.into_iter().find_map(|verdict| match verdict {
        Verdict::Refused(hazards) => Some(Gate::Closed(hazards)),
        Verdict::Safe | Verdict::Caution(_) => None,
    })
}

fn impossible(kind: Kind, reason: &str) -> Gate {
    let reason = reason.to_owned();
    Gate::Closed(vec![Hazard::Impossible { kind, reason }])
}

/// Who leads instead, where the step takes down a member that leads and another could.
fn successor(
    plan: &Plan,
    step: &Step,
    observation: &Observation,
    model: &ClusterModel,
    action: &Action,
) -> Option<MemberId> {
    if !successor::takes_down(action) || !model.leads(action.member()) {
        return None;
    }
    let left = plan.steps.iter().filter(|other| other.id >= step.id);
    let goes_down: BTreeSet<MemberKey> = left
        .filter_map(|other| self::action(plan, other, observation))
        .filter(successor::takes_down)
        .map(|action| action.member().clone())
        .collect();
    let is_new = |key: &MemberKey| {
        let mut base = plan.base.members.iter();
        base.all(|base| Some(base.id) != key.id())
    };
    successor::choose(model, action.member(), &goes_down, is_new)?.id()
}

/// The limits that the plan was made with.
fn limits(plan: &Plan) -> Limits {
    let outage = if plan.overrides.contains(&Override::AllowOutage) {
        Outage::Allowed
    } else {
        Outage::Refused
    };
    Limits::new(&plan.topology.policy, outage)
}

/// The step's action, with every member that is listed now under its id.
fn action(plan: &Plan, step: &Step, observation: &Observation) -> Option<Action> {
    let member = match locate::target(plan, step, observation) {
        Some(live) => MemberKey::Live(live.id),
        // What was removed is stopped and cleared under the id that it had.
        None => match step.member_id {
            Some(id) => MemberKey::Live(id),
            None => MemberKey::New(step.parameters.name.clone()?),
        },
    };
    let peer_urls = || -> Urls { step.parameters.peer_urls.clone().unwrap_or_default() };
    Some(match step.kind {
        Kind::AddLearner => Action::AddLearner {
            member,
            peer_urls: peer_urls(),
        },
        Kind::Start => Action::Start { member },
        Kind::Promote => Action::Promote { member },
        Kind::MoveLeader => {
            let to = locate::successor(plan, step.parameters.to.as_ref()?, observation)?;
            Action::MoveLeader {
                from: member,
                to: MemberKey::Live(to.id),
            }
        }
        Kind::UpdatePeerUrls => Action::UpdatePeerUrls {
            member,
            peer_urls: peer_urls(),
        },
        Kind::MoveData => Action::MoveData { member },
        Kind::Stop => Action::Stop { member },
        Kind::Restart => Action::Restart { member },
        Kind::Remove => Action::Remove { member },
        Kind::Wipe => Action::Wipe { member },
        Kind::Backup
        | Kind::PutAside
        | Kind::Restore
        | Kind::ForceNew
        | Kind::Relay
        | Kind::EndRelay => {
            return None;
        }
    })
}
