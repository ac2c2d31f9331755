//! What is put back when data could not be brought to a new host.
//!
//! A failed copy has changed nothing, so the old process is started where it
//! was; of one or two voters it is the one without which there is no quorum.
//! Where its peer URLs were updated before, they are updated back (ETCD 10).
//! Then the run stops, and running again begins the move anew. Any other step
//! that fails stops the run as it is.

use std::time::Duration;

use crate::action::Kind;
use crate::apply::halt::Halt;
use crate::apply::progress::stage::Stage;
use crate::apply::progress::{Directive, Progress, title};
use crate::apply::{Call, HostError, HostOutcome, errand, route};
use crate::observation::{Health, Observation};
use crate::plan::{BaseMember, Step};

/// How long the old process may take to serve again: etcd 3.5 waits up to 7 s
/// for a leader when it starts (ETCD 0.5).
pub(super) const SERVES_AGAIN: Duration = Duration::from_secs(30);

/// How far a retreat is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Retreat {
    /// What the driver said of the step that failed.
    message: String,
    start: Start,
    /// Whether the peer URLs were asked to be updated back since the last pause.
    updated: bool,
}

/// Whether the old process was started again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Start {
    Due,
    Asked,
    Performed,
    Failed(String),
}

impl Retreat {
    /// A retreat that has not begun.
    pub(super) fn after(message: String) -> Self {
        Self {
            message,
            start: Start::Due,
            updated: false,
        }
    }

    /// Says how the start of the old process went.
    pub(super) fn performed(&mut self, result: Result<HostOutcome, HostError>) {
        self.start = match result {
            Ok(HostOutcome::Performed) => Start::Performed,
            Ok(HostOutcome::LeftToHand) => Start::Failed("a person is to start it".to_owned()),
            Err(error) => Start::Failed(error.to_string()),
        };
    }
}

impl<'p> Progress<'p> {
    /// Goes on with a retreat, and stops the run at its end.
    pub(super) fn retreat(
        &mut self,
        step: &'p Step,
        observation: &Observation,
        mut retreat: Retreat,
        now: Duration,
    ) -> Directive {
        let base = self.plan.base.members.iter();
        let base = base
            .filter(|base| step.kind == Kind::MoveData && base.health == Health::Healthy)
            .find(|base| Some(base.id) == step.member_id);
        let Some(base) = base else {
            return self.fail(step, retreat.message, None, now);
        };
        match &retreat.start {
            Start::Due => {
                let Some(action) = errand::back(self.plan, step, base, observation) else {
                    return self.fail(step, retreat.message, None, now);
                };
                retreat.start = Start::Asked;
                self.stage = Stage::Retreat(retreat);
                self.pace.act_begins(now);
                Directive::Host(Box::new(action))
            }
            Start::Asked | Start::Performed => {
                self.returning(step, observation, base, retreat, now)
            }
            Start::Failed(reason) => {
                let aftermath = format!("its old process is not started again: {reason}");
                self.fail(step, retreat.message, Some(aftermath), now)
            }
        }
    }

    /// The old process was started: it is to serve, at the URLs that it had.
    fn returning(
        &mut self,
        step: &'p Step,
        observation: &Observation,
        base: &BaseMember,
        mut retreat: Retreat,
        now: Duration,
    ) -> Directive {
        let serves = observation
            .member(base.id)
            .filter(|live| live.health() == Health::Healthy);
        match serves {
            Some(live) if live.peer_urls == base.peer_urls => {
                let aftermath = "its old process serves again, where it was".to_owned();
                self.fail(step, retreat.message, Some(aftermath), now)
            }
            _ if self.pace.awaited_for(now) > SERVES_AGAIN => {
                let aftermath = format!(
                    "its old process was started again, and does not serve at {}",
                    base.peer_urls
                );
                self.fail(step, retreat.message, Some(aftermath), now)
            }
            Some(_) => {
                let via = route::of(self.plan, step, observation).filter(|_| !retreat.updated);
                retreat.updated = via.is_some();
                self.stage = Stage::Retreat(retreat);
                let call = Call::UpdatePeerUrls {
                    id: base.id,
                    peer_urls: base.peer_urls.clone(),
                };
                let waits = || format!("the peer URLs of {} to be as they were", step.member);
                match via {
                    Some(via) => Directive::Call { via, call },
                    None => self.pause(step, waits(), now),
                }
            }
            None => {
                let waits = format!("the old process of {} to serve again", step.member);
                self.pause(step, waits, now)
            }
        }
    }

    fn fail(
        &mut self,
        step: &'p Step,
        message: String,
        aftermath: Option<String>,
        now: Duration,
    ) -> Directive {
        let failed = Halt::HostFailed {
            step: title(step),
            message,
            aftermath,
        };
        self.halt(step, failed, now)
    }
}
