//! From placed actions to the steps of the document.

use crate::action::{Action, Kind, MemberKey};
use crate::diff::Change;
use crate::member::Role;
use crate::model::ClusterModel;
use crate::observation::Observation;
use crate::plan::layout::Layout;
use crate::plan::order::Placed;
use crate::plan::{Condition, Dependency, Parameters, Performer, Step, Successor, precaution};
use crate::topology::{Driver, HostActionKind, Topology};

/// Writes steps as the document has them.
#[derive(Debug)]
pub(super) struct StepWriter<'a> {
    /// What is wanted.
    pub(super) topology: &'a Topology,
    /// What was seen.
    pub(super) observation: &'a Observation,
    /// What happens to each member.
    pub(super) changes: &'a [Change],
    /// The steps in their places.
    pub(super) layout: &'a Layout,
}

impl StepWriter<'_> {
    /// Every step, with its numbers.
    pub(super) fn steps(&self) -> Vec<Step> {
        let edges = self.layout.edges.iter();
        let placed = self.layout.placed.iter().zip(edges).enumerate();
        let placed = placed.map(|(place, (placed, edges))| self.step(place, placed, edges));
        let first = self.layout.placed.first();
        let lead = first.map(|first| precaution::step(self.topology, self.observation, first));
        lead.into_iter()
            .take(self.layout.lead)
            .chain(placed)
            .collect()
    }

    fn step(&self, place: usize, placed: &Placed, edges: &[(usize, Vec<String>)]) -> Step {
        let kind = placed.action.kind();
        let draft = placed.draft.and_then(|draft| self.layout.drafts.get(draft));
        let (member, parameters, reason) = match draft {
            Some(draft) => (
                draft.label.clone(),
                draft.parameters.clone(),
                draft.reason.clone(),
            ),
            None => self.transfer(placed),
        };
        let depends = |(before, reasons): &(usize, Vec<String>)| Dependency {
            step: self.layout.step_id(*before),
            why: reasons.join("; "),
        };
        let lead = [precaution::dependency()].into_iter();
        Step {
            id: self.layout.step_id(place),
            kind,
            member,
            member_id: placed.action.member().id(),
            parameters,
            depends_on: lead
                .take(self.layout.lead)
                .chain(edges.iter().map(depends))
                .collect(),
            reason,
            by: performer(self.topology, kind),
            conditions: conditions(&placed.action, &placed.before),
            before: placed.before.standing(),
            lowest: placed.lowest(),
            after: placed.after.standing(),
        }
    }

    fn transfer(&self, placed: &Placed) -> (String, Parameters, String) {
        let label = |key: &MemberKey| {
            let wanted = self
                .changes
                .iter()
                .find(|change| change.live().map(|live| live.id) == key.id());
            let seen = || {
                placed
                    .before
                    .member(key)
                    .map(|member| member.label.clone())
                    .unwrap_or_default()
            };
            wanted
                .filter(|_| key.id().is_some())
                .map_or_else(seen, Change::label)
        };
        let Action::MoveLeader { from, to } = &placed.action else {
            return (String::new(), Parameters::default(), String::new());
        };
        let successor = Successor {
            member: label(to),
            member_id: to.id(),
        };
        let reason = "no write waits for an election when its member goes down".to_owned();
        (
            label(from),
            Parameters {
                to: Some(successor),
                ..Parameters::default()
            },
            reason,
        )
    }
}

/// Who performs a step of this kind.
pub(super) fn performer(topology: &Topology, kind: Kind) -> Performer {
    let Some(action) = host_action(kind) else {
        return Performer::Api;
    };
    match &topology.driver {
        Driver::Manual => Performer::Hand,
        Driver::Exec(exec) if !exec.actions.contains_key(&action) => Performer::Hand,
        Driver::Exec(_) | Driver::Process(_) => Performer::Driver,
    }
}

/// The driver's action for a kind of step; none where etcd's API does it.
pub fn host_action(kind: Kind) -> Option<HostActionKind> {
    match kind {
        Kind::Start => Some(HostActionKind::Start),
        Kind::Stop => Some(HostActionKind::Stop),
        Kind::Restart => Some(HostActionKind::Restart),
        Kind::MoveData => Some(HostActionKind::MoveData),
        Kind::Wipe => Some(HostActionKind::Wipe),
        Kind::PutAside => Some(HostActionKind::PutAside),
        Kind::Restore => Some(HostActionKind::Restore),
        Kind::ForceNew => Some(HostActionKind::ForceNew),
        Kind::Relay => Some(HostActionKind::Relay),
        Kind::EndRelay => Some(HostActionKind::EndRelay),
        Kind::AddLearner
        | Kind::Promote
        | Kind::MoveLeader
        | Kind::UpdatePeerUrls
        | Kind::Remove
        | Kind::Backup => None,
    }
}

fn conditions(action: &Action, before: &ClusterModel) -> Vec<Condition> {
    let votes = before
        .member(action.member())
        .is_some_and(|member| member.role == Role::Voter);
    match action {
        Action::Promote { .. } => vec![Condition::InSync, Condition::Connected],
        Action::Remove { .. } | Action::Stop { .. } | Action::Restart { .. } if votes => {
            vec![Condition::DoesNotLead]
        }
        Action::Remove { .. }
        | Action::Stop { .. }
        | Action::Restart { .. }
        | Action::AddLearner { .. }
        | Action::Start { .. }
        | Action::MoveLeader { .. }
        | Action::UpdatePeerUrls { .. }
        | Action::MoveData { .. }
        | Action::Wipe { .. } => Vec::new(),
    }
}
