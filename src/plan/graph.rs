//! The steps as a graph: an edge says that one comes after another, and why.
//!
//! The only module that names `petgraph`. An edge that would close a cycle is
//! refused by `Acyclic`: for a required edge that is an error, an optional one
//! is left out.

use petgraph::Direction;
use petgraph::acyclic::Acyclic;
use petgraph::data::Build as _;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef as _;

/// A graph of steps by number, with the reasons on its edges.
#[derive(Debug, Default)]
pub(super) struct StepGraph {
    graph: Acyclic<DiGraph<usize, Vec<String>>>,
    nodes: Vec<NodeIndex>,
}

/// A required edge that would close a cycle.
#[derive(Debug)]
pub(super) struct Cycle;

impl StepGraph {
    /// A graph of this many steps, and no edge.
    pub(super) fn new(steps: usize) -> Self {
        let mut graph = Acyclic::<DiGraph<usize, Vec<String>>>::new();
        let nodes = (0..steps).map(|step| graph.add_node(step)).collect();
        Self { graph, nodes }
    }

    /// Says that `after` comes after `before`. A second reason joins the first.
    pub(super) fn require(&mut self, before: usize, after: usize, why: &str) -> Result<(), Cycle> {
        let (Some(&from), Some(&to)) = (self.nodes.get(before), self.nodes.get(after)) else {
            return Err(Cycle);
        };
        if let Some(edge) = self.graph.find_edge(from, to) {
            let reasons = self
                .graph
                .inner()
                .edge_weight(edge)
                .cloned()
                .unwrap_or_default();
            if reasons.iter().any(|reason| reason == why) {
                return Ok(());
            }
            let joined = reasons.into_iter().chain([why.to_owned()]).collect();
            return self
                .graph
                .try_update_edge(from, to, joined)
                .map(|_| ())
                .map_err(|_| Cycle);
        }
        self.graph
            .try_add_edge(from, to, vec![why.to_owned()])
            .map(|_| ())
            .map_err(|_| Cycle)
    }

    /// The steps right before this one, with the reasons, in order.
    pub(super) fn before(&self, step: usize) -> Vec<(usize, Vec<String>)> {
        let Some(&node) = self.nodes.get(step) else {
            return Vec::new();
        };
        let edges = self.graph.edges_directed(node, Direction::Incoming);
        let mut found: Vec<_> = edges
            .filter_map(|edge| {
                Some((
                    *self.graph.node_weight(edge.source())?,
                    edge.weight().clone(),
                ))
            })
            .collect();
        found.sort();
        found
    }
}
