//! The recovery's own steps performed, on a place and a cluster that are a few fields.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use etcdplan::action::Kind;
use etcdplan::apply::attention::{Attention, Leave, Wish};
use etcdplan::apply::executor::Report;
use etcdplan::apply::halt::Halt;
use etcdplan::apply::host_action::HostAction;
use etcdplan::apply::journal::{Entry, Journal, JournalError};
use etcdplan::apply::progress::{Limit, Patience};
use etcdplan::apply::recovery::{self, Ports};
use etcdplan::apply::{
    Call, CallError, Clock, Cluster, Depth, Event, HostError, HostOutcome, Hosts, ObserveError,
    Reporter, StepOutcome,
};
use etcdplan::member::{ClusterId, MemberId};
use etcdplan::observation::Observation;
use etcdplan::plan::{Plan, Step, StepId};
use etcdplan::remains::{Data, Position, Remnant};
use etcdplan::topology::HostActionKind;

use crate::notation;
use crate::recovery::{CLUSTER, a_backup_of_nobody, planned, remains};

/// Where m1 is, and how it goes there.
#[derive(Debug)]
struct Ground {
    now: Cell<Duration>,
    running: Cell<bool>,
    data: Cell<Option<ClusterId>>,
    reborn: ClusterId,
    /// How long its driver takes for each action.
    takes: Duration,
    /// How long after its start it serves.
    serves_after: Duration,
    started: Cell<Option<Duration>>,
    /// When somebody asks to stop: during this.
    asked_during: Option<HostActionKind>,
    asked: Cell<bool>,
    ends: RefCell<Vec<Entry>>,
}

impl Ground {
    fn of(plan: &Plan) -> Self {
        let rebirth = plan.recovery.as_ref().unwrap().rebirth.as_ref();
        Self {
            now: Cell::default(),
            running: Cell::new(true),
            data: Cell::new(Some(ClusterId::new(CLUSTER))),
            reborn: rebirth.unwrap().cluster_id,
            takes: Duration::from_secs(1),
            serves_after: Duration::ZERO,
            started: Cell::default(),
            asked_during: None,
            asked: Cell::default(),
            ends: RefCell::default(),
        }
    }
}

impl Cluster for &Ground {
    async fn observe(&mut self, _depth: Depth) -> Result<Observation, ObserveError> {
        let serves = |started: Duration| self.now.get() >= started + self.serves_after;
        if !self.started.get().is_some_and(serves) {
            return Err(ObserveError::NoAnswer { tried: Vec::new() });
        }
        let mut seen = notation::live("voters=(m9*)", "3.5.30".parse().unwrap());
        seen.cluster_id = self.reborn;
        Ok(seen)
    }

    async fn send(&mut self, _via: MemberId, call: &Call) -> Result<(), CallError> {
        unreachable!("{call:?} without quorum")
    }
}

impl Hosts for &Ground {
    async fn perform(&mut self, action: &HostAction) -> Result<HostOutcome, HostError> {
        self.now.set(self.now.get() + self.takes);
        match action.kind {
            HostActionKind::Stop => self.running.set(false),
            HostActionKind::PutAside => self.data.set(None),
            HostActionKind::Restore => self.data.set(Some(self.reborn)),
            HostActionKind::Start => {
                self.running.set(true);
                self.started.set(Some(self.now.get()));
            }
            HostActionKind::Restart
            | HostActionKind::MoveData
            | HostActionKind::Wipe
            | HostActionKind::Check
            | HostActionKind::ForceNew
            | HostActionKind::Relay
            | HostActionKind::EndRelay => unreachable!("{:?} is none of its steps", action.kind),
        }
        if self.asked_during == Some(action.kind) {
            self.asked.set(true);
        }
        Ok(HostOutcome::Performed)
    }

    async fn check(&mut self, action: &HostAction) -> Result<Option<Remnant>, HostError> {
        let is_lost = action.member.as_str() != "m1";
        let last = Position { term: 2, index: 11 };
        let data = |cluster| Data {
            member: MemberId::new(1),
            cluster,
            last,
            committed: last.index,
            size: None,
        };
        Ok(Some(Remnant {
            running: !is_lost && self.running.get(),
            data: self.data.get().filter(|_| !is_lost).map(data),
            free: None,
        }))
    }
}

impl Clock for Ground {
    fn now(&self) -> Duration {
        self.now.get()
    }

    async fn sleep(&self, span: Duration) {
        self.now.set(self.now.get() + span);
    }
}

impl Journal for &Ground {
    fn record(&mut self, entry: &Entry) -> Result<(), JournalError> {
        if matches!(entry, Entry::Stopped { .. } | Entry::Complete) {
            self.ends.borrow_mut().push(entry.clone());
        }
        Ok(())
    }
}

impl Attention for &Ground {
    fn wish(&mut self) -> Wish {
        if self.asked.get() {
            Wish::StopAfterStep
        } else {
            Wish::GoOn
        }
    }

    async fn changed(&mut self) {}

    async fn may_begin(&mut self, _step: &Step) -> Leave {
        Leave::Unasked
    }
}

