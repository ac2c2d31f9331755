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
//!     remove m2, flaky m2, unseen 3, electing 3 (looks), noMetrics,
//!     behind 5000 (raft entries, fewer at each look), stuck 5000, interrupt,
//!     lockTaken, lockSilent 3 (questions without an answer), diskFull
//! ```
//! `after start` is before the first look.

use std::cell::RefCell;
use std::rc::Rc;

use etcdplan::apply::journal::Entry;
use etcdplan::member::Role;
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
    /// Every call, action and line of the journal so far.
    pub(crate) acts: usize,
    /// What is on the disk.
    pub(crate) journal: Vec<Entry>,
    /// We are dead: nothing goes on.
    pub(crate) killed: bool,
    pub(crate) interruptions: usize,
    /// How many of them were read.
    pub(crate) heard: usize,
    pub(crate) lock: LockState,
    pub(crate) disk_full: bool,
    /// Kill us at this act: before it is done, or before it is answered.
    pub(crate) crash_at: Option<(usize, Moment)>,
}

/// When we are killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Before,
    After,
}

/// How the lock stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LockState {
    Ours,
    Taken,
    Silent(usize),
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
            journal: Vec::new(),
            killed: false,
            interruptions: 0,
            heard: 0,
            lock: LockState::Ours,
            disk_full: false,
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
    /// Counts one more act; tells if we are killed at it, and when.
    pub(crate) fn killed_at(&mut self) -> Option<Moment> {
        self.acts += 1;
        let (at, moment) = self.crash_at.filter(|(at, _)| *at == self.acts)?;
        self.trace.push(format!("killed at act {at}, {moment:?}"));
        Some(moment)
    }

    /// What goes wrong with this act, if anything.
    pub(crate) fn trouble(&mut self, label: &str) -> String {
        match self.killed_at() {
            Some(Moment::Before) => return "crash".to_owned(),
            Some(Moment::After) => return "crashLate".to_owned(),
            None => {}
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
    pub(crate) fn then(&mut self, label: &str) {
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
            "interrupt" => self.interruptions += 1,
            "lockTaken" => self.lock = LockState::Taken,
            "lockSilent" => self.lock = LockState::Silent(rest.parse().unwrap()),
            "diskFull" => self.disk_full = true,
            "flaky" => world.flaky = Some((world.id(rest), 3)),
            "unseen" => world.unseen = rest.parse().unwrap(),
            "noMetrics" => world.metrics = false,
            "behind" => world.lag = (rest.parse().unwrap(), true),
            "stuck" => world.lag = (rest.parse().unwrap(), false),
            other => panic!("nobody can {other}"),
        }
    }
}
