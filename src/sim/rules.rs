//! Where etcd's versions differ in what they enforce (ETCD 1.8).

use crate::version::Version;

/// etcd's own words for its refusals, the same in every version.
pub(super) mod words {
    pub(in crate::sim) const BAD_URLS: &str = "etcdserver: given member URLs are invalid";
    pub(in crate::sim) const NOT_STARTED: &str =
        "etcdserver: re-configuration failed due to not enough started members";
    pub(in crate::sim) const UNHEALTHY: &str = "etcdserver: unhealthy cluster";
    pub(in crate::sim) const NOT_FOUND: &str = "etcdserver: member not found";
    pub(in crate::sim) const ID_EXISTS: &str = "etcdserver: member ID already exist";
    pub(in crate::sim) const URLS_EXIST: &str = "etcdserver: Peer URLs already exists";
    pub(in crate::sim) const TOO_MANY_LEARNERS: &str =
        "etcdserver: too many learner members in cluster";
    pub(in crate::sim) const NOT_IN_SYNC: &str =
        "etcdserver: can only promote a learner member which is in sync with leader";
    pub(in crate::sim) const NOT_A_LEARNER: &str = "etcdserver: can only promote a learner member";
    pub(in crate::sim) const NOT_LEADER: &str = "etcdserver: not leader";
    pub(in crate::sim) const BAD_TRANSFEREE: &str = "etcdserver: bad leader transferee";
    pub(in crate::sim) const LEARNER_SERVES_NOT: &str = "etcdserver: rpc not supported for learner";
}

/// What a server of one version enforces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rules {
    version: Version,
}

impl Rules {
    pub(super) const fn of(version: Version) -> Self {
        Self { version }
    }

    fn at_least(self, minor: u16, patch: u16) -> bool {
        (self.version.minor, self.version.patch) >= (minor, patch)
    }

    fn since(self, in_3_5: u16, in_3_6: u16) -> bool {
        match self.version.minor {
            ..=4 => false,
            5 => self.at_least(5, in_3_5),
            6 => self.at_least(6, in_3_6),
            7.. => true,
        }
    }

    /// Whether an addition wants only a quorum of the larger cluster connected, not everybody.
    pub(super) fn adds_beside_unconnected(self) -> bool {
        self.since(30, 11)
    }

    /// Whether `MemberUpdate` leaves a learner a learner (etcd issue 21694).
    pub(super) fn keeps_updated_learners(self) -> bool {
        self.since(31, 12)
    }

    /// How many learners there may be, with this `--max-learners`.
    pub(super) fn learners(self, flag: usize) -> usize {
        if self.at_least(6, 0) { flag } else { 1 }
    }

    /// Whether a peer that is frozen is soon seen as gone (ETCD 0.9).
    pub(super) fn notices_frozen_peers(self) -> bool {
        self.version.minor <= 4
    }
}
