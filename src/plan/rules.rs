//! What orders the steps of different changes among each other.
//!
//! Two kinds of rules. A *required* one is an edge of the graph from the
//! start. A *preferred* one is a [`Rank`]: the search takes the changes in the
//! order of their ranks wherever the rule book allows it, and each preference
//! that held becomes an edge too, with its reason.

use crate::action::{Action, Kind};
use crate::diff::change::Process;
use crate::diff::{Change, ChangeKind};
use crate::member::{MemberId, Role};
use crate::observation::Health;
use crate::plan::clearing::{Holding, takes_place};
use crate::plan::draft::{Draft, recipe_reason};
use crate::plan::graph::{Cycle, StepGraph};
use crate::plan::place;
use crate::topology::Topology;
use crate::url::Urls;

/// Puts the required edges into the graph.
///
/// # Errors
///
/// Where steps would wait for each other.
pub(super) fn require_all(
    graph: &mut StepGraph,
    drafts: &[Draft],
    changes: &[Change],
    topology: &Topology,
) -> Result<(), Cycle> {
    recipes_in_order(graph, drafts)?;
    dead_leave_first(graph, drafts, changes)?;
    urls_free_first(graph, drafts, changes)?;
    places_free_first(graph, drafts, changes, topology)?;
    place::left_first(graph, drafts, changes, topology)
}

fn recipes_in_order(graph: &mut StepGraph, drafts: &[Draft]) -> Result<(), Cycle> {
    for (index, pair) in drafts.windows(2).enumerate() {
        if let [before, after] = pair
            && before.change == after.change
        {
            graph.require(
                index,
                index + 1,
                recipe_reason(before.action.kind(), after.action.kind()),
            )?;
        }
    }
    Ok(())
}

fn dead_leave_first(
    graph: &mut StepGraph,
    drafts: &[Draft],
    changes: &[Change],
) -> Result<(), Cycle> {
    let is_dead = |draft: &Draft| {
        let live = changes.get(draft.change).and_then(Change::live);
        draft.action.kind() == Kind::Remove
            && live.is_some_and(|live| live.health() == Health::Dead && live.role == Role::Voter)
    };
    for (removal, _) in drafts
        .iter()
        .enumerate()
        .filter(|(_, draft)| is_dead(draft))
    {
        for (addition, _) in drafts
            .iter()
            .enumerate()
            .filter(|(_, d)| d.action.kind() == Kind::AddLearner)
        {
            let why =
                "a dead voter leaves before anything is added: it still counts towards quorum";
            graph.require(removal, addition, why)?;
        }
    }
    Ok(())
}

fn urls_free_first(
    graph: &mut StepGraph,
    drafts: &[Draft],
    changes: &[Change],
) -> Result<(), Cycle> {
    let taken = |draft: &Draft| match &draft.action {
        Action::AddLearner { peer_urls, .. } | Action::UpdatePeerUrls { peer_urls, .. } => {
            Some(peer_urls.clone())
        }
        Action::Start { .. }
        | Action::Promote { .. }
        | Action::MoveLeader { .. }
        | Action::MoveData { .. }
        | Action::Stop { .. }
        | Action::Restart { .. }
        | Action::Remove { .. }
        | Action::Wipe { .. } => None,
    };
    let freed = |draft: &Draft| -> Option<&Urls> {
        let frees = matches!(draft.action.kind(), Kind::Remove | Kind::UpdatePeerUrls);
        let live = changes.get(draft.change).and_then(Change::live)?;
        frees.then_some(&live.peer_urls)
    };
    for (freeing, freed) in drafts
        .iter()
        .enumerate()
        .filter_map(|(i, draft)| Some((i, freed(draft)?)))
    {
        for (taking, urls) in drafts
            .iter()
            .enumerate()
            .filter_map(|(i, draft)| Some((i, taken(draft)?)))
        {
            if freeing != taking && freed.shares_any(&urls) {
                graph.require(
                    freeing,
                    taking,
                    "a peer URL is free before another member takes it",
                )?;
            }
        }
    }
    Ok(())
}

/// What a member that leaves had on its host is free before another takes it:
/// its directory, if that is cleared, and the name by which programs find its process.
fn places_free_first(
    graph: &mut StepGraph,
    drafts: &[Draft],
    changes: &[Change],
    topology: &Topology,
) -> Result<(), Cycle> {
    let drafts = || drafts.iter().enumerate();
    for (leaving, draft) in drafts() {
        let kind = draft.action.kind();
        let Some(change) = changes.get(draft.change) else {
            continue;
        };
        let Some(live) = change.live().filter(|_| change.leaves()) else {
            continue;
        };
        let in_its_place = change.spec().filter(|spec| takes_place(spec, live));
        let left = Holding::live(topology, live, in_its_place);
        for (coming, other) in drafts().filter(|(_, other)| other.change != draft.change) {
            let spec = changes.get(other.change).and_then(Change::spec);
            let Some(there) = spec.map(Holding::wanted) else {
                continue;
            };
            let why = match (kind, other.action.kind()) {
                (Kind::Wipe, Kind::AddLearner | Kind::MoveData) if left.meets(&there) => {
                    "a directory is cleared before another member's data comes there"
                }
                (Kind::Stop | Kind::Wipe, Kind::Start | Kind::Restart)
                    if left.takes_name(&there) =>
                {
                    "what had the name is gone from the host before another takes it"
                }
                _ => continue,
            };
            graph.require(leaving, coming, why)?;
        }
    }
    Ok(())
}

