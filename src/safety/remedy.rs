//! The numbers behind a hazard, and the ways out of it.

use crate::action::Kind;
use crate::observation::Disturbance;
use crate::quorum::{Standing, quorum};
use crate::safety::hazard::{Hazard, doing};

impl Hazard {
    /// The numbers behind it, a line each.
    pub fn details(&self) -> Vec<String> {
        match self {
            Self::QuorumWouldBeLost {
                kind,
                member,
                before,
                worst,
                answering,
                silent,
            } => {
                let then = if *kind == Kind::Remove {
                    "after"
                } else {
                    "while"
                };
                let mut lines = vec![
                    format!("now: {}", standing(*before)),
                    format!("{then} {} {member}: {}", doing(*kind), standing(*worst)),
                    format!("answering besides {member}: {}", list(answering)),
                ];
                if !silent.is_empty() {
                    lines.push(format!("not answering: {}", list(silent)));
                }
                lines
            }
            Self::LastVoter { before: now, .. } => vec![format!("now: {}", standing(*now))],
            Self::NoQuorum {
                standing: now,
                alive,
            } => {
                let unknown = alive.saturating_sub(now.healthy);
                let unknown = (unknown > 0).then(|| format!(", {unknown} may or may not be"));
                vec![format!(
                    "now: {}{}",
                    standing(*now),
                    unknown.unwrap_or_default()
                )]
            }
            Self::Outage { voters, .. } | Self::OutageAllowed { voters, .. } => {
                let quorum = quorum(*voters);
                vec![format!(
                    "quorum {quorum} of {voters}: every voter is needed"
                )]
            }
            Self::BelowFloor { floor, lowest, .. } => {
                vec![format!(
                    "at the worst moment: {}; the floor is {floor}",
                    standing(*lowest)
                )]
            }
            Self::LearnerUpdate { version, .. } => {
                let version =
                    version.map_or_else(|| "an unknown version".to_owned(), |v| v.to_string());
                vec![format!(
                    "etcd {version} would list it as a voter (etcd issue 21694; fixed in 3.5.31 and 3.6.12)"
                )]
            }
            Self::KnownBug { told_in, .. } => vec![(*told_in).to_owned()],
            Self::Impossible { .. }
            | Self::UnstartedVoter { .. }
            | Self::UnhealthyVoter { .. }
            | Self::LearnerNotRunning { .. }
            | Self::LearnerBehind { .. }
            | Self::LearnerUnconnected { .. }
            | Self::LearnerCatchingUp { .. }
            | Self::Leads { .. }
            | Self::BadSuccessor { .. }
            | Self::NoLeader
            | Self::BadUrl { .. }
            | Self::UrlTaken { .. }
            | Self::TlsBesidePlain { .. }
            | Self::VersionSkew { .. }
            | Self::OlderThanCluster { .. }
            | Self::Disturbed { .. }
            | Self::WipeOfMember { .. }
            | Self::NoSpare { .. }
            | Self::StillRuns { .. } => Vec::new(),
            Self::SecondLearner { learners, .. } => {
                vec![format!(
                    "learners: {learners} now, {} with this one; etcd before 3.6 allows 1",
                    learners + 1
                )]
            }
            Self::MaxLearners { learners, .. } => {
                vec![format!(
                    "learners: {learners} now, {} with this one; --max-learners is 1 by default",
                    learners + 1
                )]
            }
            Self::TlsUnprepared { from, to, .. } => vec![format!("now: {from}; in the file: {to}")],
            Self::ReachUnconfirmed { .. } => vec![
                "no member's /metrics can be read; its peer port accepts our own connection"
                    .to_owned(),
            ],
        }
    }

