//! Who is in the cluster before and after a plan: the rows of its members table.
//!
//! Made from the plan alone. A member that is replaced has two entries, the
//! old and the new; every other member has one. They stand in the order of
//! their names, numbers by value: `m2` before `m10`.

use crate::plan::{BaseMember, ChangeAction, ChangeRecord, MemberFacts, Plan};

/// What becomes of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    /// It stays as it is.
    Same,
    /// It stays, and something about it changes.
    Changed,
    /// It is gone, and a recovery makes it anew, to begin with.
    Restored,
    /// It leaves.
    Removed,
    /// It comes.
    Added,
}

/// One member, before or after the plan or both.
#[derive(Clone, Debug)]
pub(crate) struct Entry<'a> {
    /// What becomes of it.
    pub(crate) fate: Fate,
    /// What people call it.
    pub(crate) label: String,
    /// As it is; absent for one that comes.
    pub(crate) live: Option<&'a BaseMember>,
    /// Its change; absent for one that stays as it is.
    pub(crate) change: Option<&'a ChangeRecord>,
}

/// Everyone in the cluster before or after the plan.
pub(crate) fn roster(plan: &Plan) -> Vec<Entry<'_>> {
    let members = &plan.base.members;
    let mut entries: Vec<Entry<'_>> = members
        .iter()
        .map(|live| present(live, &plan.changes))
        .collect();
    // Where nobody tells who there was, somebody begins what comes all the same.
    let begun = plan.rebirth().into_iter();
    let begun = begun.flat_map(|rebirth| &rebirth.base.members);
    let is_listed = |begun: &&BaseMember| members.iter().any(|live| live.name == begun.name);
    entries.extend(begun.filter(|begun| !is_listed(begun)).map(|begun| Entry {
        fate: Fate::Restored,
        ..present(begun, &[])
    }));
    entries.extend(
        plan.changes
            .iter()
            .filter(|c| brings(c))
            .map(|change| Entry {
                fate: Fate::Added,
                label: change.member.clone(),
                live: None,
                change: Some(change),
            }),
    );
    entries.sort_by_cached_key(|entry| (natural(&entry.label), entry.fate));
    entries
}

fn present<'a>(live: &'a BaseMember, changes: &'a [ChangeRecord]) -> Entry<'a> {
    let about = |change: &&ChangeRecord| {
        let before = change.before.as_ref();
        before.is_some_and(|facts| facts.id == Some(live.id))
    };
    let change = changes.iter().find(about);
    let fate = match change {
        None => Fate::Same,
        Some(change) if brings(change) || change.after.is_none() => Fate::Removed,
        Some(_) => Fate::Changed,
    };
    let label = match change {
        Some(change) if fate == Fate::Changed => change.member.clone(),
        Some(_) | None => live
            .name
            .as_ref()
            .map_or_else(|| live.id.to_string(), ToString::to_string),
    };
    Entry {
        fate,
        label,
        live: Some(live),
        change,
    }
}

/// Whether a change brings a member that was not there.
fn brings(change: &ChangeRecord) -> bool {
    match change.action {
        ChangeAction::Add | ChangeAction::Replace | ChangeAction::Demote => true,
        ChangeAction::Finish
        | ChangeAction::Remove
        | ChangeAction::Move
        | ChangeAction::Readdress
        | ChangeAction::Rename
        | ChangeAction::Upgrade
        | ChangeAction::Restart => false,
    }
}

impl Entry<'_> {
    /// As it will be, where that is known to differ from how it is.
    pub(crate) fn wanted(&self) -> Option<&MemberFacts> {
        let change = self.change.filter(|_| self.fate != Fate::Removed)?;
        change.after.as_ref()
    }

    /// The sign that stands before it.
    pub(crate) fn sign(&self) -> &'static str {
        match self.fate {
            Fate::Same | Fate::Restored => " ",
            Fate::Changed => "~",
            Fate::Removed => "-",
            Fate::Added => "+",
        }
    }
}

/// A key that sorts `m2` before `m10`: runs of digits count by their value.
pub(crate) fn natural(name: &str) -> Vec<(bool, usize, String)> {
    let mut runs: Vec<(bool, usize, String)> = Vec::new();
    for character in name.chars() {
        let digit = character.is_ascii_digit();
        match runs.last_mut() {
            Some((kind, _, run)) if *kind == digit => run.push(character),
            Some(_) | None => runs.push((digit, 0, character.to_string())),
        }
    }
    // Without its leading zeros, the longer number is the greater one.
    for (digit, length, run) in &mut runs {
        if *digit {
            *length = run.trim_start_matches('0').len();
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_sort_by_value() {
        let mut names = ["m10", "m9", "m1-b", "m1", "zone2-m1", "zone10-m1"];
        names.sort_by_cached_key(|name| natural(name));
        assert_eq!(names, ["m1", "m1-b", "m9", "m10", "zone2-m1", "zone10-m1"]);
    }
}