/// The phases of a plan, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    /// What is half done is finished.
    Finish,
    /// Dead members leave.
    DeadLeave,
    /// Members are replaced, one after the other.
    Replace,
    /// The cluster grows.
    Grow,
    /// The cluster shrinks.
    Shrink,
    /// Members move and change their addresses.
    Move,
    /// Processes are restarted.
    Restart,
}

/// Where a change stands among the others, if nothing speaks against it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    phase: Phase,
    /// The leader's member comes last, so that leadership moves once.
    leads: bool,
    /// Lasting learners are added after voters, since etcd allows one learner at a time,
    /// and restarted before them, since they carry no vote.
    role: u8,
    /// A removal comes right after the addition that it is paired with.
    pair: usize,
    part: u8,
    label: String,
    id: Option<MemberId>,
}

/// Ranks the changes. Additions and removals of healthy voters are paired, so
/// that 3 voters become 4 and 3 again rather than 6 and then 3.
pub(super) fn rank_all(changes: &[Change], leader: Option<MemberId>) -> Vec<Rank> {
    let leads = |change: &Change| leader.is_some() && change.live().map(|live| live.id) == leader;
    let mut added: Vec<&Change> = changes
        .iter()
        .filter(|change| is_voter_added(change))
        .collect();
    added.sort_by_key(|change| change.label());
    let mut removed: Vec<&Change> = changes
        .iter()
        .filter(|change| is_voter_removed(change))
        .collect();
    removed.sort_by_key(|change| {
        (
            leads(change),
            change.label(),
            change.live().map(|live| live.id),
        )
    });
    let pairs = added.len().min(removed.len());
    let place = |list: &[&Change], change: &Change| {
        list.iter().position(|other| std::ptr::eq(*other, change))
    };
    let rank = |change: &Change| {
        let pair = place(&added, change)
            .or_else(|| place(&removed, change))
            .filter(|pair| *pair < pairs);
        let partner_leads = pair
            .and_then(|pair| removed.get(pair))
            .is_some_and(|partner| leads(partner));
        let phase = if pair.is_some() {
            Phase::Replace
        } else {
            phase(change)
        };
        let learner = change.spec().is_some_and(|spec| spec.role == Role::Learner);
        Rank {
            phase,
            leads: leads(change) || partner_leads,
            role: u8::from(learner != (phase == Phase::Restart)),
            pair: pair.unwrap_or(usize::MAX),
            part: u8::from(matches!(change.kind, ChangeKind::Remove { .. })),
            label: change.label(),
            id: change.live().map(|live| live.id),
        }
    };
    changes.iter().map(rank).collect()
}

fn is_voter_added(change: &Change) -> bool {
    matches!(&change.kind, ChangeKind::Add { spec } if spec.role == Role::Voter)
}

fn is_voter_removed(change: &Change) -> bool {
    matches!(&change.kind, ChangeKind::Remove { live } if live.role == Role::Voter && live.health() == Health::Healthy)
}

fn phase(change: &Change) -> Phase {
    use crate::plan::ChangeAction;
    if is_half_done(change) {
        return Phase::Finish;
    }
    let dead = change
        .live()
        .is_some_and(|live| live.health() == Health::Dead);
    match change.name() {
        ChangeAction::Finish => Phase::Finish,
        ChangeAction::Remove | ChangeAction::Replace if dead => Phase::DeadLeave,
        ChangeAction::Add => Phase::Grow,
        ChangeAction::Remove => Phase::Shrink,
        ChangeAction::Replace | ChangeAction::Demote => Phase::Replace,
        ChangeAction::Move | ChangeAction::Readdress => Phase::Move,
        ChangeAction::Rename | ChangeAction::Upgrade | ChangeAction::Restart => Phase::Restart,
    }
}

/// Whether a member is in the middle of its change: it is down and only needs
/// to run again, or its URL is updated and its process is not where that says.
fn is_half_done(change: &Change) -> bool {
    use crate::plan::ChangeAction;
    let ChangeKind::Alter { tasks, .. } = &change.kind else {
        return false;
    };
    let at_home = tasks.move_from.is_none();
    let updated = matches!(tasks.name, ChangeAction::Move | ChangeAction::Readdress);
    !tasks.update && (updated || (at_home && tasks.process == Process::Start))
}

/// Why the change of rank `after` comes after that of rank `before`.
pub(super) fn preference(before: &Rank, after: &Rank) -> &'static str {
    if before.phase != after.phase {
        return match after.phase {
            Phase::Finish | Phase::DeadLeave => "what is half done is finished first",
            Phase::Replace => "dead members leave before healthy ones are replaced",
            Phase::Grow => "members are replaced before the cluster grows",
            Phase::Shrink => "the cluster grows before it shrinks",
            Phase::Move => "members move when the cluster has its size",
            Phase::Restart => {
                "restarts come last: a restarted voter delays the next addition by 5 s"
            }
        };
    }
    if after.leads && !before.leads {
        return "the leader's member comes last, so that leadership moves once";
    }
    if before.pair == after.pair && before.part != after.part {
        return "a member leaves when the one that takes its place votes";
    }
    if before.role != after.role {
        return if after.phase == Phase::Restart {
            "learners are restarted before voters"
        } else {
            "voters are added before lasting learners: etcd allows one learner at a time"
        };
    }
    "one member changes at a time"
}
