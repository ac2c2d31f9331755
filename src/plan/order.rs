//! The order of the steps: a search for the safest order that the rules allow.
//!
//! A step may be taken when every step that it must follow is done and the
//! rule book does not refuse it on the cluster as it then is. Among the steps
//! that may be taken, a change that has begun goes on, then the ranks decide.
//! Where that leads nowhere the search goes back and tries another; a set of
//! done steps that led nowhere is not entered again, since the cluster is a
//! function of that set and of who leads.
//!
//! First any order is looked for, then one whose lowest can-lose is higher,
//! as long as there is one (`policy.minCanLose: auto`).
//!
//! Before a step that takes down the leader, leadership is moved: the search
//! puts that step in, since only it knows who leads by then.

mod loss;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::action::{Action, Kind, MemberKey};
use crate::model::ClusterModel;
use crate::plan::draft::Draft;
use crate::plan::graph::StepGraph;
use crate::plan::rules::Rank;
use crate::plan::successor;
use crate::quorum::Standing;
use crate::safety::{Hazard, Limits, Verdict, assess};

/// How many sets of done steps a search may enter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    /// To find any order. Six members replaced at once in every possible
    /// interleaving have fewer (6 chains of 6 steps: 7^6), and the ranks lead to an
    /// order without going back wherever one exists that changes one member at a time.
    find: usize,
    /// To find a better order than the one it has: as many, since what proves that there is none is
    /// the same set of interleavings.
    improve: usize,
}

impl Budget {
    /// What a plan is given.
    pub(super) const FULL: Self = Self {
        find: 120_000,
        improve: 120_000,
    };
}

/// A step in its place.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    /// The draft, or none for a transfer of leadership.
    pub(super) draft: Option<usize>,
    /// What is done.
    pub(super) action: Action,
    /// What the rule book cautions.
    pub(super) cautions: Vec<Hazard>,
    /// The cluster before it.
    pub(super) before: ClusterModel,
    /// The cluster after it.
    pub(super) after: ClusterModel,
}

impl Placed {
    /// The worst moment while it is under way.
    pub(super) fn lowest(&self) -> Standing {
        self.before.lowest(&self.action, self.after.standing())
    }
}

/// That no safe order exists: where the search came farthest, and what refused there.
#[derive(Clone, Debug)]
pub(super) struct DeadEnd {
    /// Steps that could still be taken.
    pub(super) reached: usize,
    /// That the search was given up there, its budget spent: what refused is no proof.
    pub(super) exhausted: bool,
    /// For each step that was next: its draft, and why it is refused.
    pub(super) refused: Vec<(usize, Vec<Hazard>)>,
}

/// Everything that the search looks at.
#[derive(Debug)]
pub(super) struct Search<'a> {
    /// The cluster before the first step.
    pub(super) start: &'a ClusterModel,
    /// The steps.
    pub(super) drafts: &'a [Draft],
    /// What they must follow.
    pub(super) graph: &'a StepGraph,
    /// The rank of each change.
    pub(super) ranks: &'a [Rank],
    /// What the operator allows.
    pub(super) limits: &'a Limits,
    /// How far to look.
    pub(super) budget: Budget,
}

/// An order, and whether it is known to be the safest.
#[derive(Clone, Debug, Default)]
pub(super) struct Ordered {
    /// The steps in their places.
    pub(super) placed: Vec<Placed>,
    /// That the search for a safer one was given up, its budget spent.
    pub(super) cut_short: bool,
}

/// Finds the safest order.
pub(super) fn order(search: &Search<'_>) -> Result<Ordered, DeadEnd> {
    let budget = search.budget;
    let mut walk = Walk::new(search, i64::MIN, budget.find, Learners::OneAtATime);
    let outcome = walk.run();
    let learners = match &outcome {
        Err(_) if walk.shunned => Learners::AsAllowed,
        Ok(_) | Err(_) => Learners::OneAtATime,
    };
    let mut best = match (outcome, learners) {
        (Err(_), Learners::AsAllowed) => {
            Walk::new(search, i64::MIN, budget.find, learners).run()?
        }
        (outcome, _) => outcome?,
    };
    let mut cut_short = false;
    while let Some(lowest) = best.iter().map(|placed| placed.lowest().can_lose()).min()
        && lowest < search.start.standing().can_lose()
    {
        match Walk::new(search, lowest + 1, budget.improve, learners).run() {
            Ok(better) => best = better,
            Err(dead_end) => {
                cut_short = dead_end.exhausted;
                break;
            }
        }
    }
    Ok(Ordered {
        placed: best,
        cut_short,
    })
}

