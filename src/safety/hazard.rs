//! What can be wrong with an action: the rule, the numbers, and the way out.

use crate::action::Kind;
use crate::member::MemberId;
use crate::observation::{Disturbance, Health};
use crate::quorum::Standing;
use crate::version::Version;

/// A rule that an action breaks, or a caution about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Hash)]
pub enum Hazard {
    /// The action makes no sense here.
    #[error("{kind} is impossible: {reason}")]
    Impossible {
        /// What was to be done.
        kind: Kind,
        /// Why not.
        reason: String,
    },
    /// Quorum is lost already, or those that make it up are not all seen.
    #[error("{}", no_quorum(*.standing, *.alive))]
    NoQuorum {
        /// How it stands.
        standing: Standing,
        /// Voters that are not known to be down: they may be healthy at the next look.
        alive: usize,
    },
    /// What remains could not decide.
    #[error("{} {member} would leave the cluster without a quorum", doing(*.kind))]
    QuorumWouldBeLost {
        /// What was to be done.
        kind: Kind,
        /// To whom.
        member: String,
        /// Before.
        before: Standing,
        /// At the worst moment.
        worst: Standing,
        /// The other voters that answer.
        answering: Vec<String>,
        /// The other voters that do not.
        silent: Vec<String>,
    },
    /// One or two voters: the process cannot stop without an outage.
    #[error("{member} cannot go down without an outage")]
    Outage {
        /// Who would go down.
        member: String,
        /// Voters in all.
        voters: usize,
    },
    /// The floor of the policy.
    #[error("{} {member} would leave fewer to lose than `policy.minCanLose` demands", doing(*.kind))]
    BelowFloor {
        /// What was to be done.
        kind: Kind,
        /// To whom.
        member: String,
        /// The floor.
        floor: u32,
        /// At the worst moment.
        lowest: Standing,
    },
    /// Nothing would be left.
    #[error("{member} is the last voter")]
    LastVoter {
        /// The last voter.
        member: String,
        /// Before.
        before: Standing,
    },
    /// A voter is listed and has not started.
    #[error("{member} is listed as a voter and has never started")]
    UnstartedVoter {
        /// Which.
        member: String,
    },
    /// A voter is not healthy while something is to be added.
    #[error("{member} {}, and nothing is added beside a voter that is not healthy", state(*.health))]
    UnhealthyVoter {
        /// Which.
        member: String,
        /// How it is.
        health: Health,
    },
    /// There is a learner already.
    #[error("{learner} is a learner already, and etcd before 3.6 allows one")]
    SecondLearner {
        /// The learner.
        learner: String,
        /// How many learners there are.
        learners: usize,
    },
    /// The learner does not run.
    #[error("the learner {member} {}", state(*.health))]
    LearnerNotRunning {
        /// Which.
        member: String,
        /// How it is.
        health: Health,
    },
    /// The learner is not in sync.
    #[error("the learner {member} is not in sync with the leader")]
    LearnerBehind {
        /// Which.
        member: String,
    },
    /// The others do not reach the learner.
    #[error("the learner {member} is not reached by the other members at its peer URL")]
    LearnerUnconnected {
        /// Which.
        member: String,
    },
    /// Somebody catches up.
    #[error("the learner {learner} is catching up")]
    LearnerCatchingUp {
        /// Who.
        learner: String,
    },
    /// The member leads.
    #[error("{member} leads, and another member could")]
    Leads {
        /// What was to be done.
        kind: Kind,
        /// To whom.
        member: String,
    },
    /// Leadership cannot be handed over so.
    #[error("leadership cannot be moved from {from} to {to}")]
    BadSuccessor {
        /// Who leads.
        from: String,
        /// Who was to.
        to: String,
    },
    /// Nobody leads, or it is not known who does.
    #[error("the cluster has no leader that we know of")]
    NoLeader,
    /// `MemberUpdate` on a learner.
    #[error("the peer URLs of the learner {member} cannot be updated on this version of etcd")]
    LearnerUpdate {
        /// Which.
        member: String,
        /// A version that has the bug; absent: unknown.
        version: Option<Version>,
    },
    /// A URL that would crash the other members.
    #[error("`{url}` is no peer URL: {reason}")]
    BadUrl {
        /// The URL.
        url: String,
        /// Why.
        reason: String,
    },
    /// A URL that another member has.
    #[error("{url} is the peer URL of {owner}")]
    UrlTaken {
        /// The URL.
        url: String,
        /// Whose it is.
        owner: String,
    },
    /// From http to https without preparation.
    #[error("the peer URL of {member} cannot go from http to https in one step")]
    TlsUnprepared {
        /// Which.
        member: String,
        /// Where it is.
        from: String,
        /// Where it was to go.
        to: String,
    },
    /// An https member among http members.
    #[error("{url} is https, and the peer URL of {beside} is http")]
    TlsBesidePlain {
        /// The new member's URL.
        url: String,
        /// A member that has none with https.
        beside: String,
    },
    /// Members are too far apart.
    #[error("members run etcd {oldest} and {newest}, more than one minor version apart")]
    VersionSkew {
        /// The oldest.
        oldest: Version,
        /// The newest.
        newest: Version,
    },
    /// A member is older than the cluster.
    #[error("{member} runs etcd {version}, and the cluster runs as {cluster}")]
    OlderThanCluster {
        /// Which.
        member: String,
        /// What it runs.
        version: Version,
        /// What the cluster runs as.
        cluster: Version,
    },
    /// Something else is going on.
    #[error("{}", disturbed(.disturbance, .member))]
    Disturbed {
        /// What.
        disturbance: Disturbance,
        /// Whose alarm it is, where it is a member's.
        member: String,
    },
    /// A process of the member may run already.
    #[error("a process of {member} {} already", running(*.health))]
    StillRuns {
        /// What was to be done.
        kind: Kind,
        /// Whose process.
        member: String,
        /// How it is.
        health: Health,
    },
    /// The directory belongs to a member that is listed.
    #[error("{member} is listed: its data directory cannot be cleared")]
    WipeOfMember {
        /// Whose directory.
        member: String,
    },
    /// Caution: nobody else may fail meanwhile.
    #[error("no other voter can be lost while {member} is {}", done(*.kind))]
    NoSpare {
        /// What is done.
        kind: Kind,
        /// To whom.
        member: String,
    },
    /// Caution: an outage that was asked for.
    #[error("the cluster takes no writes while {member} is down (--allow-outage)")]
    OutageAllowed {
        /// Who goes down.
        member: String,
        /// Voters in all.
        voters: usize,
    },
    /// Caution: only our own connection shows that the learner is reached.
    #[error("nobody tells whether the leader reaches the learner {member}")]
    ReachUnconfirmed {
        /// Which.
        member: String,
    },
    /// Caution: the servers' flag decides.
    #[error("{learner} is a learner already: a second one needs --max-learners on every member")]
    MaxLearners {
        /// The learner.
        learner: String,
        /// How many learners there are.
        learners: usize,
    },
    /// Caution: a bug of the servers' version.
    #[error("etcd {version} has a known bug: {what}")]
    KnownBug {
        /// The version.
        version: Version,
        /// The first version without it.
        fixed: Version,
        /// What goes wrong.
        what: &'static str,
        /// Where it is told.
        told_in: &'static str,
    },
}

