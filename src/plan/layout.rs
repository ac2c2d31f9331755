//! The steps in a safe order, with the graph that explains it.

use std::collections::BTreeMap;

use crate::action::Action;
use crate::diff::Change;
use crate::model::ClusterModel;
use crate::observation::Observation;
use crate::plan::draft::{self, Directory, Draft};
use crate::plan::graph::StepGraph;
use crate::plan::order::{self, Budget, Ordered, Placed, Search};
use crate::plan::rules::{self, Rank};
use crate::plan::{Refusal, StepId, place, precaution, refusal};
use crate::safety::Limits;
use crate::topology::Topology;

/// The steps in their order, with the graph that explains it.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// The steps before they had a place.
    pub(super) drafts: Vec<Draft>,
    /// The steps in their places.
    pub(super) placed: Vec<Placed>,
    /// For each placed step, the places before it and why.
    pub(super) edges: Vec<Vec<(usize, Vec<String>)>>,
    /// Whether a safer order may exist.
    pub(super) cut_short: bool,
    /// How many steps stand before the placed ones: a backup.
    pub(super) lead: usize,
}

impl Layout {
    /// The id of the step in this place.
    pub(super) fn step_id(&self, place: usize) -> StepId {
        StepId(self.lead + place + 1)
    }
}

/// Lays out the steps of the changes.
///
/// # Errors
///
/// What refused, where no safe order exists.
pub(super) fn lay_out(
    topology: &Topology,
    observation: &Observation,
    changes: &[Change],
    limits: &Limits,
    start: &ClusterModel,
) -> Result<Layout, Vec<Refusal>> {
    let drafts: Vec<Draft> = (0..changes.len())
        .flat_map(|index| {
            let directory = if place::directory_is_taken(index, changes, topology) {
                Directory::IsTaken
            } else {
                Directory::IsLeft
            };
            draft::recipe(index, changes, topology, directory)
        })
        .collect();
    let mut graph = StepGraph::new(drafts.len());
    rules::require_all(&mut graph, &drafts, changes, topology)
        .map_err(|_| vec![refusal::of_cycle()])?;
    let ranks = rules::rank_all(changes, observation.leader);
    let search = Search {
        start,
        drafts: &drafts,
        graph: &graph,
        ranks: &ranks,
        limits,
        budget: Budget::FULL,
    };
    let Ordered { placed, cut_short } =
        order::order(&search).map_err(|dead_end| refusal::of_dead_end(&dead_end, &drafts))?;
    let edges = explain(&drafts, &graph, &ranks, &placed);
    let lead = precaution::count(topology, &placed);
    Ok(Layout {
        drafts,
        placed,
        edges,
        cut_short,
        lead,
    })
}

/// The final graph: required edges, the preferences that held, and the transfers of leadership.
fn explain(
    drafts: &[Draft],
    required: &StepGraph,
    ranks: &[Rank],
    placed: &[Placed],
) -> Vec<Vec<(usize, Vec<String>)>> {
    let mut graph = StepGraph::new(placed.len());
    let place_of: BTreeMap<usize, usize> = placed
        .iter()
        .enumerate()
        .filter_map(|(place, placed)| Some((placed.draft?, place)))
        .collect();
    // Every edge below goes from an earlier place to a later one, so none closes a cycle.
    let mut edge = |before: usize, after: usize, why: &str| {
        let _ = graph.require(before, after, why);
    };
    for (draft, place) in &place_of {
        for (before, reasons) in required.before(*draft) {
            if let Some(before) = place_of.get(&before) {
                for why in &reasons {
                    edge(*before, *place, why);
                }
            }
        }
    }
    for (place, next) in placed
        .iter()
        .enumerate()
        .filter(|(_, placed)| placed.draft.is_none())
    {
        let Action::MoveLeader { .. } = next.action else {
            continue;
        };
        edge(
            place,
            place + 1,
            "leadership is moved before its member goes down",
        );
        if let Some(after) = placed.get(place + 1).and_then(|placed| placed.draft) {
            for (before, reasons) in required.before(after) {
                if let Some(before) = place_of.get(&before) {
                    for why in &reasons {
                        edge(*before, place, why);
                    }
                }
            }
        }
    }
    let change_at = |place: usize| {
        let draft = |placed: &Placed| {
            placed
                .draft
                .and_then(|draft| drafts.get(draft))
                .map(|draft| draft.change)
        };
        // A transfer belongs to the change of the step that it stands before.
        placed
            .get(place)
            .and_then(draft)
            .or_else(|| placed.get(place + 1).and_then(draft))
    };
    for place in 1..placed.len() {
        let (Some(before), Some(after)) = (change_at(place - 1), change_at(place)) else {
            continue;
        };
        if before == after {
            continue;
        }
        let why = match (ranks.get(before), ranks.get(after)) {
            (Some(before), Some(after)) if before < after => rules::preference(before, after),
            _ => "in this order more members may fail meanwhile, or the rules allow no other",
        };
        edge(place - 1, place, why);
    }
    (0..placed.len()).map(|place| graph.before(place)).collect()
}
