//! The plans of many clusters, as one document.
//!
//! A cluster that cannot be planned is a part of it: nothing hides behind the
//! others, and nothing is hidden by it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::{FORMAT_VERSION, Plan};

/// The plans of many clusters, in the order in which their files were named.
#[must_use = "a plan does nothing until it is shown or applied"]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Fleet {
    /// The version of the document.
    pub format_version: String,
    /// The plans.
    pub plans: Vec<Plan>,
    /// The files of which no plan could be made.
    pub failures: Vec<Failed>,
    /// The counts.
    pub summary: FleetSummary,
}

/// A file of which no plan could be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failed {
    /// Its path as given.
    pub file: String,
    /// Why.
    pub problems: Vec<Problem>,
}

/// One reason why no plan could be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Its code: `E0401`.
    pub code: Option<String>,
    /// The reason in words.
    pub message: String,
    /// More, a line each.
    pub details: Vec<String>,
    /// The ways out, a line each.
    pub ways_out: Vec<String>,
    /// The line of the file that it is about.
    pub line: Option<usize>,
}

/// The counts of many plans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FleetSummary {
    /// Clusters that were asked for.
    pub clusters: usize,
    /// Those that are to change.
    pub changed: usize,
    /// Those whose plan is refused.
    pub refused: usize,
    /// Those of which no plan could be made.
    pub failed: usize,
    /// Members that are added.
    pub add: usize,
    /// Members that stay and change.
    pub change: usize,
    /// Members that are removed.
    pub destroy: usize,
    /// Steps.
    pub steps: usize,
    /// Steps that a person does.
    pub manual_steps: usize,
    /// The least number of voters of one cluster that may fail at any moment; absent without a plan.
    pub min_can_lose: Option<i64>,
}

impl Fleet {
    /// Joins plans, and what went wrong with the others.
    pub fn new(plans: Vec<Plan>, failures: Vec<Failed>) -> Self {
        let summary = summary(&plans, &failures);
        Self {
            format_version: FORMAT_VERSION.to_owned(),
            plans,
            failures,
            summary,
        }
    }
}

fn summary(plans: &[Plan], failures: &[Failed]) -> FleetSummary {
    let count = |is: fn(&Plan) -> bool| plans.iter().filter(|plan| is(plan)).count();
    let sum = |of: fn(&Plan) -> usize| plans.iter().map(of).sum();
    FleetSummary {
        clusters: plans.len() + failures.len(),
        changed: count(|plan| plan.has_changes),
        refused: count(|plan| !plan.applyable),
        failed: failures.len(),
        add: sum(|plan| plan.summary.add),
        change: sum(|plan| plan.summary.change),
        destroy: sum(|plan| plan.summary.destroy),
        steps: sum(|plan| plan.summary.steps),
        manual_steps: sum(|plan| plan.summary.manual_steps),
        min_can_lose: plans.iter().map(|plan| plan.summary.min_can_lose).min(),
    }
}