    /// The ways out, a line each.
    pub fn ways_out(&self) -> Vec<String> {
        let lines: Vec<String> = match self {
            Self::QuorumWouldBeLost { silent, kind, .. } if !silent.is_empty() => {
                let mut ways = vec![format!("bring {} back, then plan again", list(silent))];
                if *kind == Kind::Remove {
                    ways.push(format!("take {} out of the file instead", list(silent)));
                }
                ways
            }
            Self::QuorumWouldBeLost { .. } => vec!["add members first".to_owned()],
            Self::NoQuorum { standing, alive } if *alive >= standing.quorum() => {
                vec!["plan again in a moment, or from where every member can be reached".to_owned()]
            }
            Self::NoQuorum { .. } => vec![
                "start the members that are down: a majority brings the cluster back".to_owned(),
                "if their data is gone for ever: etcdplan recover -f FILE".to_owned(),
            ],
            Self::Outage { .. } => vec![
                "grow to three voters first".to_owned(),
                "accept the outage: --allow-outage".to_owned(),
            ],
            Self::BelowFloor { .. } => vec!["add members first, or lower `policy.minCanLose`".to_owned()],
            Self::LastVoter { member, .. } => vec![
                "let another voter join first, at a place of its own".to_owned(),
                format!("keep {member} in the file as it is"),
            ],
            Self::UnstartedVoter { member } => vec![format!("start {member}, or take it out of the file")],
            Self::UnhealthyVoter { member, .. } => vec![
                format!("bring {member} back, then plan again"),
                format!("take {member} out of the file: a dead voter leaves before anything is added"),
            ],
            Self::SecondLearner { learner, .. } | Self::MaxLearners { learner, .. } => vec![
                format!("let {learner} vote (role: voter), or take it out of the file"),
                "on etcd 3.6 and later: start every member with --max-learners".to_owned(),
            ],
            Self::LearnerNotRunning { member, .. } => vec![format!("start {member}")],
            Self::LearnerBehind { member } | Self::LearnerCatchingUp { learner: member } => {
                vec![format!("wait until {member} has caught up, then plan again")]
            }
            Self::LearnerUnconnected { member } => {
                vec![format!(
                    "open the peer port of {member} to the other members, and to this machine"
                )]
            }
            Self::NoLeader => vec!["wait until a leader is elected, then plan again".to_owned()],
            Self::LearnerUpdate { member, .. } => {
                vec![format!("remove the learner {member} and add it again at the new URL (data: discard)")]
            }
            Self::BadUrl { .. } => vec!["write scheme, host and port: http://10.0.4.11:2380".to_owned()],
            Self::UrlTaken { owner, .. } => vec![format!("give {owner} another peer URL first, or take it out of the file")],
            Self::TlsUnprepared { member, .. } => vec![
                "keep http, and first restart every member with its peer certificate, key and CA, the leader last"
                    .to_owned(),
                format!("only then write https for {member}"),
            ],
            Self::TlsBesidePlain { beside, .. } => vec![
                format!("write http for it too, as {beside} has it"),
                "take the peers that are there to https first".to_owned(),
            ],
            Self::VersionSkew { newest, .. } => vec![format!(
                "upgrade the older members first, one minor version at a time, until all run {}.{} or the one before",
                newest.major, newest.minor
            )],
            Self::OlderThanCluster { member, cluster, .. } => vec![format!(
                "bring {member} to etcd {}.{} first",
                cluster.major, cluster.minor
            )],
            Self::Disturbed { disturbance, .. } => disturbance_ways_out(disturbance),
            Self::KnownBug { fixed, .. } => vec![format!("upgrade to {fixed} or later first")],
            Self::BadSuccessor { to, .. } => vec![format!("wait until {to} is healthy and in sync, then plan again")],
            Self::Impossible { .. } | Self::Leads { .. } | Self::WipeOfMember { .. } => {
                vec!["plan again".to_owned()]
            }
            Self::StillRuns { member, kind, .. } => {
                vec![format!("stop {member}, and what starts it again, before {} it", doing(*kind))]
            }
            Self::ReachUnconfirmed { member } => {
                vec![format!("see that every member can connect to the peer URL of {member}")]
            }
            Self::NoSpare { .. } | Self::OutageAllowed { .. } => Vec::new(),
        };
        lines
    }
}

fn disturbance_ways_out(disturbance: &Disturbance) -> Vec<String> {
    let way = match disturbance {
        Disturbance::NoSpace { .. } => "free space: etcdctl compact, defrag, then alarm disarm",
        Disturbance::Corrupt { .. } => {
            "replace the corrupt member's data from a healthy one, then etcdctl alarm disarm"
        }
        Disturbance::DowngradeEnabled => "finish the downgrade, or etcdctl downgrade cancel",
        Disturbance::LeaderDisputed
        | Disturbance::TermMoving
        | Disturbance::ListsDiffer
        | Disturbance::NoQuorum => "wait until the cluster is calm, then plan again",
    };
    vec![way.to_owned()]
}

fn standing(standing: Standing) -> String {
    let Standing { voters, healthy } = standing;
    let plural = if voters == 1 { "voter" } else { "voters" };
    format!(
        "{voters} {plural}, quorum {}, {healthy} healthy",
        standing.quorum()
    )
}

fn list(names: &[String]) -> String {
    if names.is_empty() {
        "nobody".to_owned()
    } else {
        names.join(", ")
    }
}