/// Whether a walk may add a learner beside another.
///
/// From etcd 3.6 on a flag decides whether that works, which no API tells and
/// whose default is one: it is done only where no other order exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Learners {
    OneAtATime,
    AsAllowed,
}

/// One walk through the orders whose can-lose stays at or above a floor.
struct Walk<'a> {
    search: &'a Search<'a>,
    predecessors: Vec<Vec<usize>>,
    floor: i64,
    budget: usize,
    learners: Learners,
    /// Whether an addition was left out for the sake of `learners`.
    shunned: bool,
    failed: BTreeSet<(Vec<usize>, Option<MemberKey>)>,
    dead_end: DeadEnd,
}

impl<'a> Walk<'a> {
    fn new(search: &'a Search<'a>, floor: i64, budget: usize, learners: Learners) -> Self {
        let before = |step: usize| {
            search
                .graph
                .before(step)
                .into_iter()
                .map(|(before, _)| before)
                .collect()
        };
        let predecessors = (0..search.drafts.len()).map(before).collect();
        let dead_end = DeadEnd {
            reached: 0,
            exhausted: false,
            refused: Vec::new(),
        };
        Self {
            search,
            predecessors,
            floor,
            budget,
            learners,
            shunned: false,
            failed: BTreeSet::new(),
            dead_end,
        }
    }

    fn run(&mut self) -> Result<Vec<Placed>, DeadEnd> {
        let mut path = Vec::new();
        let start = self.search.start;
        if self.descend(start, &mut Vec::new(), &mut path) {
            Ok(path)
        } else {
            Err(self.dead_end.clone())
        }
    }

    /// Takes one step after the other; `done` is sorted.
    fn descend(
        &mut self,
        model: &ClusterModel,
        done: &mut Vec<usize>,
        path: &mut Vec<Placed>,
    ) -> bool {
        if done.len() == self.search.drafts.len() {
            return true;
        }
        let state = (done.clone(), model.leader().cloned());
        if self.failed.contains(&state) {
            return false;
        }
        if self.budget == 0 {
            self.dead_end.exhausted = true;
            return false;
        }
        self.budget -= 1;
        let last = path.iter().rev().find_map(|placed| placed.draft);
        let mut refused = Vec::new();
        for next in self.candidates(done, last) {
            match self.take(model, next, done) {
                Ok(placed) => {
                    let (length, after) =
                        (path.len(), placed.last().map(|placed| placed.after.clone()));
                    path.extend(placed);
                    let at = done.binary_search(&next).unwrap_or_else(|at| at);
                    done.insert(at, next);
                    if after.is_some_and(|after| self.descend(&after, done, path)) {
                        return true;
                    }
                    done.remove(at);
                    path.truncate(length);
                }
                Err(hazards) => refused.push((next, hazards)),
            }
        }
        if self.dead_end.refused.is_empty() || done.len() > self.dead_end.reached {
            self.dead_end.reached = done.len();
            self.dead_end.refused = refused;
        }
        self.failed.insert(state);
        false
    }

    /// The steps that may come next, best first.
    fn candidates(&self, done: &[usize], last: Option<usize>) -> Vec<usize> {
        let is_done = |step: &usize| done.binary_search(step).is_ok();
        let change = |step: usize| self.search.drafts.get(step).map(|draft| draft.change);
        let begun = last.and_then(change);
        if let Some(next) = last.and_then(|last| self.inseparable(last)) {
            return vec![next];
        }
        let mut ready: Vec<usize> = (0..self.search.drafts.len())
            .filter(|step| !is_done(step))
            .filter(|step| {
                self.predecessors
                    .get(*step)
                    .is_some_and(|before| before.iter().all(is_done))
            })
            .collect();
        ready.sort_by_key(|step| {
            let change = change(*step);
            (
                change != begun,
                change.and_then(|change| self.search.ranks.get(change)),
                *step,
            )
        });
        ready
    }

