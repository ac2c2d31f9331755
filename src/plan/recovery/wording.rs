//! Why it is this way, and what may be missing afterwards, in words.

use crate::plan::recovery::roster::Roster;
use crate::plan::recovery::ways::Choice;
use crate::plan::recovery::{Options, RestoredFrom, Way};
use crate::quorum::quorum;

/// `1 is`, `2 are`.
fn are(number: usize) -> String {
    if number == 1 {
        "1 is".to_owned()
    } else {
        format!("{number} are")
    }
}

/// `m1`, `m1 and m2`, `m1, m2 and m3`.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

impl Choice {
    pub(super) fn way(&self) -> Way {
        match self {
            Self::Start(_) => Way::Start,
            Self::Relocate(_) => Way::Relocate,
            Self::Restore(_) => Way::Restore,
            Self::InPlace(_) => Way::InPlace,
        }
    }

    /// Why it is this way.
    pub(super) fn reason(&self, roster: &Roster<'_>) -> String {
        let voters = roster.voters().count();
        let left = roster.voters().filter(|old| old.can_serve()).count();
        let needed = quorum(voters);
        match self {
            Self::Start(_) if voters == 1 => {
                "the only voter is left with its data: once it runs the cluster goes on, and nothing is \
                 lost"
                    .to_owned()
            }
            Self::Start(_) => format!(
                "{left} of {voters} voters are left with their data, and {} a quorum: once they run the \
                 cluster goes on, and nothing is lost",
                are(needed)
            ),
            Self::Relocate(relocation) => {
                let of = |place: &usize| roster.members.get(*place).map(|old| old.name.as_str());
                let moved: Vec<&str> = relocation.moved.iter().filter_map(of).collect();
                let found = match relocation.relayed.as_ref().and_then(of) {
                    Some(hub) => format!(
                        "the old address of {hub}, which has the most, leads to it for a moment, so that \
                         the others find it"
                    ),
                    None => "the others find the one that is where it was".to_owned(),
                };
                format!(
                    "{left} of {voters} voters are left with their data, and {}: {found}, and once there \
                     is a quorum the new addresses are written down; nothing is lost",
                    match moved.as_slice() {
                        [one] => format!("{one} is where no member looks for it"),
                        several => format!("{} are where no member looks for them", listed(several)),
                    },
                )
            }
            Self::Restore(seed) | Self::InPlace(seed) => {
                let left = match left {
                    0 if voters == 1 => "the only voter is lost".to_owned(),
                    0 => format!("none of {voters} voters is left"),
                    1 => format!("1 of {voters} voters is left, and {} a quorum", are(needed)),
                    left => {
                        format!("{left} of {voters} voters are left, and {} a quorum", are(needed))
                    }
                };
                let from = match &seed.from {
                    RestoredFrom::Member(name) => {
                        format!("{name} has the most of what is left")
                    }
                    RestoredFrom::Backup { .. } => "a backup is given".to_owned(),
                };
                let end = if matches!(self, Self::InPlace(_)) {
                    "goes on alone where its data is, as --in-place asks"
                } else {
                    "a new cluster begins with it, which no old member can take for its own"
                };
                format!("{left}; {from}, and {end}")
            }
        }
    }

    /// What may be missing afterwards.
    pub(super) fn missing(&self, roster: &Roster<'_>, options: &Options) -> Vec<String> {
        let (Self::Restore(seed) | Self::InPlace(seed)) = self else {
            return Vec::new();
        };
        match &seed.from {
            RestoredFrom::Member(name) => {
                let gone = roster.voters().filter(|old| !old.can_serve());
                let gone: Vec<&str> = gone.map(|old| old.name.as_str()).collect();
                let mut missing = vec![format!(
                    "writes that {} had and {name} had not received when it stopped hearing of them",
                    listed(&gone)
                )];
                let best = roster.best();
                if best.len() > 1 && best.iter().any(|(old, _)| old.data().is_none()) {
                    missing.push(
                        "what another has and its own word does not tell: only a log says how far it goes \
                         (etcdplan inspect DIR on each host)"
                            .to_owned(),
                    );
                }
                missing
            }
            RestoredFrom::Backup { .. } => {
                let at = options.backup.as_ref().and_then(|backup| backup.at.clone());
                let since = at.map_or_else(
                    || "since the backup was made".to_owned(),
                    |at| format!("since the backup of {at}"),
                );
                vec![format!("every write {since}")]
            }
        }
    }
}
