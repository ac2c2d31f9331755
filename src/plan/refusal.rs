//! Why a plan cannot be applied, as the document says it.

use std::collections::BTreeSet;

use crate::diff::Blocked;
use crate::observation::Observation;
use crate::plan::Refusal;
use crate::plan::draft::Draft;
use crate::plan::order::DeadEnd;
use crate::safety::Hazard;

/// Something that the file must say more clearly.
pub(super) fn of_blocked(blocked: &Blocked) -> Refusal {
    Refusal {
        code: blocked.code().to_owned(),
        member: blocked.member().map(ToString::to_string),
        message: blocked.to_string(),
        details: blocked.details(),
        ways_out: blocked.ways_out(),
    }
}

/// A rule that was broken.
pub fn of_hazard(hazard: &Hazard, member: Option<String>) -> Refusal {
    Refusal {
        code: hazard.code().to_owned(),
        member,
        message: hazard.to_string(),
        details: hazard.details(),
        ways_out: hazard.ways_out(),
    }
}

/// Adds who is meant by an id that is told: people know members by their names.
pub(super) fn name_ids(refusal: &mut Refusal, observation: &Observation) {
    let told = |id: &str| {
        let details = refusal.details.iter();
        refusal.message.contains(id) && !details.clone().any(|detail| detail.contains(id))
    };
    let named = observation.members.iter().filter_map(|live| {
        let (id, name) = (live.id.to_string(), live.name.as_ref()?);
        told(&id).then(|| format!("{id} is {name}"))
    });
    let named: Vec<String> = named.collect();
    refusal.details.extend(named);
}

/// Steps that would wait for each other.
pub(super) fn of_cycle() -> Refusal {
    Refusal {
        code: "E0350".to_owned(),
        member: None,
        message: "the steps would wait for each other: members take over each other's addresses"
            .to_owned(),
        details: Vec::new(),
        ways_out: vec!["give one of them a new peer URL first, then plan again".to_owned()],
    }
}

/// No safe order: what refused where the search came farthest, each rule once.
pub(super) fn of_dead_end(dead_end: &DeadEnd, drafts: &[Draft]) -> Vec<Refusal> {
    let mut told = BTreeSet::new();
    let mut refusals = Vec::new();
    for (draft, hazards) in &dead_end.refused {
        let label = drafts.get(*draft).map(|draft| draft.label.clone());
        for hazard in hazards {
            let refusal = of_hazard(hazard, label.clone());
            if told.insert((refusal.code.clone(), refusal.message.clone())) {
                refusals.push(refusal);
            }
        }
    }
    if refusals.is_empty() {
        // The search gave up before it met a rule: its budget is spent.
        refusals.push(Refusal {
            code: "E0351".to_owned(),
            member: None,
            message: "no safe order was found among too many".to_owned(),
            details: vec![format!(
                "{} of {} steps could be ordered",
                dead_end.reached,
                drafts.len()
            )],
            ways_out: vec!["change fewer members at a time".to_owned()],
        });
    }
    refusals
}