    /// The step that must come right after: until it is done, the member is down
    /// or its peers look for it where it is not.
    fn inseparable(&self, step: usize) -> Option<usize> {
        let next = step + 1;
        let (step, then) = (self.search.drafts.get(step)?, self.search.drafts.get(next)?);
        let goes_on = match (step.action.kind(), then.action.kind()) {
            (Kind::UpdatePeerUrls | Kind::MoveData, _) => true,
            (Kind::Stop, then) => matches!(then, Kind::MoveData | Kind::Start),
            _ => false,
        };
        (goes_on && step.change == then.change).then_some(next)
    }

    /// Takes one step, and a transfer of leadership before it where it takes down the leader.
    fn take(
        &mut self,
        model: &ClusterModel,
        step: usize,
        done: &[usize],
    ) -> Result<Vec<Placed>, Vec<Hazard>> {
        let Some(draft) = self.search.drafts.get(step) else {
            return Err(Vec::new());
        };
        let transfer = self.transfer(model, step, done);
        let moved = transfer.map(|transfer| self.place(model, None, transfer));
        let moved = moved.transpose()?;
        let model = moved.as_ref().map_or(model, |moved| &moved.after);
        let placed = self.place(model, Some(step), draft.action.clone())?;
        Ok(moved.into_iter().chain([placed]).collect())
    }

    fn place(
        &mut self,
        model: &ClusterModel,
        draft: Option<usize>,
        action: Action,
    ) -> Result<Placed, Vec<Hazard>> {
        let cautions = match assess(model, &action, self.search.limits) {
            Verdict::Safe => Vec::new(),
            Verdict::Caution(hazards) => hazards,
            Verdict::Refused(hazards) => return Err(hazards),
        };
        let beside = |caution: &Hazard| matches!(caution, Hazard::MaxLearners { .. });
        let is_beside = cautions.iter().any(beside);
        if self.learners == Learners::OneAtATime && is_beside {
            self.shunned = true;
            return Err(cautions);
        }
        if is_beside && draft.is_some_and(|step| self.is_staked(step, model)) {
            return Err(cautions.into_iter().filter(beside).collect());
        }
        let after = model.after(&action).map_err(|_| Vec::new())?;
        if model.lowest(&action, after.standing()).can_lose() < self.floor {
            return Err(Vec::new());
        }
        Ok(Placed {
            draft,
            action,
            cautions,
            before: model.clone(),
            after,
        })
    }

    /// Whether a voter was given up for a second learner that etcd may never let in.
    ///
    /// As many learners as there were at the start are let in.
    fn is_staked(&self, step: usize, model: &ClusterModel) -> bool {
        let start = self.search.start;
        let proven = model.learners().count() < start.learners().count();
        !proven && loss::follows_removal(step, self.search.drafts, &self.predecessors, start)
    }

    fn transfer(&self, model: &ClusterModel, step: usize, done: &[usize]) -> Option<Action> {
        let draft = self.search.drafts.get(step)?;
        let from = draft.action.member();
        if !model.leads(from) || !successor::takes_down(&draft.action) {
            return None;
        }
        let left = self
            .search
            .drafts
            .iter()
            .enumerate()
            .filter(|(other, _)| done.binary_search(other).is_err());
        let goes_down = left.filter(|(_, draft)| successor::takes_down(&draft.action));
        let goes_down: BTreeSet<MemberKey> = goes_down
            .map(|(_, draft)| draft.action.member().clone())
            .collect();
        let to = successor::choose(model, from, &goes_down, |key| key.id().is_none())?;
        Some(Action::MoveLeader {
            from: from.clone(),
            to,
        })
    }
}
