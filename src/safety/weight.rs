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