impl Hazard {
    /// Something that is going on; `label` says what people call a member.
    pub fn disturbed(disturbance: Disturbance, label: impl Fn(MemberId) -> Option<String>) -> Self {
        let member = match disturbance {
            Disturbance::NoSpace { member } | Disturbance::Corrupt { member } => {
                label(member).unwrap_or_else(|| member.to_string())
            }
            Disturbance::DowngradeEnabled
            | Disturbance::LeaderDisputed
            | Disturbance::TermMoving
            | Disturbance::ListsDiffer
            | Disturbance::NoQuorum => String::new(),
        };
        Self::Disturbed {
            disturbance,
            member,
        }
    }
}

/// Who does not reach every member must not take the cluster for lost.
fn no_quorum(standing: Standing, alive: usize) -> &'static str {
    if alive < standing.quorum() {
        "the cluster has no quorum"
    } else {
        "no quorum of healthy voters is seen"
    }
}

fn disturbed(disturbance: &Disturbance, member: &str) -> String {
    match disturbance {
        Disturbance::NoSpace { .. } => format!("the NOSPACE alarm of {member} is raised"),
        Disturbance::Corrupt { .. } => format!("the CORRUPT alarm of {member} is raised"),
        Disturbance::DowngradeEnabled => "a downgrade of the cluster is enabled".to_owned(),
        Disturbance::LeaderDisputed => "members name different leaders".to_owned(),
        Disturbance::TermMoving => "an election is going on".to_owned(),
        Disturbance::ListsDiffer => "members list different members".to_owned(),
        Disturbance::NoQuorum => "the cluster has no quorum".to_owned(),
    }
}

/// `removing`, `restarting`: the kind as what somebody does.
pub(crate) fn doing(kind: Kind) -> &'static str {
    match kind {
        Kind::AddLearner => "adding",
        Kind::Start => "starting",
        Kind::Promote => "promoting",
        Kind::MoveLeader => "moving leadership from",
        Kind::UpdatePeerUrls => "updating the peer URLs of",
        Kind::MoveData => "moving the data of",
        Kind::Stop => "stopping",
        Kind::Restart => "restarting",
        Kind::Remove => "removing",
        Kind::Wipe => "clearing the data of",
        Kind::Backup => "backing up",
        Kind::PutAside => "putting aside the data of",
        Kind::Restore => "restoring",
        Kind::ForceNew => "beginning anew with",
        Kind::Relay => "relaying to",
        Kind::EndRelay => "giving up the old address of",
    }
}

fn done(kind: Kind) -> &'static str {
    match kind {
        Kind::Remove => "removed",
        Kind::Stop => "stopped",
        Kind::Restart => "restarted",
        Kind::AddLearner
        | Kind::Start
        | Kind::Promote
        | Kind::MoveLeader
        | Kind::UpdatePeerUrls
        | Kind::MoveData
        | Kind::Wipe
        | Kind::Backup
        | Kind::PutAside
        | Kind::Restore
        | Kind::ForceNew
        | Kind::Relay
        | Kind::EndRelay => "changed",
    }
}

fn running(health: Health) -> &'static str {
    match health {
        Health::Healthy => "runs",
        Health::Dead | Health::Unknown | Health::Unstarted => "may run",
    }
}

fn state(health: Health) -> &'static str {
    match health {
        Health::Healthy => "is healthy",
        Health::Dead => "does not answer",
        Health::Unknown => "may or may not be alive",
        Health::Unstarted => "has never started",
    }
}
