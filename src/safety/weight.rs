//! How heavy a hazard is: its code, whether it refuses, and whether waiting may be enough.

use crate::observation::{Disturbance, Health};
use crate::safety::Hazard;

/// The code of [`Hazard::NoSpare`], which a plan tells of many steps together.
pub const NO_SPARE: &str = "W0301";

impl Hazard {
    /// The code of the rule: `E` refuses, `W` cautions.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Impossible { .. } => "E0300",
            Self::NoQuorum { .. }
            | Self::Disturbed {
                disturbance: Disturbance::NoQuorum,
                ..
            } => "E0301",
            Self::QuorumWouldBeLost { .. } => "E0310",
            Self::Outage { .. } => "E0311",
            Self::BelowFloor { .. } => "E0312",
            Self::LastVoter { .. } => "E0313",
            Self::UnstartedVoter { .. } => "E0314",
            Self::UnhealthyVoter { .. } => "E0315",
            Self::SecondLearner { .. } => "E0316",
            Self::LearnerNotRunning { .. } => "E0317",
            Self::LearnerBehind { .. } => "E0318",
            Self::LearnerUnconnected { .. } => "E0319",
            Self::LearnerCatchingUp { .. } => "E0320",
            Self::Leads { .. } => "E0321",
            Self::BadSuccessor { .. } => "E0322",
            Self::NoLeader => "E0323",
            Self::LearnerUpdate { .. } => "E0324",
            Self::BadUrl { .. } => "E0325",
            Self::UrlTaken { .. } => "E0326",
            Self::TlsUnprepared { .. } => "E0327",
            Self::TlsBesidePlain { .. } => "E0328",
            Self::Disturbed {
                disturbance: Disturbance::NoSpace { .. },
                ..
            } => "E0330",
            Self::Disturbed {
                disturbance: Disturbance::Corrupt { .. },
                ..
            } => "E0331",
            Self::Disturbed {
                disturbance: Disturbance::DowngradeEnabled,
                ..
            } => "E0332",
            Self::Disturbed {
                disturbance: Disturbance::LeaderDisputed,
                ..
            } => "E0333",
            Self::Disturbed {
                disturbance: Disturbance::TermMoving,
                ..
            } => "E0334",
            Self::Disturbed {
                disturbance: Disturbance::ListsDiffer,
                ..
            } => "E0335",
            Self::VersionSkew { .. } => "E0336",
            Self::OlderThanCluster { .. } => "E0337",
            Self::WipeOfMember { .. } => "E0340",
            Self::StillRuns { .. } => "E0341",
            Self::NoSpare { .. } => NO_SPARE,
            Self::OutageAllowed { .. } => "W0302",
            Self::MaxLearners { .. } => "W0303",
            Self::KnownBug { .. } => "W0304",
            Self::ReachUnconfirmed { .. } => "W0308",
        }
    }

    /// Whether the action must not be done.
    pub fn is_refusal(&self) -> bool {
        self.code().starts_with('E')
    }

    /// Whether waiting may be enough: something is still settling.
    pub fn is_passing(&self) -> bool {
        match self {
            // A dead process does not come back by itself.
            Self::UnhealthyVoter { health, .. } | Self::LearnerNotRunning { health, .. } => {
                *health != Health::Dead
            }
            // A process that was stopped is seen by its peers a moment longer.
            Self::StillRuns { health, .. } => *health != Health::Healthy,
            Self::NoLeader
            | Self::LearnerBehind { .. }
            | Self::LearnerUnconnected { .. }
            | Self::LearnerCatchingUp { .. } => true,
            Self::Disturbed { disturbance, .. } => match disturbance {
                Disturbance::LeaderDisputed
                | Disturbance::TermMoving
                | Disturbance::ListsDiffer => true,
                Disturbance::NoSpace { .. }
                | Disturbance::Corrupt { .. }
                | Disturbance::DowngradeEnabled
                | Disturbance::NoQuorum => false,
            },
            // While a majority may be alive, an election is all that is missing.
            Self::NoQuorum { standing, alive } => *alive >= standing.quorum(),
            Self::Impossible { .. }
            | Self::QuorumWouldBeLost { .. }
            | Self::Outage { .. }
            | Self::BelowFloor { .. }
            | Self::LastVoter { .. }
            | Self::UnstartedVoter { .. }
            | Self::SecondLearner { .. }
            | Self::Leads { .. }
            | Self::BadSuccessor { .. }
            | Self::LearnerUpdate { .. }
            | Self::BadUrl { .. }
            | Self::UrlTaken { .. }
            | Self::TlsUnprepared { .. }
            | Self::TlsBesidePlain { .. }
            | Self::VersionSkew { .. }
            | Self::OlderThanCluster { .. }
            | Self::WipeOfMember { .. }
            | Self::NoSpare { .. }
            | Self::OutageAllowed { .. }
            | Self::MaxLearners { .. }
            | Self::ReachUnconfirmed { .. }
            | Self::KnownBug { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Kind;
    use crate::quorum::Standing;

    fn no_quorum(alive: usize) -> Hazard {
        let standing = Standing {
            voters: 3,
            healthy: 1,
        };
        Hazard::NoQuorum { standing, alive }
    }

    #[test]
    fn what_may_pass_is_waited_for() {
        let member = || "m1".to_owned();
        let unhealthy = |health| Hazard::UnhealthyVoter {
            member: member(),
            health,
        };
        let not_running = |health| Hazard::LearnerNotRunning {
            member: member(),
            health,
        };
        for (hazard, passes) in [
            (unhealthy(Health::Unknown), true),
            (unhealthy(Health::Dead), false),
            (not_running(Health::Unstarted), true),
            (not_running(Health::Dead), false),
            (no_quorum(2), true),
            (no_quorum(1), false),
            (Hazard::NoLeader, true),
        ] {
            assert_eq!(hazard.is_passing(), passes, "{hazard}");
        }
        let still_runs = |health| Hazard::StillRuns {
            kind: Kind::Wipe,
            member: member(),
            health,
        };
        assert!(still_runs(Health::Unknown).is_passing());
        assert!(!still_runs(Health::Healthy).is_passing());
    }

    #[test]
    fn the_way_out_of_a_lost_quorum() {
        let told = |alive| (no_quorum(alive).details(), no_quorum(alive).ways_out());
        let lines = |details: &str, ways: &[&str]| {
            let ways: Vec<String> = ways.iter().map(|&way| way.to_owned()).collect();
            (vec![details.to_owned()], ways)
        };
        assert_eq!(
            told(3),
            lines(
                "now: 3 voters, quorum 2, 1 healthy, 2 may or may not be",
                &["plan again in a moment, or from where every member can be reached"],
            )
        );
        assert_eq!(
            told(1),
            lines(
                "now: 3 voters, quorum 2, 1 healthy",
                &[
                    "start the members that are down: a majority brings the cluster back",
                    "if their data is gone for ever: etcdplan recover -f FILE",
                ],
            )
        );
    }

    #[test]
    fn the_way_out_where_too_few_would_be_left() {
        let standing = |voters, healthy| Standing { voters, healthy };
        let lost = |kind, silent: &[&str]| Hazard::QuorumWouldBeLost {
            kind,
            member: "m1".to_owned(),
            before: standing(3, 2),
            worst: standing(2, 1),
            answering: Vec::new(),
            silent: silent.iter().map(|name| (*name).to_owned()).collect(),
        };
        assert_eq!(
            lost(Kind::Remove, &["m2"]).ways_out(),
            [
                "bring m2 back, then plan again",
                "take m2 out of the file instead"
            ]
        );
        assert_eq!(
            lost(Kind::Restart, &["m2"]).ways_out(),
            ["bring m2 back, then plan again"]
        );
        assert_eq!(lost(Kind::Remove, &[]).ways_out(), ["add members first"]);
    }
}