impl Reporter for &Ground {
    fn report(&mut self, _event: &Event<'_>) {}
}

/// Two of three are lost; m1 begins anew.
fn plan() -> Plan {
    let remains = remains("voters=(m1 m2! m3!)", "m1 runs 2/11, m2 empty, m3 empty");
    planned("m1 m2 m3", &remains, &["m2", "m3"], None)
}

async fn performed(plan: &Plan, ground: &Ground, patience: Patience) -> Report {
    let ports = Ports {
        cluster: &mut { ground },
        hosts: &mut { ground },
        clock: ground,
        journal: &mut { ground },
        attention: &mut { ground },
        reporter: &mut { ground },
    };
    let found = plan.recovery.as_ref().unwrap();
    recovery::run(plan, found, &patience.into(), ports).await
}

fn done(report: &Report) -> Vec<(usize, StepOutcome)> {
    let done = report.done.iter();
    done.map(|(StepId(step), outcome)| (*step, *outcome))
        .collect()
}

const PATIENCE: Patience = Patience {
    step: Duration::from_secs(60),
    run: None,
    spent: Duration::ZERO,
};

const COMPLETED: [(usize, StepOutcome); 4] = [
    (1, StepOutcome::Completed),
    (2, StepOutcome::Completed),
    (3, StepOutcome::Completed),
    (4, StepOutcome::Completed),
];

#[tokio::test]
async fn its_own_steps_are_performed() {
    let plan = plan();
    let ground = Ground::of(&plan);
    let report = performed(&plan, &ground, PATIENCE).await;
    assert_eq!(
        (report.halt.as_ref(), done(&report)),
        (None, COMPLETED.to_vec())
    );
    // The rest of the plan goes on with the same journal.
    assert!(ground.ends.borrow().is_empty());
}

#[tokio::test]
async fn whoever_asks_to_stop_in_the_last_of_them_is_heard() {
    let plan = plan();
    let ground = Ground {
        asked_during: Some(HostActionKind::Start),
        ..Ground::of(&plan)
    };
    let report = performed(&plan, &ground, PATIENCE).await;
    let stopped = Halt::Interrupted { waited_for: None };
    assert_eq!(
        (report.halt.as_ref(), done(&report)),
        (Some(&stopped), COMPLETED.to_vec())
    );
    assert_eq!(ground.ends.borrow().len(), 1);
}

#[tokio::test]
async fn the_time_of_the_whole_run_counts() {
    let plan = plan();
    let ground = Ground {
        serves_after: Duration::from_secs(20),
        ..Ground::of(&plan)
    };
    let limit = Duration::from_secs(10);
    let patience = Patience {
        run: Some(limit),
        ..PATIENCE
    };
    let report = performed(&plan, &ground, patience).await;
    let timed_out = Halt::TimedOut {
        step: "step 4 (start m1)".to_owned(),
        limit: Limit::Run(limit),
        waiting_for: "the cluster to have a quorum".to_owned(),
    };
    assert_eq!(report.halt, Some(timed_out));
    assert_eq!(done(&report).len(), 3);
    assert!(ground.now.get() < Duration::from_secs(11));
}

/// A restore takes as long as it takes: a driver has limits of its own.
#[tokio::test]
async fn what_a_driver_takes_is_not_the_time_of_a_step() {
    let plan = plan();
    let ground = Ground {
        takes: Duration::from_secs(600),
        serves_after: Duration::from_secs(20),
        ..Ground::of(&plan)
    };
    let report = performed(&plan, &ground, PATIENCE).await;
    assert_eq!(
        (report.halt.as_ref(), done(&report)),
        (None, COMPLETED.to_vec())
    );
    assert_eq!(plan.steps[3].kind, Kind::Start);
}

/// What came before the run is of its time as well.
#[tokio::test]
async fn time_that_is_spent_already_counts() {
    let plan = plan();
    let ground = Ground {
        serves_after: Duration::from_secs(20),
        ..Ground::of(&plan)
    };
    let patience = Patience {
        run: Some(Duration::from_secs(30)),
        spent: Duration::from_secs(20),
        ..PATIENCE
    };
    let report = performed(&plan, &ground, patience).await;
    assert!(matches!(
        report.halt,
        Some(Halt::TimedOut {
            limit: Limit::Run(_),
            ..
        })
    ));
    assert!(ground.now.get() < Duration::from_secs(11));
}

/// What nobody knows the plan can be performed without; a cluster that answers meanwhile is left alone.
#[tokio::test]
async fn a_cluster_of_which_nobody_knows_the_id_comes_back() {
    let plan = a_backup_of_nobody();
    assert_eq!(plan.cluster.id, None);
    let nothing_is_left = || Ground {
        running: Cell::new(false),
        data: Cell::default(),
        ..Ground::of(&plan)
    };
    let ground = nothing_is_left();
    let report = performed(&plan, &ground, PATIENCE).await;
    assert_eq!(
        (report.halt.as_ref(), done(&report)),
        (None, COMPLETED[..2].to_vec())
    );

    // Whoever answers there by then is another.
    let live = ClusterId::new(0xbad);
    let ground = Ground {
        reborn: live,
        started: Cell::new(Some(Duration::ZERO)),
        ..nothing_is_left()
    };
    let report = performed(&plan, &ground, PATIENCE).await;
    let halt = Halt::OtherCluster {
        planned: None,
        live,
    };
    assert_eq!((report.halt.as_ref(), done(&report)), (Some(&halt), vec![]));
    assert_eq!(
        halt.to_string(),
        "the plan is for another cluster, and this is 0000000000000bad"
    );
    assert_eq!(ground.data.get(), None);
}
