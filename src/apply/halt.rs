//! Why a run stopped before its end.

use crate::apply::pace::Limit;
use crate::apply::position::Misfit;
use crate::apply::{ObserveError, answer};
use crate::backup::BackupError;
use crate::member::ClusterId;
use crate::observation::Observation;
use crate::plan::recovery::{LOST_RUNS, QUORUM_EXISTS};
use crate::plan::{Plan, Refusal, StepId, of_hazard};
use crate::safety::Hazard;

/// Why a run stopped before its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Hash)]
pub enum Halt {
    /// The plan is refused as it stands.
    #[error("the plan is refused")]
    NotApplyable,
    /// The plan was made for another cluster.
    #[error("the plan is for {}, and this is {live}", planned.map_or_else(
        || "another cluster".to_owned(),
        |planned| format!("cluster {planned}"),
    ))]
    OtherCluster {
        /// The cluster of the plan; absent where it knows no id.
        planned: Option<ClusterId>,
        /// The one that answers.
        live: ClusterId,
    },
    /// The live members are no set that the plan passes through.
    #[error("the cluster is not as the plan assumes")]
    Stale {
        /// What moved, a line each.
        moved: Vec<String>,
    },
    /// Somebody else changed the members during the run.
    #[error("the members were changed by somebody else")]
    ForeignChange {
        /// What changed, a line each.
        moved: Vec<String>,
    },
    /// The rule book refuses the step on the cluster as it is now.
    #[error("{step} is refused by {}", .hazards.first().map_or("a rule", |hazard| hazard.code()))]
    Refused {
        /// The step.
        step: String,
        /// The rules that it breaks.
        hazards: Vec<Hazard>,
        /// How far what would pass by itself had come, with numbers.
        last_seen: Option<String>,
    },
    /// etcd refused the call.
    #[error("etcd refuses {step}: {message}")]
    CallRefused {
        /// The step.
        step: String,
        /// etcd's own words.
        message: String,
    },
    /// etcd refused the call because of who we are.
    #[error("etcd refuses {step}: {message}")]
    Denied {
        /// The step.
        step: String,
        /// etcd's own words.
        message: String,
    },
    /// The driver failed.
    #[error("{step} failed: {message}")]
    HostFailed {
        /// The step.
        step: String,
        /// What the driver said.
        message: String,
        /// What became of the process that was stopped for it, if there is one.
        aftermath: Option<String>,
    },
    /// The backup that everything waits for could not be made.
    #[error("{step} failed: {error}")]
    NotSaved {
        /// The step.
        step: String,
        /// Why.
        error: BackupError,
    },
    /// A person was told to do something that the cluster would not show, and a
    /// later step relies on it.
    #[error("{step} is left to hand, and nothing would show that it is done")]
    Unconfirmed {
        /// The step.
        step: String,
    },
    /// A step, or the whole run, took too long.
    #[error("{step} was not done within {limit}: it waited for {waiting_for}")]
    TimedOut {
        /// The step.
        step: String,
        /// The limit that was exceeded.
        limit: Limit,
        /// What was waited for, with numbers.
        waiting_for: String,
    },
    /// A learner did not join, and `policy.onFailedJoin` wants it out.
    #[error("{why}")]
    NotJoined {
        /// Why it did not join.
        why: Box<Halt>,
        /// What became of it.
        became: String,
    },
    /// The operator interrupted it.
    #[error("interrupted")]
    Interrupted {
        /// The step under way, and what it waited for; absent: none was.
        waited_for: Option<String>,
    },
    /// The last step that was asked for is done.
    #[error("stopped after step {}, as --until asks", .until.0)]
    FarEnough {
        /// That step.
        until: StepId,
    },
    /// The lock on the cluster is no longer ours.
    #[error("the lock on the cluster is lost{}", .holder.as_ref().map(|holder| format!(": {holder} has it")).unwrap_or_default())]
    LockLost {
        /// Who has it now.
        holder: Option<String>,
    },
    /// The journal could not be written.
    #[error("the journal cannot be written: {reason}")]
    Unrecorded {
        /// The system's words.
        reason: String,
    },
    /// A cluster with a quorum is not recovered.
    #[error("the cluster has a quorum again: there is nothing to recover")]
    QuorumExists,
    /// A member that was named as gone for ever answers.
    #[error("{member} is named as lost, and answers")]
    LostAnswers {
        /// The member.
        member: String,
    },
    /// The cluster could not be seen at all.
    #[error("the cluster cannot be seen: {error}")]
    Unseen {
        /// Why not.
        error: ObserveError,
    },
}

impl Halt {
    /// A plan does not fit the cluster.
    pub fn misfit(plan: &Plan, misfit: Misfit, live: &Observation) -> Self {
        match misfit {
            Misfit::NotApplyable => Self::NotApplyable,
            Misfit::OtherCluster => Self::OtherCluster {
                planned: plan.cluster.id,
                live: live.cluster_id,
            },
            Misfit::Stale { moved } => Self::Stale { moved },
        }
    }

