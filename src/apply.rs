//! Performing a plan: the ports through which it reaches the world.
//!
//! Layer 5. The `cli` hands the executor a plan and three ports; the `etcd`,
//! `host`, and simulated adapters implement them. What to do next is decided
//! by a state machine without any input or output of its own, so that the
//! same machine runs against real servers, simulated ones, and a model checker.

pub mod answer;
pub mod attention;
mod awaited;
pub mod backups;
pub mod darkness;
pub mod effect;
pub mod errand;
pub mod executor;
pub mod gate;
mod grace;
pub mod halt;
pub mod host_action;
pub mod journal;
pub mod locate;
pub mod lock;
mod observe_error;
mod obstacle;
mod pace;
pub mod passage;
pub mod position;
pub mod progress;
pub mod recovery;
pub mod route;
mod terms;

use std::future::ready;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::action::Kind;
use crate::apply::host_action::HostAction;
use crate::backup::Saved;
use crate::member::MemberId;
use crate::observation::Observation;
use crate::plan::Step;
use crate::quorum::Standing;
use crate::remains::Remnant;
use crate::url::Urls;

pub use grace::GRACE;
pub use observe_error::ObserveError;
pub use obstacle::Obstacle;

/// A call of etcd's membership API.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// `MemberAdd` with `isLearner`.
    AddLearner {
        /// The peer URLs of the new member.
        peer_urls: Urls,
    },
    /// `MemberPromote`.
    Promote {
        /// The learner.
        id: MemberId,
    },
    /// `MemberUpdate`.
    UpdatePeerUrls {
        /// The member.
        id: MemberId,
        /// Its new peer URLs, which have passed `Url::parse`.
        peer_urls: Urls,
    },
    /// `MemberRemove`.
    Remove {
        /// The member.
        id: MemberId,
    },
    /// `MoveLeader`; goes to the leader.
    MoveLeader {
        /// The voter that is to lead.
        to: MemberId,
    },
}

impl Call {
    /// The kind of action that it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::AddLearner { .. } => Kind::AddLearner,
            Self::Promote { .. } => Kind::Promote,
            Self::UpdatePeerUrls { .. } => Kind::UpdatePeerUrls,
            Self::Remove { .. } => Kind::Remove,
            Self::MoveLeader { .. } => Kind::MoveLeader,
        }
    }
}

/// Why a call did not succeed. Whatever it says, the cluster is read again
/// before anything is concluded: "already exists" may mean that the first try worked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// etcd refuses for now (`unhealthy cluster`, `in sync with leader`): wait and ask again.
    #[error("{message}")]
    NotYet {
        /// etcd's own words.
        message: String,
    },
    /// etcd refuses.
    #[error("{message}")]
    Refused {
        /// etcd's own words.
        message: String,
    },
    /// No answer: it may have taken effect, or may yet.
    #[error("{message}")]
    Unanswered {
        /// What happened instead.
        message: String,
    },
}

/// How much is asked of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Everything.
    Whole,
    /// What only costs its member milliseconds to tell is left out where it decides nothing.
    /// Start times are missing then: they stand in the `/metrics` page, which is 160 KB long,
    /// and writing it takes a member longer than all else that it is asked.
    Glance,
}

/// A live cluster.
pub trait Cluster {
    /// Looks at every member, behind a linearizable read.
    fn observe(&mut self, depth: Depth) -> impl Future<Output = Result<Observation, ObserveError>>;

    /// Sends one call to one member, with a deadline.
    fn send(&mut self, via: MemberId, call: &Call) -> impl Future<Output = Result<(), CallError>>;
}

/// How an action on a host ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostOutcome {
    /// The driver says that it is done; the effect is still observed.
    Performed,
    /// The driver has no program for it: a person has been told what to do.
    LeftToHand,
}

/// Why an action on a host failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// The program could not be run.
    #[error("cannot run `{program}`: {reason}")]
    Spawn {
        /// The program.
        program: String,
        /// The system's words.
        reason: String,
    },
    /// It ended with another code than 0.
    #[error("`{program}` ended with {status}")]
    Failed {
        /// The program.
        program: String,
        /// Its exit status, in words.
        status: String,
    },
    /// It did not end in time, and was ended with its process group.
    #[error("`{program}` did not end within {limit:?}")]
    TimedOut {
        /// The program.
        program: String,
        /// How long it had.
        limit: Duration,
    },
    /// The driver itself will not do it.
    #[error("{reason}")]
    Refused {
        /// Why, with a way out.
        reason: String,
    },
}

/// The machines that members run on.
pub trait Hosts {
    /// Performs one action for one member. Repeating it is safe.
    fn perform(
        &mut self,
        action: &HostAction,
    ) -> impl Future<Output = Result<HostOutcome, HostError>>;

    /// Looks at the member's place; none where nobody can. Changes nothing.
    fn check(
        &mut self,
        _action: &HostAction,
    ) -> impl Future<Output = Result<Option<Remnant>, HostError>> {
        ready(Ok(None))
    }
}

/// Time.
pub trait Clock {
    /// Time since some fixed moment.
    fn now(&self) -> Duration;

    /// Lets time pass.
    fn sleep(&self, span: Duration) -> impl Future<Output = ()>;
}

/// How a step ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StepOutcome {
    /// Nothing was to do: an earlier run, or someone else, did it.
    AlreadyDone,
    /// It was performed, and its effect was seen.
    Completed,
}

/// What an executor tells while it works; the console shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// The cluster was looked at between two steps.
    Checked {
        /// How it stands.
        standing: Standing,
    },
    /// A step begins.
    Started {
        /// The step.
        step: &'a Step,
    },
    /// A step waits.
    Waiting {
        /// The step.
        step: &'a Step,
        /// For what, with numbers.
        detail: String,
        /// Since the step began.
        elapsed: Duration,
    },
    /// Leadership came back to the member, and is moved away as part of its step.
    LeadershipMoved {
        /// The step.
        step: &'a Step,
        /// The voter that takes it.
        to: String,
    },
    /// A step may be performed, and people should know what the plan does not say.
    Cautioned {
        /// The step.
        step: &'a Step,
        /// Code and words.
        caution: String,
    },
    /// The backup is there.
    Saved {
        /// The step.
        step: &'a Step,
        /// The backup.
        saved: Saved,
    },
    /// A step ended well.
    Done {
        /// The step.
        step: &'a Step,
        /// How.
        outcome: StepOutcome,
        /// Since the step began.
        elapsed: Duration,
    },
    /// A step failed; nothing after it is done.
    Failed {
        /// The step.
        step: &'a Step,
        /// Why.
        reason: String,
        /// Since the step began.
        elapsed: Duration,
    },
}

/// Who is told.
pub trait Reporter {
    /// Takes note of an event.
    fn report(&mut self, event: &Event<'_>);
}
