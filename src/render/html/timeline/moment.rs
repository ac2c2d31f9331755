//! The moments of a plan: now, and each step, with what stands before, during, and after it.

use crate::plan::{Plan, Step, StepId};
use crate::quorum::Standing;
use crate::render::count::counted;

use super::super::steps::during;

/// Now, or a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment<'a> {
    /// Absent for now.
    pub(super) step: Option<&'a Step>,
    pub(super) before: Standing,
    /// The moment inside it that is told; the same as after it where there is none.
    pub(super) during: Standing,
    pub(super) after: Standing,
}

/// Every moment, in order; none of a plan without steps.
pub(super) fn all(plan: &Plan) -> Vec<Moment<'_>> {
    let now = plan.steps.first().map(|first| Moment {
        step: None,
        before: first.before,
        during: first.before,
        after: first.before,
    });
    let steps = plan.steps.iter().map(|step| Moment {
        step: Some(step),
        before: step.before,
        during: during(step),
        after: step.after,
    });
    now.into_iter().chain(steps).collect()
}

impl Moment<'_> {
    /// The least that can be lost during it and after it.
    pub(super) fn least(&self) -> i64 {
        self.during.can_lose().min(self.after.can_lose())
    }

    /// What stands when, in quarters of the moment.
    pub(super) fn spans(&self) -> Vec<(usize, Standing)> {
        if self.step.is_none() {
            vec![(4, self.after)]
        } else if self.during == self.after {
            vec![(2, self.before), (2, self.after)]
        } else {
            vec![(1, self.before), (2, self.during), (1, self.after)]
        }
    }

    /// Its numbers as a sentence.
    pub(super) fn told(&self) -> String {
        if self.during == self.after {
            sentence(self.after)
        } else {
            format!("{}; then {}", sentence(self.during), sentence(self.after))
        }
    }
}

/// The same numbers as a drawing, in sentences; one for moments that are alike.
pub(super) fn told(moments: &[Moment<'_>]) -> String {
    let alike = moments.chunk_by(|one, other| {
        let is_step = |moment: &Moment<'_>| moment.step.is_some();
        is_step(one) == is_step(other) && one.told() == other.told()
    });
    let sentences = alike.filter_map(|group| {
        let steps = group.iter().filter_map(|moment| moment.step);
        let steps: Vec<StepId> = steps.map(|step| step.id).collect();
        let when = if steps.is_empty() {
            "Now".to_owned()
        } else {
            StepId::listed(&steps).replacen('s', "S", 1)
        };
        let first = group.first()?;
        Some(format!("{when}: {}.", first.told()))
    });
    sentences.collect::<Vec<_>>().join(" ")
}

impl Moment<'_> {
    /// The number of the step.
    pub(super) fn number(&self) -> Option<usize> {
        self.step.map(|step| step.id.0)
    }
}

/// `3 voters, 2 healthy, quorum 2, can lose 0`
fn sentence(standing: Standing) -> String {
    let Standing { voters, healthy } = standing;
    let voters_told = counted(voters, "voter");
    let healthy_told = match (voters, healthy) {
        (1, 1) => "healthy".to_owned(),
        (voters, healthy) if voters == healthy => "all healthy".to_owned(),
        (_, healthy) => format!("{healthy} healthy"),
    };
    let quorum = standing.quorum();
    let can_lose = match standing.can_lose() {
        lost if lost < 0 => format!("{} too few for it", lost.unsigned_abs()),
        left => format!("can lose {left}"),
    };
    format!("{voters_told}, {healthy_told}, quorum {quorum}, {can_lose}")
}
