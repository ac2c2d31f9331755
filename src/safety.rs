//! The rule book: whether an action on a cluster is safe.
//!
//! Layer 2. One pure function, [`assess`], with four readers: the planner asks
//! it to order steps, the forecast to print them, the gate at apply on a fresh
//! observation, and the model checker. There is no second opinion anywhere.
//!
//! Each rule is a small function of a `Case`; `RULES` lists them all. A
//! rule that is broken gives a [`Hazard`], which names the rule, the numbers,
//! and the way out.
//!
//! ```text
//! voters=(m1* m2! m3)   remove m3   refused: E0310, 1 healthy voter of the 2 needed
//! voters=(m1* m2! m3)   remove m2   safe
//! ```

pub mod hazard;
mod joining;
mod known_bugs;
mod leading;
mod naming;
mod remedy;
mod settled;
mod skew;
mod voting;
mod weight;

use crate::action::Action;
use crate::model::{ClusterModel, Member};
use crate::quorum::Standing;
use crate::topology::{MinCanLose, Policy};

pub use hazard::Hazard;
pub use known_bugs::met_by_upgrade;
pub use leading::could_lead;
pub use weight::NO_SPARE;

/// What the operator allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limits {
    /// How many voters must be able to fail at every moment, if the file says.
    pub floor: Option<u32>,
    /// Whether quorum may be lost for a moment where there are one or two voters.
    pub outage: Outage,
}

/// Whether quorum may be lost for a moment where there are one or two voters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Outage {
    /// No.
    #[default]
    Refused,
    /// `--allow-outage` was given.
    Allowed,
}

impl Limits {
    /// The limits that a policy and the flags set.
    pub fn new(policy: &Policy, outage: Outage) -> Self {
        let floor = match policy.min_can_lose {
            MinCanLose::Auto => None,
            MinCanLose::Floor(floor) => Some(floor),
        };
        Self { floor, outage }
    }
}

/// What the rule book says of an action.
#[must_use = "an action that was refused must not be performed"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing speaks against it.
    Safe,
    /// It may be done, and people should know.
    Caution(Vec<Hazard>),
    /// It must not be done.
    Refused(Vec<Hazard>),
}

impl Verdict {
    /// Whether it must not be done.
    pub fn is_refused(&self) -> bool {
        matches!(self, Self::Refused(_))
    }

    /// The hazards, of whichever weight.
    pub fn hazards(&self) -> &[Hazard] {
        match self {
            Self::Safe => &[],
            Self::Caution(hazards) | Self::Refused(hazards) => hazards,
        }
    }
}

/// One question to the rule book, with the arithmetic done once.
#[derive(Debug)]
struct Case<'a> {
    model: &'a ClusterModel,
    action: &'a Action,
    limits: &'a Limits,
    before: Standing,
    lowest: Standing,
    after: Standing,
}

/// A rule: what is broken, if anything.
type Rule = fn(&Case<'_>) -> Option<Hazard>;

/// Every rule. The order is the one in which broken rules are told.
const RULES: &[Rule] = &[
    voting::last_voter,
    settled::quorum_now,
    settled::leader_known,
    settled::undisturbed,
    voting::quorum_after,
    voting::outage,
    voting::floor,
    settled::voters_started,
    joining::voters_healthy,
    joining::one_learner,
    joining::started,
    joining::in_sync,
    joining::reached,
    joining::nobody_catching_up,
    leading::not_leading,
    leading::successor,
    naming::no_learner_update,
    naming::well_formed,
    naming::not_taken,
    naming::tls_prepared,
    naming::tls_joinable,
    skew::one_minor_apart,
    skew::none_older,
    settled::process_ended,
    settled::wiped_after_removal,
    voting::no_spare,
    joining::second_learner,
    joining::reach_unconfirmed,
];

/// Judges an action on a cluster.
pub fn assess(model: &ClusterModel, action: &Action, limits: &Limits) -> Verdict {
    let before = model.standing();
    let after = match model.after(action) {
        Ok(after) => after.standing(),
        Err(illegal) => {
            let reason = illegal.to_string();
            return Verdict::Refused(vec![Hazard::Impossible {
                kind: action.kind(),
                reason,
            }]);
        }
    };
    let case = Case {
        model,
        action,
        limits,
        before,
        lowest: model.lowest(action, after),
        after,
    };
    let (refused, cautions): (Vec<_>, Vec<_>) = RULES
        .iter()
        .filter_map(|rule| rule(&case))
        .chain(known_bugs::met(&case))
        .partition(Hazard::is_refusal);
    if !refused.is_empty() {
        Verdict::Refused(refused)
    } else if !cautions.is_empty() {
        Verdict::Caution(cautions)
    } else {
        Verdict::Safe
    }
}

impl<'a> Case<'a> {
    /// What people call the member that the action touches.
    fn label(&self) -> String {
        self.target()
            .map_or_else(|| "the member".to_owned(), |member| member.label.clone())
    }

    /// The member that the action touches, if it is listed.
    fn target(&self) -> Option<&'a Member> {
        self.model.member(self.action.member())
    }
}
