//! A recovery as commands: every step of it as a person types it, where no etcdplan can run.

mod call;
mod listed;

use crate::action::Kind;
use crate::apply::{errand, recovery};
use crate::host::instructions::{self, Then};
use crate::plan::Plan;
use call::Call;
use listed::Listed;

/// What comes before the steps.
const OPENING: &str = "
By hand, each step when the one before it is done. `etcdplan apply` does the
same, and looks at the hosts and at the whole cluster before and after each.
";

/// The commands, step by step; none where the plan is no recovery, or is refused.
pub(super) fn of(plan: &Plan) -> Option<String> {
    let own = plan.recovery.as_ref().filter(|_| plan.applyable)?;
    let mut text = OPENING.to_owned();
    let mut listed = Listed::base(plan)?;
    for step in plan.steps.iter().take(own.steps) {
        let sheet = match recovery::errand(plan, own, step) {
            Some(action) => {
                // A member serves nobody before there is a quorum.
                let is_early = step.kind == Kind::Start && step.id.0 < own.steps;
                let then = if is_early { Then::AtOnce } else { Then::Reader };
                instructions::followed(&action, then)
            }
            None => Call::of(plan, step, listed.members()).to_string(),
        };
        add(&mut text, &sheet);
        listed.follow(plan, step);
    }
    let Some(then) = plan.after_recovery() else {
        return Some(text);
    };
    let mut listed = Listed::base(&then)?;
    for step in &then.steps {
        let sheet = match errand::of(&then, step, listed.members()) {
            Some(mut action) => {
                // Only etcd knows the ids that it will give.
                action.member_id = step.member_id;
                instructions::followed(&action, Then::Reader)
            }
            None => Call::of(&then, step, listed.members()).to_string(),
        };
        add(&mut text, &sheet);
        listed.follow(&then, step);
    }
    Some(text)
}

/// Each sheet begins with an empty line.
fn add(text: &mut String, sheet: &str) {
    text.push_str(sheet.trim_end());
    text.push('\n');
}
