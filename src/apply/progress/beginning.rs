//! Where a run begins, or goes on.

use std::time::Duration;

use crate::apply::StepOutcome;
use crate::apply::halt::Halt;
use crate::apply::passage::is_disputed;
use crate::apply::position::{self, Misfit};
use crate::apply::progress::stage::Stage;
use crate::apply::progress::{Directive, Progress};
use crate::observation::Observation;

impl Progress<'_> {
    /// Finds where to go on, or that the plan does not fit the cluster.
    pub(super) fn find_position(
        &mut self,
        observation: &Observation,
        now: Duration,
    ) -> Option<Directive> {
        let place = match position::place(self.plan, &self.passage, observation) {
            Ok(place) => place,
            Err(Misfit::Stale { .. })
                if is_disputed(observation) && !self.disputed.is_over(now) =>
            {
                return Some(Directive::Wait(self.pace.pause(now)));
            }
            Err(misfit) => {
                return Some(Directive::Halt(Halt::misfit(
                    self.plan,
                    misfit,
                    observation,
                )));
            }
        };
        let position = position::of(self.plan, observation, &self.record);
        self.place = place;
        self.index = position.next;
        self.begun = position.begun;
        let behind = 0..position.next;
        self.done = behind
            .skip(usize::from(position.owes_backup))
            .map(|index| (index, StepOutcome::AlreadyDone))
            .collect();
        if position.owes_backup && position.next > 0 {
            self.resume = Some(position.next);
            self.index = 0;
        }
        self.stage = Stage::Begin;
        None
    }
}
