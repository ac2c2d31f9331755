//! Membership bugs of released servers: one table, each with its source.
//!
//! Not in it is what people need not know of, since something here stands
//! guard: that etcd before 3.4.24 and 3.5.7 promotes a learner that never
//! started (issue 15096; `joining::started`), that it spoils a learner whose URL
//! is updated (21694; `naming::no_learner_update`), that before 3.6 a membership
//! change right after another can be dropped without an answer (14040, 15528;
//! `apply` reads the list again and repeats it), and that a promotion by way of a
//! follower fails where auth is on (it is sent to the leader).

use std::ops::Range;

use crate::action::Kind;
use crate::model::ClusterModel;
use crate::safety::{Case, Hazard};
use crate::version::Version;

/// A bug of some versions that an action meets.
#[derive(Debug)]
struct KnownBug {
    /// What meets it.
    met_by: MetBy,
    /// The versions that have it: from the first up to the first without.
    versions: &'static [Range<Version>],
    /// What goes wrong.
    what: &'static str,
    /// Where it is told.
    told_in: &'static str,
}

/// What meets a bug.
#[derive(Debug)]
enum MetBy {
    /// Any of these actions.
    Actions(&'static [Kind]),
    /// An upgrade to this minor version or a later one.
    UpgradeTo(Version),
}

const fn v(minor: u16, patch: u16) -> Version {
    Version::new(3, minor, patch)
}

const TABLE: &[KnownBug] = &[
    KnownBug {
        met_by: MetBy::Actions(&[Kind::Promote]),
        versions: &[v(5, 1)..v(5, 20)],
        what: "a promotion is kept in the old store only, and an upgrade to 3.6 turns the member back into a learner",
        told_in: "etcd issue 19557",
    },
    KnownBug {
        met_by: MetBy::UpgradeTo(v(6, 0)),
        versions: &[v(5, 1)..v(5, 24)],
        what: "a member that was promoted under 3.5.1 to 3.5.19 turns back into a learner with 3.6",
        told_in: "etcd issues 19557 and 20793",
    },
    KnownBug {
        met_by: MetBy::UpgradeTo(v(6, 0)),
        versions: &[v(4, 0)..v(5, 26)],
        what: "members that were removed long ago can come back with 3.6",
        told_in: "etcd issue 20967",
    },
    KnownBug {
        met_by: MetBy::UpgradeTo(v(6, 0)),
        versions: &[v(5, 0)..v(5, 32)],
        what: "its `etcdutl check v2store` overlooks data in the log with which 3.6 does not start",
        told_in: "etcd's guide to the upgrade from 3.5 to 3.6",
    },
    KnownBug {
        met_by: MetBy::UpgradeTo(v(7, 0)),
        versions: &[v(6, 0)..v(6, 11)],
        what: "it may not work beside members with 3.7",
        told_in: "etcd's guide to the upgrade from 3.6 to 3.7",
    },
    KnownBug {
        met_by: MetBy::Actions(&[Kind::Promote]),
        versions: &[v(6, 0)..v(6, 4)],
        what: "a member may fail to start when it replays a promotion",
        told_in: "etcd pull request 20387",
    },
    KnownBug {
        met_by: MetBy::Actions(&[Kind::AddLearner, Kind::Promote, Kind::Stop, Kind::Restart]),
        versions: &[v(5, 0)..v(5, 6)],
        what: "members can come to hold different data after a crash",
        told_in: "etcd issues 13766 and 13908",
    },
    KnownBug {
        met_by: MetBy::Actions(&[Kind::AddLearner]),
        versions: &[v(4, 0)..v(4, 38), v(5, 0)..v(5, 23), v(6, 0)..v(6, 5)],
        what: "a defragmentation while a new member receives a snapshot corrupts its data",
        told_in: "etcd change logs of 3.4.38, 3.5.23, and 3.6.5",
    },
];

/// A caution for each bug that an action meets.
pub(super) fn met(case: &Case<'_>) -> Vec<Hazard> {
    let kind = case.action.kind();
    let is_met = |bug: &KnownBug| match bug.met_by {
        MetBy::Actions(kinds) => kinds.contains(&kind),
        MetBy::UpgradeTo(_) => false,
    };
    found(case.model, is_met)
}

/// A caution for each bug that an upgrade of the cluster meets.
pub fn met_by_upgrade(model: &ClusterModel, wanted: Version) -> Vec<Hazard> {
    let is_met = |bug: &KnownBug| match bug.met_by {
        MetBy::Actions(_) => false,
        MetBy::UpgradeTo(minor) => wanted >= minor,
    };
    found(model, is_met)
}

fn found(model: &ClusterModel, is_met: impl Fn(&KnownBug) -> bool) -> Vec<Hazard> {
    let bugs = TABLE.iter().filter(|bug| is_met(bug));
    let hazard = |bug: &KnownBug| {
        let mut versions = model.members().filter_map(|(_, member)| member.version);
        let (version, range) = versions.find_map(|version| {
            let range = bug.versions.iter().find(|range| range.contains(&version))?;
            Some((version, range))
        })?;
        Some(Hazard::KnownBug {
            version,
            fixed: range.end,
            what: bug.what,
            told_in: bug.told_in,
        })
    };
    bugs.filter_map(hazard).collect()
}
