//! What is measured, and how often.

use std::thread::available_parallelism;

use crate::bed::Outcome;
use crate::bed::server::Server;
use crate::scenario::{SCENARIOS, Scenario};

const USAGE: &str = "\
cargo bench -- [--server VERSION] [--rounds N] [--pair NAME]...

  --server    the etcd, of those in target/etcd; default: the newest
  --rounds    how often each figure is taken; default: 40 for plan, 10 for black-hole, 5 for fleet
              and backup, 3 for a change
  --pair      only this: plan, black-hole, fleet, backup, 1-to-3, 3-to-5, replace-leader,
              replace-all";

/// Two ways to the same end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pair {
    /// `etcdplan plan` and `etcdctl endpoint status`.
    Plan,
    /// `etcdplan plan` with a member that is cut off, and its connect timeout.
    BlackHole,
    /// `etcdplan plan` of many clusters, and `terraform plan` of as many objects.
    Fleet,
    /// `etcdplan backup` and `etcdctl snapshot save`.
    Backup,
    /// `etcdplan apply`, a program that does the same, and the same done by hand.
    Change(&'static Scenario),
}

/// The command line of a run.
#[derive(Clone, Debug)]
pub(crate) struct Selection {
    pub(crate) server: Server,
    pub(crate) pairs: Vec<Pair>,
    rounds: Option<usize>,
}

impl Selection {
    pub(crate) fn parse(arguments: &[String]) -> Outcome<Self> {
        let (mut version, mut rounds, mut names) = (None, None, Vec::new());
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(USAGE);
            match argument.as_str() {
                // cargo bench says so to every benchmark.
                "--bench" => {}
                "--server" => version = Some(value()?.clone()),
                "--rounds" => rounds = Some(value()?.parse()?),
                "--pair" => names.push(value()?.clone()),
                _ => return Err(USAGE.into()),
            }
        }
        let mut servers = Server::found()?;
        servers.retain(|server| {
            version
                .as_ref()
                .is_none_or(|wanted| server.name() == *wanted)
        });
        let server = servers
            .pop()
            .ok_or("no such etcd in target/etcd: tests/servers/get puts some there")?;
        let mut pairs = all();
        for name in &names {
            if pairs.iter().all(|pair| pair.name() != name) {
                return Err(USAGE.into());
            }
        }
        pairs.retain(|pair| names.is_empty() || names.iter().any(|name| name == pair.name()));
        Ok(Self {
            server,
            pairs,
            rounds,
        })
    }

    /// How often, where the command line does not say.
    pub(crate) fn rounds(&self, default: usize) -> usize {
        self.rounds.unwrap_or(default)
    }

    /// What all figures have in common.
    pub(crate) fn title(&self) -> String {
        let cores = available_parallelism().map_or(0, usize::from);
        format!(
            "etcdplan {} and etcd {} on {cores} cores; medians, measured in turns",
            env!("CARGO_PKG_VERSION"),
            self.server.name()
        )
    }
}

fn all() -> Vec<Pair> {
    let changes = SCENARIOS.iter().map(Pair::Change);
    [Pair::Plan, Pair::BlackHole, Pair::Fleet, Pair::Backup]
        .into_iter()
        .chain(changes)
        .collect()
}

impl Pair {
    fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::BlackHole => "black-hole",
            Self::Fleet => "fleet",
            Self::Backup => "backup",
            Self::Change(scenario) => scenario.name,
        }
    }
}
