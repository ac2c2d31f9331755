//! A breadth-first search over everything that the rule book allows.

#![expect(
    clippy::disallowed_types,
    reason = "a model has no order, and the set is never walked"
)]

use std::collections::{BTreeSet, HashSet, VecDeque};

use etcdplan::action::{Action, MemberKey};
use etcdplan::member::{MemberId, MemberName, Role};
use etcdplan::model::{ClusterModel, Member};
use etcdplan::observation::Health;
use etcdplan::safety::{Limits, assess};
use etcdplan::url::Urls;

use crate::laws::case::Fate;

/// How many states are looked at.
const STATES: usize = 60_000;

/// One wanted member.
#[derive(Clone, Debug)]
pub(super) struct Aim {
    key: MemberKey,
    peer_urls: Urls,
    role: Role,
    work: Work,
}

/// What must happen to a member's process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    Nothing,
    /// A process with other settings.
    Restart,
    /// A process with the same data elsewhere.
    Move,
}

/// What the search came to.
#[derive(Debug)]
pub(super) enum Found {
    Way(Vec<Action>),
    None,
    TooLarge,
}

fn urls(host: usize, port: u16) -> Urls {
    Urls::observed(&[format!("http://10.0.0.{host}:{port}")])
}

impl Aim {
    /// What becomes of the live member of this number; nothing where it goes.
    pub(super) fn of(number: usize, fate: Fate) -> Option<Self> {
        let kept = || MemberKey::Live(MemberId::new(u64::try_from(number).unwrap()));
        let new = || MemberKey::New(MemberName::parse(&format!("m{number}")).unwrap());
        let (here, there) = (urls(number, 2380), urls(number + 10, 2380));
        let (key, peer_urls, role, work) = match fate {
            Fate::Gone | Fate::Usurped => return None,
            Fate::Kept => (kept(), here, Role::Voter, Work::Nothing),
            Fate::Replaced | Fate::Auto => (new(), there, Role::Voter, Work::Nothing),
            Fate::Moved => (kept(), there, Role::Voter, Work::Move),
            Fate::Renumbered => (kept(), there, Role::Voter, Work::Restart),
            Fate::Readdressed => (kept(), urls(number, 2390), Role::Voter, Work::Restart),
            Fate::Renamed | Fate::Restarted => (kept(), here, Role::Voter, Work::Restart),
            Fate::Demoted => (new(), here, Role::Learner, Work::Nothing),
        };
        Some(Self {
            key,
            peer_urls,
            role,
            work,
        })
    }

    /// A member that is added.
    pub(super) fn added(number: usize, learner: bool) -> Self {
        Self {
            key: MemberKey::New(MemberName::parse(&format!("m{number}")).unwrap()),
            peer_urls: urls(number, 2380),
            role: if learner { Role::Learner } else { Role::Voter },
            work: Work::Nothing,
        }
    }
}

/// The cluster, and what was done that it does not show.
#[derive(Clone, PartialEq, Eq, Hash)]
struct State {
    model: ClusterModel,
    /// Whose data lies where it is wanted.
    moved: BTreeSet<MemberKey>,
    /// Whose process has the wanted settings.
    renewed: BTreeSet<MemberKey>,
    /// Whom we have stopped.
    stopped: BTreeSet<MemberKey>,
}

/// Looks for the shortest way.
pub(super) fn search(start: &ClusterModel, aims: &[Aim], limits: &Limits) -> Found {
    let first = State {
        model: start.clone(),
        moved: BTreeSet::new(),
        renewed: BTreeSet::new(),
        stopped: BTreeSet::new(),
    };
    let mut seen = HashSet::from([first.clone()]);
    let mut queue = VecDeque::from([(first, Vec::new())]);
    while let Some((state, way)) = queue.pop_front() {
        if is_reached(&state, aims) {
            return Found::Way(way);
        }
        if seen.len() > STATES {
            return Found::TooLarge;
        }
        for action in actions(&state, aims) {
            if assess(&state.model, &action, limits).is_refused() {
                continue;
            }
            let next = after(&state, &action);
            if seen.insert(next.clone()) {
                let mut way = way.clone();
                way.push(action);
                queue.push_back((next, way));
            }
        }
    }
    Found::None
}

fn is_reached(state: &State, aims: &[Aim]) -> bool {
    let done = |aim: &Aim| {
        state.model.member(&aim.key).is_some_and(|member| {
            member.role == aim.role
                && member.peer_urls == aim.peer_urls
                && member.health != Health::Unstarted
                && !state.stopped.contains(&aim.key)
                && (aim.work == Work::Nothing || state.renewed.contains(&aim.key))
        })
    };
    state.model.members().count() == aims.len() && aims.iter().all(done)
}

/// Everything that somebody could do on the way.
fn actions(state: &State, aims: &[Aim]) -> Vec<Action> {
    let mut all = Vec::new();
    for aim in aims {
        let member = || aim.key.clone();
        match state.model.member(&aim.key) {
            None if matches!(aim.key, MemberKey::New(_)) => all.push(Action::AddLearner {
                member: member(),
                peer_urls: aim.peer_urls.clone(),
            }),
            None => {}
            Some(facts) => all.extend(of_member(state, aim, facts)),
        }
    }
    for (key, _) in state.model.members() {
        if aims.iter().all(|aim| aim.key != *key) {
            all.push(Action::Remove {
                member: key.clone(),
            });
        }
        if let Some(from) = state.model.leader().filter(|leader| *leader != key) {
            all.push(Action::MoveLeader {
                from: from.clone(),
                to: key.clone(),
            });
        }
    }
    all
}

fn of_member(state: &State, aim: &Aim, facts: &Member) -> Vec<Action> {
    let member = || aim.key.clone();
    let mut all = Vec::new();
    let is_down = matches!(facts.health, Health::Unstarted | Health::Dead);
    let has_data = aim.work != Work::Move || state.moved.contains(&aim.key);
    if is_down && (facts.health == Health::Unstarted || aim.work != Work::Nothing) && has_data {
        all.push(Action::Start { member: member() });
    }
    if facts.role == Role::Learner && aim.role == Role::Voter {
        all.push(Action::Promote { member: member() });
    }
    if facts.peer_urls != aim.peer_urls {
        all.push(Action::UpdatePeerUrls {
            member: member(),
            peer_urls: aim.peer_urls.clone(),
        });
    }
    match aim.work {
        Work::Nothing => {}
        Work::Restart if state.renewed.contains(&aim.key) => {}
        Work::Restart => all.push(Action::Restart { member: member() }),
        Work::Move if has_data => {}
        Work::Move if is_down => all.push(Action::MoveData { member: member() }),
        Work::Move => all.push(Action::Stop { member: member() }),
    }
    all
}

fn after(state: &State, action: &Action) -> State {
    let mut next = state.clone();
    next.model = state.model.after(action).unwrap();
    let key = || action.member().clone();
    match action {
        Action::Stop { .. } => {
            next.stopped.insert(key());
        }
        Action::Start { .. } => {
            next.stopped.remove(action.member());
            next.renewed.insert(key());
        }
        Action::Restart { .. } => {
            next.renewed.insert(key());
        }
        Action::MoveData { .. } => {
            next.moved.insert(key());
        }
        Action::AddLearner { .. }
        | Action::Promote { .. }
        | Action::MoveLeader { .. }
        | Action::UpdatePeerUrls { .. }
        | Action::Remove { .. }
        | Action::Wipe { .. } => {}
    }
    next
}
