//! Membership bugs of released servers: one table, each with its source.

use crate::action::Kind;
use crate::safety::{Case, Hazard};
use crate::version::Version;

/// A bug of some versions that an action meets.
#[derive(Debug)]
struct KnownBug {
    /// The actions that meet it.
    kinds: &'static [Kind],
    /// The first version that has it.
    since: Version,
    /// The first version that has it no more.
    fixed: Version,
    /// What goes wrong.
    what: &'static str,
    /// Where it is told.
    told_in: &'static str,
}

const TABLE: &[KnownBug] = &[
    KnownBug {
        kinds: &[Kind::Promote],
        since: Version::new(3, 5, 1),
        fixed: Version::new(3, 5, 20),
        what: "a promotion is kept in the old store only, and an upgrade to 3.6 turns the member back into a learner",
        told_in: "etcd issue 19557",
    },
    KnownBug {
        kinds: &[Kind::AddLearner, Kind::Promote, Kind::Restart],
        since: Version::new(3, 5, 0),
        fixed: Version::new(3, 5, 6),
        what: "members can come to hold different data after a crash",
        told_in: "etcd issues 13766 and 13908",
    },
    KnownBug {
        kinds: &[Kind::Promote],
        since: Version::new(3, 6, 0),
        fixed: Version::new(3, 6, 4),
        what: "a member may fail to start when it replays a promotion",
        told_in: "etcd pull request 20387",
    },
];

/// A caution that names the bug.
pub(super) fn known_bug(case: &Case<'_>) -> Option<Hazard> {
    let kind = case.action.kind();
    let versions = || {
        case.model
            .members()
            .filter_map(|(_, member)| member.version)
    };
    let met = |bug: &&KnownBug| {
        bug.kinds.contains(&kind)
            && versions().any(|version| (bug.since..bug.fixed).contains(&version))
    };
    let bug = TABLE.iter().find(met)?;
    let version = versions().find(|version| (bug.since..bug.fixed).contains(version))?;
    Some(Hazard::KnownBug {
        version,
        fixed: bug.fixed,
        what: bug.what,
        told_in: bug.told_in,
    })
}
