//! What goes wrong in a run, told in lines, and the ports through which it does.
//!
//! ```text
//! on addLearner m4: lost       the call has no effect and no answer
//! on addLearner m4: late       it has its effect, and no answer
//! on addLearner m4: notYet*3   etcd says three times to wait
//! on addLearner m4: refused    etcd refuses
//! on start m4: failed          the driver fails, and nothing was done
//! on start m4: failedLate      the driver fails, and it was done
//! on stop m3: byHand           a person is told, and never does it
//! on stop m3: byHandDone       a person is told, and does it
//! on stop m3: crash            we are killed before it is done
//! on stop m3: crashLate        we are killed before it is answered
//! after promote m4: leader m3, kill m2, revive m2 (by a restart policy), add m9,
//!     remove m2, flaky m2, unseen 3, electing 3 (looks), noMetrics, behind 5000 (raft entries, fewer at each look), stuck 5000
//! ```
//! `after start` is before the first look.

use std::cell::RefCell;
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use etcdplan::apply::host_action::HostAction;
use etcdplan::apply::{
    Call, CallError, Clock, Cluster, Depth, Event, HostError, HostOutcome, Hosts, ObserveError,
    Reporter, StepOutcome,
};
use etcdplan::member::{MemberId, Role};
use etcdplan::observation::Observation;
use etcdplan::url::{Url, Urls};

use crate::apply::world::World;

/// A line of a script that has not happened yet.
#[derive(Clone, Debug)]
struct Line {
    after: bool,
    label: String,
    what: String,
    times: usize,
}

/// The world, what will happen in it, and what has.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) world: World,
    lines: Vec<Line>,
    pub(crate) trace: Vec<String>,
    /// Every call and action that was asked for.
    pub(crate) acts: usize,
    /// Kill us at this act: before it is done, or before it is answered.
    pub(crate) crash_at: Option<(usize, Moment)>,
}

/// When we are killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Before,
    After,
}

/// Every port at once.
#[derive(Clone, Debug)]
pub(crate) struct Stage(pub(crate) Rc<RefCell<Scene>>);

impl Stage {
    pub(crate) fn new(world: World, script: &str) -> Self {
        let mut scene = Scene {
            world,
            lines: script.lines().flat_map(lines).collect(),
            trace: Vec::new(),
            acts: 0,
            crash_at: None,
        };
        scene.then("start");
        Self(Rc::new(RefCell::new(scene)))
    }
}

fn lines(text: &str) -> Vec<Line> {
    let (head, tail) = text.split_once(':').expect("on LABEL: what");
    let (word, label) = head.split_once(' ').expect("on LABEL");
    let line = |what: &str| {
        let what = what.trim();
        let (what, times) = what.split_once('*').unwrap_or((what, "1"));
        Line {
            after: word == "after",
            label: label.to_owned(),
            what: what.to_owned(),
            times: times.parse().unwrap(),
        }
    };
    tail.split(',').map(line).collect()
}

impl Scene {
    /// What goes wrong with this act, if anything.
    fn trouble(&mut self, label: &str) -> String {
        self.acts += 1;
        if let Some((at, moment)) = self.crash_at.filter(|(at, _)| *at == self.acts) {
            self.trace.push(format!("killed at act {at}, {moment:?}"));
            return if moment == Moment::Before {
                "crash"
            } else {
                "crashLate"
            }
            .to_owned();
        }
        let line = self
            .lines
            .iter_mut()
            .find(|line| !line.after && line.label == label && line.times > 0);
        line.map_or_else(String::new, |line| {
            line.times -= 1;
            line.what.clone()
        })
    }

    /// What others do after this act.
    fn then(&mut self, label: &str) {
        let due = |line: &Line| line.after && line.label == label && line.times > 0;
        let happening: Vec<String> = self
            .lines
            .iter_mut()
            .filter(|line| due(line))
            .map(|line| {
                line.times -= 1;
                line.what.clone()
            })
            .collect();
        for what in happening {
            self.trace.push(format!("   somebody: {what}"));
            let (verb, rest) = what.split_once(' ').unwrap_or((&what, ""));
            self.happen(verb, rest);
        }
    }

    fn happen(&mut self, verb: &str, rest: &str) {
        let world = &mut self.world;
        match verb {
            "leader" => world.state.leader = Some(world.id(rest)),
            "kill" => world.kill(world.id(rest)),
            "revive" => world.revive(world.id(rest)),
            "electing" => world.electing = rest.parse().unwrap(),
            "add" => {
                let host = rest.trim_start_matches('m');
                let url = Url::parse(&format!("http://10.0.0.{host}:2380")).unwrap();
                world.add([url].into_iter().collect::<Urls>(), Role::Voter);
            }
            "remove" => {
                let id = world.id(rest);
                world.state.members.retain(|live| live.id != id);
            }
            "flaky" => world.flaky = Some((world.id(rest), 3)),
            "unseen" => world.unseen = rest.parse().unwrap(),
            "noMetrics" => world.metrics = false,
            "behind" => world.lag = (rest.parse().unwrap(), true),
            "stuck" => world.lag = (rest.parse().unwrap(), false),
            other => panic!("nobody can {other}"),
        }
    }
}

impl Cluster for Stage {
    async fn observe(&mut self, _depth: Depth) -> Result<Observation, ObserveError> {
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
            Event::LeadershipMoved { to, .. } => trace.push(format!("   leadership goes to {to}")),
            Event::Done { step, outcome, .. } => trace.push(match outcome {
                StepOutcome::Completed => format!("{} done", step.id),
                StepOutcome::AlreadyDone => format!("{} was done", step.id),
            }),
            Event::Failed { step, .. } => trace.push(format!("{} failed", step.id)),
        }
    }
}
