//! The plan of a topology on a live cluster, both in notation.

use etcdplan::plan::{self, Options, Plan};
use etcdplan::version::Version;

use crate::notation;

/// What `wanted` takes on a cluster of `live`, which runs etcd 3.5.30.
pub(crate) fn planned(live: &str, wanted: &str) -> Plan {
    asked(live, wanted, &Options::default())
}

/// The same, where more is asked for.
pub(crate) fn asked(live: &str, wanted: &str, options: &Options) -> Plan {
    let live = notation::live(live, Version::new(3, 5, 30));
    plan::build(&notation::wanted(wanted), &live, options)
}
