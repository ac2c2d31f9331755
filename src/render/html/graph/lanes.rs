//! Lanes beside the list of steps, in which lines run past those that lie between their ends.

use crate::plan::Plan;

/// How many lanes there are at most; beyond that lines share the last one.
const MOST_LANES: usize = 12;

/// A line from one row to a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    /// The row of the step that comes first.
    pub(super) from: usize,
    /// The row of the one that comes after it.
    pub(super) to: usize,
    /// The lane it runs in, from 1; 0 for neighbours, which need none.
    pub(super) lane: usize,
}

/// Every line of a plan: short ones next to the list, so that few cross.
pub(super) fn edges(plan: &Plan) -> Vec<Edge> {
    let row = |id| plan.steps.iter().position(|step| step.id == id);
    let ends = plan.steps.iter().enumerate().flat_map(|(to, step)| {
        let before = step.depends_on.iter();
        before.filter_map(move |dependency| Some((row(dependency.step)?, to)))
    });
    let mut ends: Vec<(usize, usize)> = ends.filter(|(from, to)| from < to).collect();
    ends.sort_by_key(|(from, to)| (to - from, *from));
    ends.dedup();
    // The rows that each lane is taken in.
    let mut lanes: Vec<Vec<(usize, usize)>> = Vec::new();
    let edges = ends.into_iter().map(|(from, to)| {
        let lane = if to - from == 1 {
            0
        } else {
            lane(&mut lanes, from, to)
        };
        Edge { from, to, lane }
    });
    edges.collect()
}

/// The first lane that is free between two rows.
fn lane(lanes: &mut Vec<Vec<(usize, usize)>>, from: usize, to: usize) -> usize {
    let is_free = |taken: &Vec<(usize, usize)>| {
        taken
            .iter()
            .all(|(first, last)| *last <= from || *first >= to)
    };
    let free = lanes.iter().position(is_free);
    let index = free.unwrap_or(lanes.len()).min(MOST_LANES - 1);
    match lanes.get_mut(index) {
        Some(taken) => taken.push((from, to)),
        None => lanes.push(vec![(from, to)]),
    }
    index + 1
}
