//! On what terms a plan is performed.

use crate::apply::journal::Record;
use crate::apply::pace::Patience;
use crate::plan::StepId;

/// On what terms a plan is performed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How long things may take.
    pub patience: Patience,
    /// The last step to be performed, if not all are (`--until`).
    pub until: Option<StepId>,
    /// What earlier runs of the plan have done, as their journal tells.
    pub record: Record,
}

impl From<Patience> for Terms {
    fn from(patience: Patience) -> Self {
        Self {
            patience,
            until: None,
            record: Record::default(),
        }
    }
}