    /// The backup that everything waits for could not be made.
    pub(super) fn not_saved(step: String, error: BackupError) -> Self {
        Self::NotSaved { step, error }
    }

    /// etcd refused a call, in these words.
    pub(super) fn refused(step: String, message: String) -> Self {
        if answer::is_about_rights(&message) {
            Self::Denied { step, message }
        } else {
            Self::CallRefused { step, message }
        }
    }

    /// The code, as `explain` knows it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotApplyable => "E0420",
            Self::OtherCluster { .. } => "E0421",
            Self::Stale { .. } => "E0422",
            Self::ForeignChange { .. } => "E0423",
            Self::Refused { hazards, .. } => {
                hazards.first().map_or("E0424", |hazard| hazard.code())
            }
            Self::CallRefused { .. } => "E0425",
            Self::Denied { .. } => "E0434",
            Self::HostFailed { .. } => "E0426",
            Self::NotSaved { error, .. } => error.code(),
            Self::Unconfirmed { .. } => "E0427",
            Self::TimedOut { .. } => "E0428",
            Self::Unseen { .. } => "E0429",
            Self::NotJoined { why, .. } => why.code(),
            Self::Interrupted { .. } => "E0430",
            Self::FarEnough { .. } => "E0431",
            Self::LockLost { .. } => "E0432",
            Self::Unrecorded { .. } => "E0433",
            Self::QuorumExists => QUORUM_EXISTS,
            Self::LostAnswers { .. } => LOST_RUNS,
        }
    }

    /// The same as a plan's refusal is told: with numbers and ways out.
    pub fn told(&self) -> Refusal {
        let plain = |details: &[String], way: &str| Refusal {
            code: self.code().to_owned(),
            member: None,
            message: self.to_string(),
            details: details.to_vec(),
            ways_out: vec![way.to_owned()],
        };
        match self {
            Self::Refused {
                hazards, last_seen, ..
            } => match hazards.first() {
                Some(hazard) => {
                    let mut told = of_hazard(hazard, None);
                    let seen = last_seen.iter();
                    told.details
                        .extend(seen.map(|seen| format!("last seen: {seen}")));
                    told
                }
                None => plain(&[], "plan again"),
            },
            Self::NotApplyable => plain(&[], "see the refusals of the plan"),
            Self::OtherCluster { .. } => plain(&[], "look at the endpoints, or plan again"),
            Self::Stale { moved } | Self::ForeignChange { moved } => {
                plain(moved, "look at what changed, then plan again")
            }
            Self::CallRefused { .. } => plain(&[], "look at the cluster, then run again"),
            Self::Denied { .. } => plain(
                &["where users are on, only the role `root` may change members".to_owned()],
                "log in as a user with that role: `connect.user` or --user, and ETCDPLAN_PASSWORD",
            ),
            Self::HostFailed { aftermath, .. } => plain(
                aftermath.as_slice(),
                "mend what the driver says, then run again: steps that are done are skipped",
            ),
            Self::NotSaved { error, .. } => Refusal {
                ways_out: error.ways_out(),
                ..plain(&error.details(), "")
            },
            Self::Unconfirmed { .. } => plain(
                &[],
                "run again on a terminal and confirm it there, or give the driver a program for it",
            ),
            Self::TimedOut { limit, .. } => {
                let flag = match limit {
                    Limit::Step(_) => "--step-timeout",
                    Limit::Run(_) => "--timeout",
                };
                plain(
                    &[],
                    &format!("run again to go on waiting, or give it more time: {flag}"),
                )
            }
            Self::NotJoined { why, became } => {
                let mut told = why.told();
                told.details.push(became.clone());
                told
            }
            Self::Interrupted { waited_for } => {
                let waited_for = waited_for
                    .iter()
                    .map(|waited| format!("it waited in {waited}"));
                plain(
                    &waited_for.collect::<Vec<_>>(),
                    "run again to go on: steps that are done are skipped",
                )
            }
            Self::FarEnough { .. } => plain(&[], "run again without --until to go on"),
            Self::LockLost { .. } => plain(
                &[],
                "see who applies beside you, then run again: steps that are done are skipped",
            ),
            Self::Unrecorded { .. } => plain(
                &[],
                "free space there, or name another place: ETCDPLAN_STATE_DIR",
            ),
            Self::QuorumExists => plain(&[], "plan as always: etcdplan plan -f FILE"),
            Self::LostAnswers { .. } => plain(
                &["with it more may be left than the plan knows".to_owned()],
                "plan the recovery again without naming it, or stop it for good and run again",
            ),
            Self::Unseen { .. } => plain(
                &[],
                "bring a member back within reach, then run again: steps that are done are skipped",
            ),
        }
    }
}
