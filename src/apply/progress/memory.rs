//! What a run remembers, as far as that decides what it does next.
//!
//! Two runs of one plan with equal memories do the same on equal looks, so the
//! model checker tells them apart by nothing else. Times are ages, and ages
//! are only whether they are over: a run that waits a little longer is the same.

use std::time::Duration;

use crate::apply::attention::Wish;
use crate::apply::grace::GRACE;
use crate::apply::journal::Record;
use crate::apply::progress::Progress;
use crate::apply::progress::admission::TWO_LOOKS;
use crate::apply::progress::retreat::SERVES_AGAIN;
use crate::apply::progress::stage::{Answer, Stage};
use crate::observation::Observation;
use crate::plan::{Step, StepId};

/// What a run remembers, as far as that decides what it does next.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Memory {
    plan_id: String,
    until: Option<StepId>,
    record: Record,
    wish: Wish,
    unseen: Option<bool>,
    disputed: Option<bool>,
    place: usize,
    index: usize,
    resume: Option<usize>,
    stage: Stage,
    tried: bool,
    refused_by_rule: Option<bool>,
    refused_by_etcd: Option<bool>,
    waited: bool,
    exceeded: bool,
    believed: Option<Observation>,
}

impl Progress<'_> {
    /// What this run remembers at this time.
    pub fn memory(&self, now: Duration) -> Memory {
        let Self {
            plan,
            // It follows from the plan.
            passage: _,
            until,
            record,
            wish,
            unseen,
            disputed,
            place,
            pace,
            index,
            resume,
            stage,
            tried,
            refused_by_rule,
            refused_by_etcd,
            last,
            // These are told, and decide nothing.
            begun: _,
            done: _,
            events: _,
        } = self;
        let waited = match stage {
            Stage::Acted(Answer::Performed) => pace.awaited_for(now) >= GRACE,
            Stage::Retreat(_) | Stage::Withdrawal(_) => pace.awaited_for(now) > SERVES_AGAIN,
            Stage::Unknown
            | Stage::Begin
            | Stage::Gate { .. }
            | Stage::Acted(_)
            | Stage::Transferred(_) => false,
        };
        let stage = match stage {
            Stage::Gate { in_sync_since } => Stage::Gate {
                in_sync_since: in_sync_since.map(|since| now.saturating_sub(since).min(TWO_LOOKS)),
            },
            Stage::Unknown
            | Stage::Begin
            | Stage::Acted(_)
            | Stage::Transferred(_)
            | Stage::Retreat(_)
            | Stage::Withdrawal(_) => stage.clone(),
        };
        // The last look is believed only where the plan itself silences everybody.
        let silences = |step: &Step| step.before.healthy == 0 || step.after.healthy == 0;
        let believed = last.clone().filter(|_| plan.steps.iter().any(silences));
        Memory {
            plan_id: plan.plan_id.clone(),
            until: *until,
            record: record.clone(),
            wish: *wish,
            unseen: unseen.lasts(now),
            disputed: disputed.lasts(now),
            place: *place,
            index: *index,
            resume: *resume,
            stage,
            tried: *tried,
            refused_by_rule: refused_by_rule.lasts(now),
            refused_by_etcd: refused_by_etcd.lasts(now),
            waited,
            exceeded: pace.exceeded(now).is_some(),
            believed,
        }
    }
}
