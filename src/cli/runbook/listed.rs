//! The member list as it is to be before each step.

use crate::action::Kind;
use crate::apply::{darkness, locate};
use crate::member::{MemberId, MemberName, Role};
use crate::observation::{
    Condition, Disturbance, FORMAT_VERSION, LiveMember, Observation, Witness,
};
use crate::plan::{BaseMember, Plan, Step};
use crate::url::Urls;

/// The members that are listed once the steps until now are done.
#[derive(Debug)]
pub(super) struct Listed {
    observation: Observation,
}

impl Listed {
    /// Those with which the plan begins.
    pub(super) fn base(plan: &Plan) -> Option<Self> {
        let unseen = |base: &BaseMember| darkness::silent(base, "nobody has looked");
        Some(Self {
            observation: Observation {
                format_version: FORMAT_VERSION.to_owned(),
                observed_at: plan.created_at.clone(),
                cluster_id: plan.kept_under()?,
                members: plan.base.members.iter().map(unseen).collect(),
                leader: None,
                disturbances: [Disturbance::NoQuorum].into(),
                cluster_version: plan.base.version,
            },
        })
    }

    pub(super) fn members(&self) -> &Observation {
        &self.observation
    }

    /// The step is done.
    pub(super) fn follow(&mut self, plan: &Plan, step: &Step) {
        let urls = step.parameters.peer_urls.as_ref();
        if step.kind == Kind::AddLearner {
            self.observation.members.extend(urls.map(|urls| LiveMember {
                // One that no etcd has given away.
                id: MemberId::new(u64::MAX - u64::try_from(step.id.0).unwrap_or_default()),
                name: None,
                peer_urls: urls.clone(),
                client_urls: Urls::default(),
                role: Role::Learner,
                condition: Condition::Unstarted,
                seen_by_leader: Witness::Unknown,
                seen_by_peers: Witness::Unknown,
                peer_port: Witness::Unknown,
            }));
            return;
        }
        let target = locate::target(plan, step, &self.observation);
        let Some(id) = target.map(|live| live.id) else {
            return;
        };
        let members = &mut self.observation.members;
        if step.kind == Kind::Remove {
            members.retain(|live| live.id != id);
            return;
        }
        for live in members.iter_mut().filter(|live| live.id == id) {
            match step.kind {
                Kind::Start => {
                    live.name = live
                        .name
                        .take()
                        .or_else(|| MemberName::observed(&step.member));
                    let client_urls = step.parameters.client_urls.clone();
                    live.client_urls = client_urls.unwrap_or_else(|| live.client_urls.clone());
                }
                Kind::Promote => live.role = Role::Voter,
                Kind::UpdatePeerUrls => {
                    live.peer_urls = urls.unwrap_or(&live.peer_urls).clone();
                }
                Kind::AddLearner
                | Kind::MoveLeader
                | Kind::MoveData
                | Kind::Stop
                | Kind::Restart
                | Kind::Remove
                | Kind::Wipe
                | Kind::Backup
                | Kind::PutAside
                | Kind::Restore
                | Kind::ForceNew
                | Kind::Relay
                | Kind::EndRelay => {}
            }
        }
    }
}
