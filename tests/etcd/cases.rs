//! The changes of the matrix: a cluster as it stands, and as it is wanted.

mod addressing;
mod growing;
mod replacing;
mod standing;

use crate::bed::member::{Member, Net};

/// A change that etcdplan must bring about.
#[derive(Clone, Debug)]
pub struct Case {
    /// The members that are bootstrapped, all voters.
    pub before: Vec<Member>,
    /// Who of them leads when the plan is made.
    pub leader: Member,
    /// What happens to them before the plan is made.
    pub prepared: Vec<Preparation>,
    pub wanted: Vec<Member>,
    /// `--allow-outage`, where writes must stop for a moment.
    pub outage: Outage,
}

/// What happens to a cluster before it is planned.
#[derive(Clone, Debug)]
pub enum Preparation {
    /// The member's process crashes.
    Killed(Member),
    /// A learner is registered and never started.
    Registered(Member),
    /// A learner is registered and started.
    Joined(Member),
    /// The database is filled with this many MiB.
    Filled(usize),
}

/// Whether a change may take the cluster below quorum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    Never,
    Allowed,
}

/// A name for the command line, and what makes the case on a network.
pub type Named = (&'static str, fn(&Net) -> Case);

/// Every case of the matrix.
pub fn all() -> Vec<Named> {
    [
        growing::CASES,
        replacing::CASES,
        addressing::CASES,
        standing::CASES,
    ]
    .concat()
}

/// What each server is asked in a run that is not complete: one case of each kind of step.
pub const BRIEF: [&str; 6] = [
    "1-to-3",
    "replace-leader",
    "replace-same-name",
    "replace-dead",
    "move-all",
    "mixed",
];

/// What the `process` driver is asked: each of its actions, and leadership.
pub const PROCESS: [&str; 6] = [
    "1-to-3",
    "3-to-1",
    "replace-leader",
    "move-all",
    "readdress-all",
    "demote",
];

impl Case {
    /// A cluster that is to stay as it is.
    pub fn unchanged(members: Vec<Member>) -> Self {
        Self::new(members.clone(), members)
    }

    fn new(before: Vec<Member>, wanted: Vec<Member>) -> Self {
        let leader = before.first().expect("a cluster has members").clone();
        let (prepared, outage) = (Vec::new(), Outage::Never);
        Self {
            before,
            leader,
            prepared,
            wanted,
            outage,
        }
    }

    /// The same case with the names that a sandbox gives: `m1` is `infra0`.
    pub fn in_sandbox(mut self) -> Self {
        for member in self
            .before
            .iter_mut()
            .chain(&mut self.wanted)
            .chain([&mut self.leader])
        {
            let number = member
                .name
                .strip_prefix('m')
                .and_then(|number| number.parse::<u8>().ok());
            if let Some(number) = number {
                member.name = format!("infra{}", number - 1);
            }
        }
        self
    }

    /// The same case with a proxy before the client URL of every member.
    pub fn proxied(self) -> Self {
        let Self {
            before,
            leader,
            prepared,
            wanted,
            outage,
        } = self;
        let all = |members: Vec<Member>| members.into_iter().map(proxied).collect();
        let prepared = prepared.into_iter().map(|preparation| match preparation {
            Preparation::Killed(member) => Preparation::Killed(proxied(member)),
            Preparation::Registered(member) => Preparation::Registered(proxied(member)),
            Preparation::Joined(member) => Preparation::Joined(proxied(member)),
            Preparation::Filled(mebibytes) => Preparation::Filled(mebibytes),
        });
        Self {
            before: all(before),
            leader: proxied(leader),
            prepared: prepared.collect(),
            wanted: all(wanted),
            outage,
        }
    }

    fn led_by(self, leader: Member) -> Self {
        Self { leader, ..self }
    }

    fn after(mut self, preparation: Preparation) -> Self {
        self.prepared.push(preparation);
        self
    }

    fn with_outage(self) -> Self {
        let outage = Outage::Allowed;
        Self { outage, ..self }
    }
}

/// Where the proxies listen.
const PROXY_PORT: u16 = 3379;

fn proxied(member: Member) -> Member {
    member.proxied(PROXY_PORT)
}
