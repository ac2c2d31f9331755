//! What we believe of a cluster: small enough to be compared, hashed, and explored.
//!
//! Layer 2. The rule book judges an [`Action`] on a [`ClusterModel`]; the
//! planner folds [`ClusterModel::after`] over its steps to forecast them. The
//! gate at apply makes a fresh model from a fresh observation. There is no
//! index, time, or float in it.
//!
//! ```text
//! voters=(m1* m2 m3) learners=(m4)   after promote m4:   voters=(m1* m2 m3 m4) learners=()
//! ```
//!
//! Invariants: a leader is a voter of the model; one action changes the set of
//! voters by at most one, computed from before and after as raft's
//! `confchange.Simple` does, rather than promised.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::action::{Action, MemberKey};
use crate::member::Role;
use crate::observation::{Disturbance, Health, LiveMember, Observation, Witness};
use crate::quorum::Standing;
use crate::url::Urls;
use crate::version::Version;

/// What we believe of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClusterModel {
    members: BTreeMap<MemberKey, Member>,
    leader: Option<MemberKey>,
    /// What makes a membership change unwise.
    pub disturbances: BTreeSet<Disturbance>,
    /// The version that the cluster runs as.
    pub version: Option<Version>,
}

/// What we believe of a member.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Member {
    /// What people call it.
    pub label: String,
    /// Whether it votes.
    pub role: Role,
    /// How it is; a member that we stopped is dead.
    pub health: Health,
    /// How far its log is.
    pub lag: Lag,
    /// Whether the others reach it.
    pub reach: Reach,
    /// The etcd that it runs.
    pub version: Option<Version>,
    /// Where the others look for it.
    pub peer_urls: Urls,
}

/// How far a member's log is behind the leader's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lag {
    /// At most `policy.maxLearnerLag` entries.
    InSync,
    /// More.
    Behind,
    /// The leader or the member does not say.
    Unknown,
}

/// Whether the others reach a member at its peer URLs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// Its port accepts, and the leader counts it among its active peers.
    Confirmed,
    /// Its port accepts, and nobody's metrics can be read to say more.
    PortOnly,
    /// The leader does not count it among its active peers.
    Denied,
    /// Its port does not accept.
    Closed,
    /// Nobody has tried, or the leader speaks of others only.
    Unknown,
}

/// An action that makes no sense on a model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IllegalAction {
    /// The member is not there.
    #[error("there is no such member")]
    NoMember,
    /// The member is there already.
    #[error("the member is there already")]
    Exists,
    /// Only a learner can be promoted.
    #[error("it votes already")]
    NotALearner,
    /// Only a voter can lead.
    #[error("only a voter can lead")]
    NotAVoter,
}

impl ClusterModel {
    /// Takes from an observation what judging needs.
    pub fn observed(observation: &Observation, max_learner_lag: u64) -> Self {
        let member = |live: &LiveMember| {
            let lag = observation.lag(live.id).map_or(Lag::Unknown, |entries| {
                if entries <= max_learner_lag {
                    Lag::InSync
                } else {
                    Lag::Behind
                }
            });
            let facts = Member {
                label: live.label(),
                role: live.role,
                health: live.health(),
                lag,
                reach: reach(live, observation),
                version: live.status().map(|status| status.version),
                peer_urls: live.peer_urls.clone(),
            };
            (MemberKey::Live(live.id), facts)
        };
        Self {
            members: observation.members.iter().map(member).collect(),
            leader: observation.leader.map(MemberKey::Live),
            disturbances: observation.disturbances.clone(),
            version: observation.cluster_version,
        }
    }

    /// The members in the order of their keys.
    pub fn members(&self) -> impl Iterator<Item = (&MemberKey, &Member)> {
        self.members.iter()
    }

    /// The member of this key.
    pub fn member(&self, key: &MemberKey) -> Option<&Member> {
        self.members.get(key)
    }

    /// The leader.
    pub fn leader(&self) -> Option<&MemberKey> {
        self.leader.as_ref()
    }

    /// Whether this member leads.
    pub fn leads(&self, key: &MemberKey) -> bool {
        self.leader.as_ref() == Some(key)
    }

    /// The voters.
    pub fn voters(&self) -> impl Iterator<Item = (&MemberKey, &Member)> {
        self.members()
            .filter(|(_, member)| member.role == Role::Voter)
    }

    /// The learners.
    pub fn learners(&self) -> impl Iterator<Item = (&MemberKey, &Member)> {
        self.members()
            .filter(|(_, member)| member.role == Role::Learner)
    }

    /// Voters, and how many of them are known healthy: unknown does not count.
    pub fn standing(&self) -> Standing {
        let healthy = self
            .voters()
            .filter(|(_, member)| member.health == Health::Healthy);
        Standing {
            voters: self.voters().count(),
            healthy: healthy.count(),
        }
    }

    /// The worst moment while the action is under way that ends like this.
    ///
    /// A process that is stopped or restarted is down for that moment; every
    /// other action is at its worst either before or after.
    pub fn lowest(&self, action: &Action, after: Standing) -> Standing {
        let before = self.standing();
        let is_lost =
            |member: &Member| member.role == Role::Voter && member.health == Health::Healthy;
        let down = action.down().and_then(|member| self.member(member));
        let down = down.is_some_and(is_lost);
        let inside = Standing {
            healthy: before.healthy - usize::from(down),
            ..before
        };
        [after, inside, before]
            .into_iter()
            .min_by_key(|standing| standing.can_lose())
            .unwrap_or(before)
    }

