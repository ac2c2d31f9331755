//! The ports of a run, as a script has them.

use std::future::pending;
use std::time::Duration;

use etcdplan::apply::attention::{Attention, Leave, Wish};
use etcdplan::apply::backups::{Backups, NoBackups};
use etcdplan::apply::host_action::HostAction;
use etcdplan::apply::journal::{Entry, Journal, JournalError};
use etcdplan::apply::lock::{Lock, LockError};
use etcdplan::apply::{
    Call, CallError, Clock, Cluster, Depth, Event, HostError, HostOutcome, Hosts, ObserveError,
    Reporter, StepOutcome,
};
use etcdplan::backup::{BackupError, Order, Saved};
use etcdplan::member::MemberId;
use etcdplan::observation::Observation;
use etcdplan::plan::Step;

use crate::apply::script::{LockState, Moment, Stage};

impl Stage {
    /// Never returns once we are dead.
    async fn live(&self) {
        if self.0.borrow().killed {
            pending::<()>().await;
        }
    }
}

impl Cluster for Stage {
    async fn observe(&mut self, _depth: Depth) -> Result<Observation, ObserveError> {
        self.live().await;
        self.0.borrow_mut().world.look()
    }

    async fn send(&mut self, via: MemberId, call: &Call) -> Result<(), CallError> {
        let label = self.0.borrow().world.call_label(call);
        let trouble = {
            let mut scene = self.0.borrow_mut();
            let via = scene.world.label(via);
            scene.trace.push(format!("-> {label} via {via}"));
            scene.world.now += Duration::from_millis(5);
            scene.trouble(&label)
        };
        let unanswered = || CallError::Unanswered {
            message: "no answer".to_owned(),
        };
        let result = match trouble.as_str() {
            "crash" => pending().await,
            "lost" => Err(unanswered()),
            "notYet" => Err(CallError::NotYet {
                message: "etcdserver: unhealthy cluster".to_owned(),
            }),
            "refused" => Err(CallError::Refused {
                message: "etcdserver: permission denied".to_owned(),
            }),
            _ => {
                let done = self.0.borrow_mut().world.carry_out(call);
                match (trouble.as_str(), done) {
                    ("late", _) => Err(unanswered()),
                    ("crashLate", _) => pending().await,
                    (_, done) => done.map_err(|message| CallError::Refused { message }),
                }
            }
        };
        self.0.borrow_mut().then(&label);
        result
    }
}

impl Hosts for Stage {
    async fn perform(&mut self, action: &HostAction) -> Result<HostOutcome, HostError> {
        let label = format!("{} {}", action.kind.name(), action.member);
        let trouble = {
            let mut scene = self.0.borrow_mut();
            let place = &action.place.host;
            let data = format!("{:?}", action.data).to_lowercase();
            scene
                .trace
                .push(format!("=> {label} on {place}, data {data}"));
            scene.world.now += Duration::from_millis(50);
            scene.trouble(&label)
        };
        let error = |status: &str| HostError::Failed {
            program: "driver".to_owned(),
            status: status.to_owned(),
        };
        let perform = || self.0.borrow_mut().world.perform(action);
        let result = match trouble.as_str() {
            "crash" => pending().await,
            "crashLate" => {
                perform().unwrap();
                pending().await
            }
            "failed" => Err(error("exit status 1")),
            "failedLate" => {
                perform().unwrap();
                Err(error("exit status 1"))
            }
            "byHand" => Ok(HostOutcome::LeftToHand),
            "byHandDone" => {
                perform().unwrap();
                Ok(HostOutcome::LeftToHand)
            }
            _ => perform()
                .map(|()| HostOutcome::Performed)
                .map_err(|words| error(&words)),
        };
        self.0.borrow_mut().then(&label);
        result
    }
}

impl Backups for Stage {
    async fn save(&mut self, order: &Order) -> Result<Saved, BackupError> {
        let label = format!("backup {}", order.label);
        let trouble = {
            let mut scene = self.0.borrow_mut();
            scene.trace.push(format!("=> {label}"));
            scene.world.now += Duration::from_millis(70);
            scene.trouble(&label)
        };
        let result = match trouble.as_str() {
            "crash" | "crashLate" => pending().await,
            // It takes for ever, and somebody asks twice to stop.
            "stopped" => {
                self.0.borrow_mut().interruptions += 2;
                pending().await
            }
            "failed" => Err(BackupError::Unwritten {
                path: "backups".to_owned(),
                reason: "no space".to_owned(),
            }),
            _ => NoBackups.save(order).await,
        };
        self.0.borrow_mut().then(&label);
        result
    }
}

impl Clock for Stage {
    fn now(&self) -> Duration {
        self.0.borrow().world.now
    }

    async fn sleep(&self, span: Duration) {
        self.0.borrow_mut().world.now += span;
    }
}

impl Reporter for Stage {
    fn report(&mut self, event: &Event<'_>) {
        let trace = &mut self.0.borrow_mut().trace;
        match event {
            Event::Checked { .. } | Event::Started { .. } => {}
            Event::Waiting { detail, .. } => {
                let line = format!("   waits for {detail}");
                let words = |line: &str| line.replace(|c: char| c.is_ascii_digit(), "");
                if trace.last().is_none_or(|last| words(last) != words(&line)) {
                    trace.push(line);
                }
            }
            Event::Cautioned { caution, .. } => trace.push(format!("   warned: {caution}")),
            Event::Saved { saved, .. } => trace.push(format!("   saved from {}", saved.from)),
            Event::LeadershipMoved { to, .. } => trace.push(format!("   leadership goes to {to}")),
            Event::Done { step, outcome, .. } => trace.push(match outcome {
                StepOutcome::Completed => format!("{} done", step.id),
                StepOutcome::AlreadyDone => format!("{} was done", step.id),
            }),
            Event::Failed { step, .. } => trace.push(format!("{} failed", step.id)),
        }
    }
}

impl Lock for Stage {
    async fn check(&mut self) -> Result<(), LockError> {
        self.live().await;
        let mut scene = self.0.borrow_mut();
        match scene.lock {
            LockState::Ours => Ok(()),
            LockState::Taken => Err(LockError::Lost {
                holder: Some("somebody".to_owned()),
            }),
            LockState::Silent(0) => {
                scene.lock = LockState::Ours;
                Ok(())
            }
            LockState::Silent(times) => {
                scene.lock = LockState::Silent(times - 1);
                Err(LockError::Unknown {
                    reason: "nobody answers".to_owned(),
                })
            }
        }
    }
}

impl Journal for Stage {
    fn record(&mut self, entry: &Entry) -> Result<(), JournalError> {
        let mut scene = self.0.borrow_mut();
        if scene.killed {
            return Ok(());
        }
        if scene.disk_full {
            return Err(JournalError {
                reason: "no space left on device".to_owned(),
            });
        }
        let killed = scene.killed_at();
        if killed != Some(Moment::Before) {
            scene.journal.push(entry.clone());
        }
        scene.killed = killed.is_some();
        Ok(())
    }
}

impl Attention for Stage {
    fn wish(&mut self) -> Wish {
        let mut scene = self.0.borrow_mut();
        scene.heard = scene.interruptions;
        match scene.interruptions {
            0 => Wish::GoOn,
            1 => Wish::StopAfterStep,
            _ => Wish::StopWaiting,
        }
    }

    async fn changed(&mut self) {
        let is_news = || self.0.borrow().interruptions > self.0.borrow().heard;
        if !is_news() {
            pending::<()>().await;
        }
    }

    async fn may_begin(&mut self, _step: &Step) -> Leave {
        self.live().await;
        Leave::Unasked
    }
}
