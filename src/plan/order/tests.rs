use super::{Budget, Ordered, Search, order};
use crate::diff::{self, Requests};
use crate::model::ClusterModel;
use crate::observation::recording;
use crate::plan::draft::{Directory, recipe};
use crate::plan::graph::StepGraph;
use crate::plan::order::DeadEnd;
use crate::plan::{refusal, rules};
use crate::safety::{Limits, Outage};
use crate::topology;

/// Orders the replacement of a member and the restart of the others, within this budget.
fn ordered(find: usize, improve: usize) -> Result<Ordered, DeadEnd> {
    let file = include_str!("../../../examples/replace.yaml");
    let topology = topology::load("replace.yaml", file).unwrap().topology;
    let live = include_str!("../../../examples/live/healthy.json");
    let live = recording::read(live).unwrap();
    let requests = Requests {
        restart: topology
            .members
            .iter()
            .map(|spec| spec.name.clone())
            .collect(),
        ..Requests::default()
    };
    let changes = diff::between(&topology, &live, &requests).changes;
    let chains = changes.iter().enumerate();
    let drafts: Vec<_> = chains
        .flat_map(|(index, _)| recipe(index, &changes, &topology, Directory::IsLeft))
        .collect();
    let mut graph = StepGraph::new(drafts.len());
    rules::require_all(&mut graph, &drafts, &changes, &topology).unwrap();
    let search = Search {
        start: &ClusterModel::observed(&live, 100),
        drafts: &drafts,
        graph: &graph,
        ranks: &rules::rank_all(&changes, live.leader),
        limits: &Limits::new(&topology.policy, Outage::Refused),
        budget: Budget { find, improve },
    };
    order(&search).inspect_err(|dead_end| {
        let told = refusal::of_dead_end(dead_end, &drafts);
        assert_eq!(told.first().unwrap().code == "E0351", dead_end.exhausted);
    })
}

#[test]
fn a_search_within_its_budget_is_exact() {
    assert!(!ordered(100, 100).unwrap().cut_short);
}

#[test]
fn a_spent_budget_is_no_proof() {
    assert!(ordered(2, 100).unwrap_err().exhausted);
}

#[test]
fn a_better_order_may_exist_where_the_search_for_it_ends() {
    assert!(ordered(100, 0).unwrap().cut_short);
}
