//! What must hold before a step: the rule book, on a fresh look at the cluster.

use std::collections::BTreeSet;

use crate::action::{Action, Kind, MemberKey};
use crate::apply::locate;
use crate::member::MemberId;
use crate::model::ClusterModel;
use crate::observation::Observation;
use crate::plan::{Override, Plan, Step, successor};
use crate::safety::{Hazard, Limits, Outage, Verdict, assess};
use crate::url::Urls;

/// What the gate says of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gate {
    /// It may be performed.
    Open,
    /// Its member leads: leadership goes to this one first.
    MoveLeadership {
        /// Who takes it.
        to: MemberId,
    },
    /// It may not, now; each hazard says whether waiting can help.
    Closed(Vec<Hazard>),
}

/// Judges a step on a fresh observation.
pub fn judge(plan: &Plan, index: usize, step: &Step, observation: &Observation) -> Gate {
    let model = ClusterModel::observed(observation, plan.topology.policy.max_learner_lag);
    let Some(action) = action(plan, step, observation) else {
        return Gate::Closed(vec![Hazard::Impossible {
            kind: step.kind,
            reason: "its member is not listed".to_owned(),
        }]);
    };
    if successor::takes_down(&action) && model.leads(action.member()) {
        let left = plan.steps.iter().skip(index);
        let goes_down = left
            .filter_map(|step| self::action(plan, step, observation))
            .filter(successor::takes_down);
        let goes_down: BTreeSet<MemberKey> =
            goes_down.map(|action| action.member().clone()).collect();
        if let Some(MemberKey::Live(to)) = successor::choose(&model, action.member(), &goes_down) {
            return Gate::MoveLeadership { to };
        }
    }
    match assess(&model, &action, &limits(plan)) {
        Verdict::Safe | Verdict::Caution(_) => Gate::Open,
        Verdict::Refused(hazards) => Gate::Closed(hazards),
    }
}

/// The limits that the plan was made with.
pub fn limits(plan: &Plan) -> Limits {
    let allowed = plan.overrides.contains(&Override::AllowOutage);
    Limits::new(
        &plan.topology.policy,
        if allowed {
            Outage::Allowed
        } else {
            Outage::Refused
        },
    )
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
        Kind::Backup => return None,
    })
}
