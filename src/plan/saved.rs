//! A plan as a file: `plan -o PLAN`, `apply PLAN`, `show PLAN`.
//!
//! Pure. The file is the document itself. [`read`] takes it from any version of
//! the same major format, and refuses one that was changed after it was made:
//! what is applied is what was reviewed.

use serde::Deserialize as _;
use serde_json::Value;

use crate::action::Kind;
use crate::plan::{FORMAT_VERSION, Plan, StepId, digest};

/// Why a file is no plan that can be shown or applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
pub enum SavedPlanError {
    /// It is no JSON, or not the JSON of a plan.
    #[error("not a saved plan: {reason}")]
    #[diagnostic(
        code(E0460),
        help("make one with `etcdplan plan -f FILE -o PLAN`; a topology file is applied with -f")
    )]
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
    /// A later etcdplan made it.
    #[error("the plan was made by a newer etcdplan: {reason}")]
    #[diagnostic(
        code(E0461),
        help("use the etcdplan that made it, or plan again with this one")
    )]
    Newer {
        /// By what that shows.
        reason: String,
    },
    /// It is not as it was when it was made.
    #[error("the plan was changed after it was made: its content has the id {found}, not {stated}")]
    #[diagnostic(
        code(E0462),
        help(
            "change the topology file instead, and plan again; a plan is applied as it was reviewed"
        )
    )]
    Changed {
        /// The id that it states.
        stated: String,
        /// The id of what it says.
        found: String,
    },
    /// It holds the plans of several clusters.
    #[error("this is a document of {count} plans, and one cluster is applied at a time")]
    #[diagnostic(
        code(E0463),
        help(
            "save each plan by itself: `etcdplan plan -f DIR -o PLANS` writes a file for each cluster"
        )
    )]
    Fleet {
        /// How many.
        count: usize,
    },
}

/// Reads a plan, and makes sure that it is whole.
pub fn read(text: &str) -> Result<Plan, SavedPlanError> {
    let value: Value = serde_json::from_str(text).map_err(|error| malformed(&error))?;
    let stated = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let version = stated("formatVersion").ok_or_else(|| missing("formatVersion"))?;
    // All else may be different in a later format.
    match (major(&version), major(FORMAT_VERSION)) {
        (Some(theirs), Some(ours)) if theirs <= ours => {}
        (Some(_), _) => {
            let reason = format!("format {version}, and this one knows {FORMAT_VERSION}");
            return Err(SavedPlanError::Newer { reason });
        }
        (None, _) => {
            let reason = format!("`{version}` is no format version");
            return Err(SavedPlanError::Malformed { reason });
        }
    }
    if let Some(plans) = value.get("plans").and_then(Value::as_array) {
        return Err(SavedPlanError::Fleet { count: plans.len() });
    }
    let stated = stated("planID").ok_or_else(|| missing("planID"))?;
    let found = digest::document_id(value.clone());
    if stated != found {
        return Err(SavedPlanError::Changed { stated, found });
    }
    if let Some((step, kind)) = unknown_kind(&value) {
        let reason = format!("step {} is of the kind `{kind}`", step.0);
        return Err(SavedPlanError::Newer { reason });
    }
    Plan::deserialize(value).map_err(|error| malformed(&error))
}

/// The first step whose kind this version does not know.
fn unknown_kind(plan: &Value) -> Option<(StepId, String)> {
    let steps = plan.get("steps")?.as_array()?;
    (1..).map(StepId).zip(steps).find_map(|(id, step)| {
        let kind = step.get("kind")?;
        let is_known = Kind::deserialize(kind).is_ok();
        (!is_known).then(|| (id, kind.as_str().unwrap_or_default().to_owned()))
    })
}

fn malformed(error: &serde_json::Error) -> SavedPlanError {
    let reason = error.to_string();
    SavedPlanError::Malformed { reason }
}

fn missing(field: &str) -> SavedPlanError {
    let reason = format!("it has no `{field}`");
    SavedPlanError::Malformed { reason }
}

fn major(version: &str) -> Option<u32> {
    version.split('.').next()?.parse().ok()
}
