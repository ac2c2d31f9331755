//! What is rendered: the plan of one cluster, or those of many.

use std::slice;

use crate::plan::Plan;
use crate::plan::fleet::{Failed, Fleet};

/// The plan of one cluster, or those of many.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// Of one.
    Plan(&'a Plan),
    /// Of many.
    Fleet(&'a Fleet),
}

impl<'a> Subject<'a> {
    /// Every plan.
    pub fn plans(self) -> &'a [Plan] {
        match self {
            Self::Plan(plan) => slice::from_ref(plan),
            Self::Fleet(fleet) => &fleet.plans,
        }
    }

    /// The files of which no plan could be made.
    pub fn failures(self) -> &'a [Failed] {
        match self {
            Self::Plan(_) => &[],
            Self::Fleet(fleet) => &fleet.failures,
        }
    }

    /// Members that are added, that change, and that are removed, in all.
    pub fn totals(self) -> [usize; 3] {
        let sum = |of: fn(&Plan) -> usize| self.plans().iter().map(of).sum();
        [
            sum(|plan| plan.summary.add),
            sum(|plan| plan.summary.change),
            sum(|plan| plan.summary.destroy),
        ]
    }
}

impl<'a> From<&'a Plan> for Subject<'a> {
    fn from(plan: &'a Plan) -> Self {
        Self::Plan(plan)
    }
}

impl<'a> From<&'a Fleet> for Subject<'a> {
    fn from(fleet: &'a Fleet) -> Self {
        Self::Fleet(fleet)
    }
}
