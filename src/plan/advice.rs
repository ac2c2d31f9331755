//! Warnings: what is allowed, and people should know.

use std::collections::BTreeMap;

use crate::diff::Change;
use crate::observation::{Condition, Health, LiveMember, Observation};
use crate::plan::clearing::{self, Rival};
use crate::plan::layout::Layout;
use crate::plan::order::Placed;
use crate::plan::{ChangeAction, Diagnostic, Step, StepId, place};
use crate::safety::{self, Hazard, NO_SPARE};
use crate::topology::Topology;

/// Every warning about a plan.
pub(super) fn all(
    topology: &Topology,
    observation: &Observation,
    changes: &[Change],
    layout: &Layout,
    steps: &[Step],
) -> Vec<Diagnostic> {
    let mut diagnostics: Vec<Diagnostic> = no_spare(steps).into_iter().collect();
    diagnostics.extend(cut_short(layout));
    diagnostics.extend(cautions(layout));
    diagnostics.extend(upgrade(topology, changes, layout));
    diagnostics.extend(quorum_lost(observation, changes));
    diagnostics.extend(down(topology, observation, changes));
    diagnostics.extend((0..changes.len()).filter_map(|index| kept_data(topology, changes, index)));
    diagnostics
}

/// The steps during which no voter may fail, said once.
fn no_spare(steps: &[Step]) -> Option<Diagnostic> {
    let tight: Vec<StepId> = steps
        .iter()
        .filter(|step| step.lowest.can_lose() == 0)
        .map(|step| step.id)
        .collect();
    // A cluster that has no voter to spare before, during, and after is told by its numbers.
    let ever = steps
        .iter()
        .any(|step| step.before.can_lose() > 0 || step.after.can_lose() > 0);
    let first = steps.first()?;
    let mut details = Vec::new();
    if first.before.can_lose() <= 0 {
        details.push(
            "the cluster is in this state already: waiting does not make it safer".to_owned(),
        );
    }
    (ever && !tight.is_empty()).then(|| Diagnostic {
        code: NO_SPARE.to_owned(),
        message: format!("no member can be lost during {}", StepId::listed(&tight)),
        details,
        steps: tight,
        line: None,
    })
}

/// That the search for the safest order was given up.
fn cut_short(layout: &Layout) -> Option<Diagnostic> {
    layout.cut_short.then(|| Diagnostic {
        code: "W0307".to_owned(),
        message: "an order in which more members may fail may exist: not all were looked at"
            .to_owned(),
        details: vec!["change fewer members at a time, and all are".to_owned()],
        steps: Vec::new(),
        line: None,
    })
}

/// What the rule book cautions, each caution once, with its steps.
fn cautions(layout: &Layout) -> Vec<Diagnostic> {
    let mut found: BTreeMap<(&str, String), Diagnostic> = BTreeMap::new();
    for (place, placed) in layout.placed.iter().enumerate() {
        // `no_spare` says it for all steps together.
        for hazard in placed
            .cautions
            .iter()
            .filter(|hazard| !matches!(hazard, Hazard::NoSpare { .. }))
        {
            let diagnostic = found
                .entry((hazard.code(), hazard.to_string()))
                .or_insert_with(|| caution(hazard));
            diagnostic.steps.push(layout.step_id(place));
        }
    }
    found.into_values().collect()
}

/// Data that stays where it is, since it may be another member's.
fn kept_data(topology: &Topology, changes: &[Change], index: usize) -> Option<Diagnostic> {
    let change = changes.get(index).filter(|change| change.leaves())?;
    let rival = clearing::rival(topology, changes, index);
    let is_wanted =
        topology.policy.wipe_removed || place::directory_is_taken(index, changes, topology);
    let rival = rival.filter(|_| is_wanted)?;
    let live = change.live()?;
    let host = live.peer_urls.first_host();
    let why = match rival {
        Rival::Member(rival) => {
            format!("as far as the file tells, it may be in the directory of {rival} on {host}")
        }
        Rival::Anybody => "the file names no directory of it: `host.dataDir` is not set".to_owned(),
    };
    let way = "clear it by hand, once you have seen whose it is".to_owned();
    Some(Diagnostic {
        code: "W0306".to_owned(),
        message: format!("the data of {} is not cleared", live.label()),
        details: vec![why, way],
        steps: Vec::new(),
        line: None,
    })
}

