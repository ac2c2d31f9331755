//! The member sets that a plan passes through, and whether the live one is among them.
//!
//! A plan whose cluster has moved elsewhere is stale: it is refused, not
//! adapted. Between two steps the same comparison finds what somebody else did.

use crate::action::Kind;
use crate::member::{MemberId, MemberName, Role};
use crate::observation::{Disturbance, LiveMember, Observation};
use crate::plan::{Plan, Step};
use crate::url::Urls;

/// One member of a set that the plan passes through.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Expected {
    label: String,
    /// Absent for a member that the plan adds.
    id: Option<MemberId>,
    /// The names that it may have: what it was called, and what it will be.
    names: Vec<Option<MemberName>>,
    peer_urls: Urls,
    role: Role,
}

/// The member sets before the first step, and after each.
#[derive(Clone, Debug)]
pub struct Passage {
    known: Vec<MemberId>,
    sets: Vec<Vec<Expected>>,
}

impl Passage {
    /// Folds the steps of a plan over its base.
    pub fn of(plan: &Plan) -> Self {
        let names = |id: MemberId, now: &Option<MemberName>| {
            let planned = plan.steps.iter().filter(|step| step.member_id == Some(id));
            let planned = planned
                .filter_map(|step| step.parameters.name.clone())
                .map(Some);
            [now.clone()].into_iter().chain(planned).collect()
        };
        let base = plan.base.members.iter().map(|base| Expected {
            label: base
                .name
                .as_ref()
                .map_or_else(|| base.id.to_string(), ToString::to_string),
            id: Some(base.id),
            names: names(base.id, &base.name),
            peer_urls: base.peer_urls.clone(),
            role: base.role,
        });
        let mut sets = vec![base.collect::<Vec<_>>()];
        for step in &plan.steps {
            let mut set = sets.last().cloned().unwrap_or_default();
            advance(&mut set, step);
            sets.push(set);
        }
        Self {
            known: plan.base.members.iter().map(|base| base.id).collect(),
            sets,
        }
    }

    /// The place of the live members: the last set that they equal, so that
    /// steps which change nothing in it lie behind.
    pub fn place(&self, observation: &Observation) -> Option<usize> {
        let is_live = |set: &Vec<Expected>| self.differences(set, observation).is_empty();
        self.sets.iter().rposition(is_live)
    }

    /// Whether the live members are as they may be during the step of this index.
    ///
    /// They are as before it or as after it. Where `place` is farther, what
    /// later steps bring about was there when the run began, and it stays.
    pub fn allows(&self, observation: &Observation, index: usize, place: usize) -> bool {
        let is_live = |set: &Vec<Expected>| self.differences(set, observation).is_empty();
        self.near(index, place).any(is_live)
    }

    /// What differs from what may be during the step of this index, in words.
    pub fn moved(&self, observation: &Observation, index: usize, place: usize) -> Vec<String> {
        self.nearest(self.near(index, place), observation)
    }

    /// What differs from the set that comes nearest, in words.
    pub fn moved_from_nearest(&self, observation: &Observation) -> Vec<String> {
        self.nearest(self.sets.iter(), observation)
    }

    /// The set that comes nearest, and the live one, a member each: what it is called, where its
    /// peers reach it, and whether it votes.
    pub fn compared(&self, observation: &Observation) -> (Vec<[String; 3]>, Vec<[String; 3]>) {
        let row = |label: &str, urls: &Urls, role: Role| {
            [label.to_owned(), urls.to_string(), role.to_string()]
        };
        let nearest = self.sets.iter();
        let nearest = nearest.min_by_key(|set| self.differences(set, observation).len());
        let planned = nearest.into_iter().flatten();
        let planned = planned.map(|member| row(&member.label, &member.peer_urls, member.role));
        let live = observation.members.iter();
        let live = live.map(|member| row(&member.label(), &member.peer_urls, member.role));
        (planned.collect(), live.collect())
    }

    fn near(&self, index: usize, place: usize) -> impl Iterator<Item = &Vec<Expected>> {
        let sets = [index, index + 1].map(|near| self.sets.get(near.max(place)));
        sets.into_iter().flatten()
    }

    fn nearest<'a>(
        &self,
        sets: impl Iterator<Item = &'a Vec<Expected>>,
        observation: &Observation,
    ) -> Vec<String> {
        let differences = sets.map(|set| self.differences(set, observation));
        differences.min_by_key(Vec::len).unwrap_or_default()
    }

    fn differences(&self, set: &[Expected], observation: &Observation) -> Vec<String> {
        let is = |expected: &Expected, live: &LiveMember| match expected.id {
            Some(id) => id == live.id,
            None => !self.known.contains(&live.id) && expected.peer_urls == live.peer_urls,
        };
        let mut words = Vec::new();
        for live in &observation.members {
            let label = live.label();
            match set.iter().find(|expected| is(expected, live)) {
                None => words.push(format!("{label} was added, at {}", live.peer_urls)),
                Some(expected) => {
                    if expected.role != live.role {
                        words.push(format!("{label} is a {} now", live.role));
                    }
                    if expected.peer_urls != live.peer_urls {
                        words.push(format!(
                            "the peer URLs of {label} are {} now",
                            live.peer_urls
                        ));
                    }
                    if !expected.names.contains(&live.name) {
                        words.push(format!("{} is called {label} now", expected.label));
                    }
                }
            }
        }
        for expected in set {
            if !observation.members.iter().any(|live| is(expected, live)) {
                words.push(format!("{} is not listed", expected.label));
            }
        }
        words
    }
}

/// Whether the live members are known to no more than one member, or may be those of before.
pub fn is_disputed(observation: &Observation) -> bool {
    let disputes = |disturbance: &Disturbance| match disturbance {
        Disturbance::ListsDiffer | Disturbance::NoQuorum => true,
        Disturbance::NoSpace { .. }
        | Disturbance::Corrupt { .. }
        | Disturbance::DowngradeEnabled
        | Disturbance::LeaderDisputed
        | Disturbance::TermMoving => false,
    };
    observation.disturbances.iter().any(disputes)
}

fn advance(set: &mut Vec<Expected>, step: &Step) {
    let urls = step.parameters.peer_urls.clone().unwrap_or_default();
    let is = |expected: &Expected| match step.member_id {
        Some(id) => expected.id == Some(id),
        None => expected.id.is_none() && expected.label == step.member,
    };
    match step.kind {
        Kind::AddLearner => set.push(Expected {
            label: step.member.clone(),
            id: None,
            names: vec![None, step.parameters.name.clone()],
            peer_urls: urls,
            role: Role::Learner,
        }),
        Kind::Remove => set.retain(|expected| !is(expected)),
        Kind::Promote => {
            if let Some(member) = set.iter_mut().find(|expected| is(expected)) {
                member.role = Role::Voter;
            }
        }
        Kind::UpdatePeerUrls => {
            if let Some(member) = set.iter_mut().find(|expected| is(expected)) {
                member.peer_urls = urls;
            }
        }
        Kind::Start
        | Kind::MoveLeader
        | Kind::MoveData
        | Kind::Stop
        | Kind::Restart
        | Kind::Wipe
        | Kind::Backup
        | Kind::PutAside
        | Kind::Restore
        | Kind::ForceNew
        | Kind::Relay
        | Kind::EndRelay => {}
    }
}
