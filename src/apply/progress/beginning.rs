//! Where a run begins, or goes on.

use std::time::Duration;

use crate::apply::halt::Halt;
use crate::apply::passage::is_disputed;
use crate::apply::progress::stage::Stage;
use crate::apply::progress::{Directive, Progress};
use crate::apply::{StepOutcome, position};
use crate::observation::Observation;

impl Progress<'_> {
    /// Finds where to go on, or that the plan does not fit the cluster.
    pub(super) fn find_position(
        &mut self,
        observation: &Observation,
        now: Duration,
    ) -> Option<Directive> {
        let (planned, live) = (self.plan.cluster.id, observation.cluster_id);
        if !self.plan.applyable {
            return Some(Directive::Halt(Halt::NotApplyable));
        }
        if planned != live {
            return Some(Directive::Halt(Halt::OtherCluster { planned, live }));
        }
        let Some(place) = self.passage.place(observation) else {
            if is_disputed(observation) && !self.disputed.is_over(now) {
                return Some(Directive::Wait(self.pace.pause(now)));
            }
            let moved = self.passage.moved_from_nearest(observation);
            return Some(Directive::Halt(Halt::Stale { moved }));
        };
        let position = position::of(self.plan, observation, &self.record);
        self.place = place;
        self.index = position.next;
        self.begun = position.begun;
        self.done = (0..position.next)
            .map(|index| (index, StepOutcome::AlreadyDone))
            .collect();
        self.stage = Stage::Begin;
        None
    }
}
