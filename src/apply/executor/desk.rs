//! Who has a say before anything goes out: the operator, the journal, and the lock.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use crate::action::Kind;
use crate::apply::Clock;
use crate::apply::attention::{Attention, Leave, Wish};
use crate::apply::halt::Halt;
use crate::apply::journal::{Entry, Journal};
use crate::apply::lock::{Lock, LockError};
use crate::apply::progress::Directive;
use crate::member::MemberId;
use crate::plan::{Step, StepId};

/// What is about to go out.
pub(super) struct Act {
    name: String,
    via: Option<MemberId>,
}

impl Act {
    pub(super) fn of(directive: &Directive) -> Option<Self> {
        match directive {
            Directive::Call { via, call } => Some(Self {
                name: call.kind().to_string(),
                via: Some(*via),
            }),
            Directive::Host(action) => Some(Self {
                name: action.kind.name().to_owned(),
                via: None,
            }),
            Directive::Backup(order) => Some(Self {
                name: Kind::Backup.to_string(),
                via: Some(order.from),
            }),
            Directive::Wait(_) | Directive::Finished | Directive::Halt(_) => None,
        }
    }
}

/// Whether something may go out.
pub(super) enum Admission {
    Granted,
    /// Somebody has just given leave.
    Asked,
    /// Not now: this is waited for.
    Withheld(String),
    Forbidden(Halt),
}

/// Who has a say before anything goes out.
pub(super) struct Desk<'a, L, J, A> {
    pub(super) lock: &'a mut L,
    pub(super) journal: &'a mut J,
    pub(super) attention: &'a mut A,
    /// The step that was last let begin.
    pub(super) begun: Option<StepId>,
    /// What was last written down: an act that is repeated stands there once.
    pub(super) written: Option<(StepId, String)>,
}

impl<L: Lock, J: Journal, A: Attention> Desk<'_, L, J, A> {
    pub(super) async fn admit(&mut self, step: &Step, act: &Act) -> Admission {
        if self.begun != Some(step.id) {
            match self.attention.may_begin(step).await {
                Leave::Unasked => {}
                Leave::Given => {
                    self.begun = Some(step.id);
                    return Admission::Asked;
                }
                Leave::Refused => {
                    return Admission::Forbidden(Halt::Interrupted { waited_for: None });
                }
            }
            self.begun = Some(step.id);
        }
        if let Err(reason) = self.write(step, act) {
            return Admission::Forbidden(Halt::Unrecorded { reason });
        }
        match self.lock.check().await {
            Ok(()) => Admission::Granted,
            Err(LockError::Lost { holder }) => Admission::Forbidden(Halt::LockLost { holder }),
            // Where the plan itself has taken quorum away, nobody else can take the lock.
            Err(LockError::Unknown { .. }) if !step.before.has_quorum() => Admission::Granted,
            Err(LockError::Unknown { reason }) => {
                Admission::Withheld(format!("the lock to be confirmed: {reason}"))
            }
        }
    }

    fn write(&mut self, step: &Step, act: &Act) -> Result<(), String> {
        let key = (step.id, act.name.clone());
        if self.written.as_ref() == Some(&key) {
            return Ok(());
        }
        let entry = Entry::Intent {
            step: step.id,
            act: act.name.clone(),
            member: step.member.clone(),
            via: act.via,
        };
        self.journal.record(&entry).map_err(|error| error.reason)?;
        self.written = Some(key);
        Ok(())
    }

    /// Waits for something that changes nothing, until somebody wants no more waiting.
    pub(super) async fn unless_stopped<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        while self.attention.wish() < Wish::StopWaiting {
            let mut changed = pin!(self.attention.changed());
            let done = poll_fn(|context| match work.as_mut().poll(context) {
                Poll::Ready(done) => Poll::Ready(Some(done)),
                Poll::Pending => changed.as_mut().poll(context).map(|()| None),
            });
            if let Some(done) = done.await {
                return Some(done);
            }
        }
        None
    }

    /// Lets time pass, unless somebody interrupts.
    pub(super) async fn pause(&mut self, clock: &impl Clock, pause: Duration) {
        let mut sleep = pin!(clock.sleep(pause));
        let mut changed = pin!(self.attention.changed());
        poll_fn(|context| {
            let over = sleep.as_mut().poll(context).is_ready();
            if over || changed.as_mut().poll(context).is_ready() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}