    /// The cluster when the action has ended as planned.
    pub fn after(&self, action: &Action) -> Result<Self, IllegalAction> {
        let mut next = self.clone();
        match action {
            Action::AddLearner { member, peer_urls } => {
                let label = match member {
                    MemberKey::New(name) => name.to_string(),
                    MemberKey::Live(id) => id.to_string(),
                };
                let learner = Member {
                    label,
                    role: Role::Learner,
                    health: Health::Unstarted,
                    lag: Lag::Unknown,
                    reach: Reach::Unknown,
                    version: None,
                    peer_urls: peer_urls.clone(),
                };
                if next.members.insert(member.clone(), learner).is_some() {
                    return Err(IllegalAction::Exists);
                }
            }
            Action::Start { member } => {
                // The step ends when the member answers, follows the leader, and is in sync.
                let member = next
                    .members
                    .get_mut(member)
                    .ok_or(IllegalAction::NoMember)?;
                member.health = Health::Healthy;
                member.lag = Lag::InSync;
                member.reach = Reach::Confirmed;
                // The sole voter elects itself.
                if next.leader.is_none() && next.voters().count() == 1 {
                    let sole = next.voters().next().map(|(key, _)| key.clone());
                    next.leader = sole;
                }
            }
            Action::Promote { member } => {
                let member = next
                    .members
                    .get_mut(member)
                    .ok_or(IllegalAction::NoMember)?;
                if member.role == Role::Voter {
                    return Err(IllegalAction::NotALearner);
                }
                member.role = Role::Voter;
            }
            Action::MoveLeader { from: _, to } => {
                let member = next.members.get(to).ok_or(IllegalAction::NoMember)?;
                if member.role != Role::Voter {
                    return Err(IllegalAction::NotAVoter);
                }
                next.leader = Some(to.clone());
            }
            Action::UpdatePeerUrls { member, peer_urls } => {
                let member = next
                    .members
                    .get_mut(member)
                    .ok_or(IllegalAction::NoMember)?;
                member.peer_urls = peer_urls.clone();
            }
            Action::Stop { member } => {
                // A member that was removed before is stopped without a trace in the model.
                if let Some(stopped) = next.members.get_mut(member) {
                    stopped.health = Health::Dead;
                    stopped.reach = Reach::Closed;
                    next.forget_leader(member);
                }
            }
            Action::Remove { member } => {
                next.members.remove(member).ok_or(IllegalAction::NoMember)?;
                next.forget_leader(member);
            }
            Action::Restart { member } => {
                if !next.members.contains_key(member) {
                    return Err(IllegalAction::NoMember);
                }
                // The sole voter is elected again; the others elect one of themselves.
                if next.voters().count() > 1 {
                    next.forget_leader(member);
                }
            }
            Action::MoveData { .. } | Action::Wipe { .. } => {}
        }
        debug_assert!(
            self.voters_changed(&next) <= 1,
            "{action:?} changes more than one voter"
        );
        Ok(next)
    }

    fn forget_leader(&mut self, member: &MemberKey) {
        if self.leads(member) {
            self.leader = None;
        }
    }

    /// How many members are voters in one of the two and not in the other.
    pub fn voters_changed(&self, other: &Self) -> usize {
        let missing = |one: &Self, other: &Self| {
            let missing = one.voters().filter(|(key, _)| !other.votes(key));
            missing.count()
        };
        missing(self, other) + missing(other, self)
    }

    fn votes(&self, key: &MemberKey) -> bool {
        self.member(key)
            .is_some_and(|member| member.role == Role::Voter)
    }
}

/// Whether the others reach a member. The leader's metric is one witness: where it
/// speaks of some member and not of this one, that is no silence to build on, and
/// where its page cannot be had at all, the port is ours to try.
fn reach(live: &LiveMember, observation: &Observation) -> Reach {
    let speaks = |other: &LiveMember| other.seen_by_leader != Witness::Unknown;
    match (live.peer_port, live.seen_by_leader) {
        (Witness::No, _) => Reach::Closed,
        (Witness::Yes | Witness::Unknown, Witness::No) => Reach::Denied,
        (Witness::Yes, Witness::Yes) => Reach::Confirmed,
        (Witness::Yes, Witness::Unknown) if !observation.members.iter().any(speaks) => {
            Reach::PortOnly
        }
        (Witness::Yes, Witness::Unknown) | (Witness::Unknown, Witness::Yes | Witness::Unknown) => {
            Reach::Unknown
        }
    }
}

impl fmt::Display for ClusterModel {
    /// Cluster notation: `voters=(m1* m2! m3) learners=(m4?)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |role: Role| {
            let members = self.members().filter(|(_, member)| member.role == role);
            let signs = members.map(|(key, member)| {
                let leads = if self.leads(key) { "*" } else { "" };
                let health = match member.health {
                    Health::Healthy => "",
                    Health::Dead | Health::Unknown => "!",
                    Health::Unstarted => "?",
                };
                format!("{}{leads}{health}", member.label)
            });
            signs.collect::<Vec<_>>().join(" ")
        };
        write!(
            f,
            "voters=({}) learners=({})",
            side(Role::Voter),
            side(Role::Learner)
        )
    }
}
