//! Why a plan cannot be applied, as the document says it.

use std::collections::BTreeSet;

use crate::diff::Blocked;
use crate::observation::Observation;
use crate::plan::Refusal;
use crate::plan::draft::Draft;
use crate::plan::order::DeadEnd;
use crate::safety::Hazard;

impl Refusal {
    /// Whether the rule book refuses, which judges a cluster as it is at a moment;
    /// what a file asks for and cannot have does not pass by itself.
    pub fn is_of_the_rule_book(&self) -> bool {
        self.code.starts_with("E03")
    }
}

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
        message: "the steps would wait for each other: members take over each other's places"
            .to_owned(),
        details: Vec::new(),
        ways_out: vec![
            "give one of them another host and other URLs first, then plan again".to_owned(),
        ],
    }
}

/// No safe order: what refused where the search came farthest, each rule once.
pub(super) fn of_dead_end(dead_end: &DeadEnd, drafts: &[Draft]) -> Vec<Refusal> {
    if dead_end.exhausted || dead_end.refused.is_empty() {
        return vec![of_exhaustion(dead_end, drafts)];
    }
    let mut told = BTreeSet::new();
    let mut refusals = Vec::new();
    for (draft, hazards) in &dead_end.refused {
        let label = drafts.get(*draft).map(|draft| draft.label.clone());
        for hazard in hazards {
            let refusal = match (hazard, &label) {
                (Hazard::MaxLearners { learner, .. }, Some(member)) => of_stake(member, learner),
                _ => of_hazard(hazard, label.clone()),
            };
            if told.insert((refusal.code.clone(), refusal.message.clone())) {
                refusals.push(refusal);
            }
        }
    }
    refusals
}

/// The search gave up before it had met every rule: its budget is spent.
fn of_exhaustion(dead_end: &DeadEnd, drafts: &[Draft]) -> Refusal {
    let mut details = vec![format!(
        "{} of {} steps could be ordered",
        dead_end.reached,
        drafts.len()
    )];
    let hazards = dead_end.refused.iter().flat_map(|(_, hazards)| hazards);
    details.extend(hazards.take(1).map(|hazard| format!("then: {hazard}")));
    Refusal {
        code: "E0351".to_owned(),
        member: None,
        message: "no safe order was found among too many".to_owned(),
        details,
        ways_out: vec!["change fewer members at a time".to_owned()],
    }
}

/// A voter would leave for a member that etcd may never let in.
fn of_stake(member: &str, learner: &str) -> Refusal {
    Refusal {
        code: "E0352".to_owned(),
        member: Some(member.to_owned()),
        message: format!(
            "a voter would leave before {member} can be added, and {learner} is a learner already"
        ),
        details: vec![
            "etcd may refuse a second learner for ever: --max-learners is 1 unless every member has another, and no call tells"
                .to_owned(),
        ],
        ways_out: vec![
            format!("let {learner} vote (role: voter), or take it out of the file"),
            format!("give {member} a place of its own, so that it comes before the other leaves"),
            format!(
                "with --max-learners above 1 on every member: leave {member} out, apply, and write it again"
            ),
        ],
    }
}