fn caution(hazard: &Hazard) -> Diagnostic {
    let (details, ways_out) = (hazard.details(), hazard.ways_out());
    Diagnostic {
        code: hazard.code().to_owned(),
        message: hazard.to_string(),
        details: details.into_iter().chain(ways_out).collect(),
        steps: Vec::new(),
        line: None,
    }
}

/// What an upgrade meets that other restarts do not, with the restarts that upgrade.
fn upgrade(topology: &Topology, changes: &[Change], layout: &Layout) -> Vec<Diagnostic> {
    let upgrades = |placed: &Placed| {
        let draft = placed.draft.and_then(|draft| layout.drafts.get(draft));
        let change = draft.and_then(|draft| changes.get(draft.change));
        change.is_some_and(|change| change.name() == ChangeAction::Upgrade)
    };
    let places = layout.placed.iter().enumerate();
    let places = places.filter(|(_, placed)| upgrades(placed));
    let steps: Vec<StepId> = places.map(|(place, _)| layout.step_id(place)).collect();
    let (Some(wanted), Some(first)) = (topology.cluster.version, layout.placed.first()) else {
        return Vec::new();
    };
    if steps.is_empty() {
        return Vec::new();
    }
    let found = safety::met_by_upgrade(&first.before, wanted);
    let with_steps = |hazard: &Hazard| Diagnostic {
        steps: steps.clone(),
        ..caution(hazard)
    };
    found.iter().map(with_steps).collect()
}

/// That nothing is to be changed, and nothing could be.
fn quorum_lost(observation: &Observation, changes: &[Change]) -> Option<Diagnostic> {
    let standing = observation.standing();
    (changes.is_empty() && !standing.has_quorum()).then(|| Diagnostic {
        code: "W0310".to_owned(),
        message: format!(
            "the cluster has no quorum: {} of {} voters are healthy, and {} are needed",
            standing.healthy,
            standing.voters,
            standing.quorum()
        ),
        details: vec!["what is left, and the way back: etcdplan recover -f FILE".to_owned()],
        steps: Vec::new(),
        line: None,
    })
}

/// Members that the file keeps and that are not healthy.
fn down(topology: &Topology, observation: &Observation, changes: &[Change]) -> Vec<Diagnostic> {
    let kept = |live: &&LiveMember| {
        !changes
            .iter()
            .any(|change| change.live().map(|l| l.id) == Some(live.id))
    };
    let amiss = |live: &&LiveMember| matches!(live.health(), Health::Dead | Health::Unknown);
    let say = |live: &LiveMember| {
        let (state, details) = match &live.condition {
            Condition::Barred { reason } => (
                "does not let us in",
                vec![
                    reason.clone(),
                    "mend what stands in the way: until then it counts as down".to_owned(),
                ],
            ),
            Condition::Unstarted | Condition::Running(_) | Condition::Silent { .. } => {
                let state = if live.health() == Health::Dead {
                    "does not answer"
                } else {
                    "may or may not be alive"
                };
                (state, vec![way_back(topology, live)])
            }
        };
        let line = live
            .name
            .as_ref()
            .and_then(|name| topology.member(name))
            .map(|spec| spec.line);
        Diagnostic {
            code: "W0305".to_owned(),
            message: format!("{} {state}, and the file keeps it", live.label()),
            details,
            steps: Vec::new(),
            line,
        }
    };
    observation
        .members
        .iter()
        .filter(kept)
        .filter(amiss)
        .map(say)
        .collect()
}

/// A plan starts what the file keeps only if it is asked to.
fn way_back(topology: &Topology, live: &LiveMember) -> String {
    let kept = live.name.as_ref().and_then(|name| topology.member(name));
    match kept.filter(|_| live.health() == Health::Dead) {
        Some(spec) => format!(
            "start it, by hand or by `--restart {}`, or take it out of the file",
            spec.name
        ),
        None => "bring it back, or take it out of the file: a plan does not start it".to_owned(),
    }
}
