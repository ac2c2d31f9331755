//! What is heard of an act: it was performed, or was not, or nobody knows.

use std::time::Duration;

use crate::apply::halt::Halt;
use crate::apply::progress::stage::{Answer, Stage};
use crate::apply::progress::{Directive, Progress};
use crate::apply::{CallError, Event, HostError, HostOutcome};
use crate::backup::{BackupError, Saved};

impl Progress<'_> {
    /// Says that an act was not performed, for a reason that may pass: the step waits.
    pub fn withheld(&mut self, waits: String, now: Duration) -> Directive {
        self.stage = Stage::GATE;
        match self.step() {
            Some(step) => self.wait(step, waits, now),
            None => Directive::Wait(Duration::ZERO),
        }
    }

    /// Says that somebody who thought about it gave leave. The step begins now, and since the
    /// cluster may have changed meanwhile, it begins with a look.
    pub fn given_leave(&mut self, now: Duration) -> Directive {
        self.stage = Stage::GATE;
        self.pace.step_begins(now);
        Directive::Wait(Duration::ZERO)
    }

    /// Says that an act was not performed, and why nothing will be.
    pub fn forbidden(&mut self, halt: Halt, now: Duration) -> Directive {
        match self.step() {
            Some(step) => self.halt(step, halt, now),
            None => Directive::Halt(halt),
        }
    }

    /// Says how a call went.
    pub fn called(&mut self, result: Result<(), CallError>, now: Duration) {
        let answer = Answer::from(result);
        self.tried = true;
        match answer {
            Answer::Refused(_) => {}
            Answer::NotYet(_) => self.refused_by_etcd.reset(),
            Answer::Performed
            | Answer::Unanswered(_)
            | Answer::LeftToHand
            | Answer::Failed(_)
            | Answer::NotSaved(_) => {
                self.refused_by_etcd.reset();
                self.begun = true;
            }
        }
        if answer == Answer::Performed {
            self.pace.effect_is_due(now);
        }
        self.stage = match self.stage {
            Stage::Transferred(_) => Stage::Transferred(answer),
            // A retreat goes by what is seen.
            Stage::Retreat(_) | Stage::Withdrawal(_) => return,
            Stage::Unknown | Stage::Begin | Stage::Gate { .. } | Stage::Acted(_) => {
                Stage::Acted(answer)
            }
        };
    }

    /// Says how a backup went. It changes nothing in the cluster, so that nothing has begun with it.
    pub fn saved(&mut self, result: Result<Saved, BackupError>, now: Duration) {
        self.tried = true;
        self.pace.driver_ended(now);
        self.pace.effect_is_due(now);
        self.stage = Stage::Acted(match result {
            Ok(saved) => {
                let step = self.step();
                let event = step.map(|step| Event::Saved { step, saved });
                self.events.extend(event);
                Answer::Performed
            }
            Err(error) => Answer::NotSaved(error),
        });
    }

    /// Says how an action on a host went.
    pub fn performed(&mut self, result: Result<HostOutcome, HostError>, now: Duration) {
        self.tried = true;
        // What could not even be run has changed nothing.
        self.begun |= !matches!(
            result,
            Err(HostError::Spawn { .. } | HostError::Refused { .. })
        );
        self.pace.driver_ended(now);
        self.pace.effect_is_due(now);
        match &mut self.stage {
            Stage::Retreat(retreat) => retreat.performed(result),
            Stage::Withdrawal(withdrawal) => withdrawal.performed(result),
            Stage::Unknown
            | Stage::Begin
            | Stage::Gate { .. }
            | Stage::Acted(_)
            | Stage::Transferred(_) => self.stage = Stage::Acted(Answer::from(result)),
        }
    }
}
