//! A run watched from outside: what was done, and whether it was as safe as planned.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use etcdplan::action::Kind;
use etcdplan::apply::{Call, CallError, Cluster, Depth, Event, ObserveError, Reporter, locate};
use etcdplan::member::{MemberId, Role};
use etcdplan::observation::Observation;
use etcdplan::plan::Plan;
use etcdplan::quorum::Standing;
use etcdplan::sim::Sim;

/// Runs a future whose ports answer at once; `None` where it was stopped.
pub(super) fn drive<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// What a run left behind.
#[derive(Clone, Debug, Default)]
pub(super) struct Trail {
    /// The steps that changed something, and whom.
    pub(super) done: Vec<(Kind, Option<MemberId>)>,
    /// Laws that were broken.
    pub(super) broken: Vec<String>,
    /// Every event, in words.
    pub(super) told: Vec<String>,
}

/// The cluster and the reporter of a run.
#[derive(Clone)]
pub(super) struct Watch<'p> {
    plan: &'p Plan,
    sim: Sim,
    stop_after: Option<usize>,
    seen: Rc<RefCell<Seen>>,
}

#[derive(Default)]
struct Seen {
    trail: Trail,
    last: Option<Observation>,
    /// The index of the step that is being performed.
    step: Option<usize>,
    finished: usize,
}

impl<'p> Watch<'p> {
    pub(super) fn new(plan: &'p Plan, sim: &Sim, stop_after: Option<usize>) -> Self {
        Self {
            plan,
            sim: sim.clone(),
            stop_after,
            seen: Rc::default(),
        }
    }

    pub(super) fn trail(&self) -> Trail {
        self.seen.borrow().trail.clone()
    }

    fn judge(&self, look: &Observation) {
        let mut seen = self.seen.borrow_mut();
        let voters = |look: &Observation| -> BTreeSet<MemberId> {
            let voters = look.members.iter().filter(|m| m.role == Role::Voter);
            voters.map(|member| member.id).collect()
        };
        let mut broken = Vec::new();
        if let Some(last) = &seen.last {
            let changed = voters(last).symmetric_difference(&voters(look)).count();
            if changed > 1 {
                broken.push(format!("{changed} voters at once: {last} to {look}"));
            }
        }
        let step = seen.step.and_then(|index| self.plan.steps.get(index));
        if let Some(step) = step {
            let voters = voters(look);
            // Without quorum nobody answers a read: what counts here is who runs.
            let running = self.sim.running();
            let standing = Standing {
                voters: voters.len(),
                healthy: voters.iter().filter(|id| running.contains(id)).count(),
            };
            let (planned, is) = (step.lowest.can_lose(), standing.can_lose());
            if is < planned {
                broken.push(format!(
                    "step {} {} {}: {is} can be lost, not {planned}: {look}",
                    step.id.0, step.kind, step.member
                ));
            }
        }
        seen.trail.broken.extend(broken);
        seen.last = Some(look.clone());
    }
}

impl Cluster for Watch<'_> {
    async fn observe(&mut self, _depth: Depth) -> Result<Observation, ObserveError> {
        let finished = self.seen.borrow().finished;
        if self.stop_after.is_some_and(|stop| finished >= stop) {
            std::future::pending::<()>().await;
        }
        let look = self.sim.look()?;
        self.judge(&look);
        Ok(look)
    }

    async fn send(&mut self, via: MemberId, call: &Call) -> Result<(), CallError> {
        let answer = self.sim.send(via, call).await;
        let told = format!("{call:?} via {via}: {answer:?}");
        self.seen.borrow_mut().trail.told.push(told);
        answer
    }
}

impl Reporter for Watch<'_> {
    fn report(&mut self, event: &Event<'_>) {
        let mut seen = self.seen.borrow_mut();
        match event {
            Event::Started { step } => {
                seen.step = Some(step.id.0 - 1);
                seen.trail
                    .told
                    .push(format!("{} {} {}", step.id, step.kind, step.member));
            }
            Event::Done { step, .. } => {
                seen.finished += 1;
                let target = seen
                    .last
                    .as_ref()
                    .and_then(|look| locate::target(self.plan, step, look))
                    .map(|live| live.id);
                let id = step.member_id.or(target);
                if leaves_a_trace(step.kind) {
                    seen.trail.done.push((step.kind, id));
                }
            }
            Event::Waiting { detail, .. } => seen.trail.told.push(format!("  waits: {detail}")),
            Event::Failed { reason, .. } => seen.trail.told.push(format!("  failed: {reason}")),
            Event::Checked { .. }
            | Event::LeadershipMoved { .. }
            | Event::Cautioned { .. }
            | Event::Saved { .. } => {}
        }
        seen.trail.told.dedup();
    }
}

/// Whether a plan made later can see that a step was done. A process that was
/// stopped looks like one that died, a directory is not seen, and leadership is
/// moved for other steps.
fn leaves_a_trace(kind: Kind) -> bool {
    match kind {
        Kind::AddLearner
        | Kind::Start
        | Kind::Promote
        | Kind::UpdatePeerUrls
        | Kind::Restart
        | Kind::Remove => true,
        Kind::MoveLeader
        | Kind::MoveData
        | Kind::Stop
        | Kind::Wipe
        | Kind::Backup
        | Kind::PutAside
        | Kind::Restore
        | Kind::ForceNew
        | Kind::Relay
        | Kind::EndRelay => false,
    }
}
