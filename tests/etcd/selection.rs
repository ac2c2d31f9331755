//! Which cells are run.

use std::collections::BTreeSet;

use crate::bed::Outcome;
use crate::bed::server::{LINES, Server};
use crate::bed::topology::Driver;
use crate::cell::{Cell, Trial};
use crate::faults::{Extent, Fault};
use crate::{cases, leadership, locking, recovery, refusals, signals};

pub const USAGE: &str = "\
etcdplan on real etcd servers. Without a filter: every case on the newest server, and a few on each other one.

  cargo test --test etcd -- [--all] [--server VERSION]... [--case NAME]... [--group GROUP]... [--only TEXT] [--jobs N] [--crowd N] [--show] [--list]

  --all       every case of the matrix on every server, a few on 3.7; fails if one is missing
  --server    only servers whose version begins so: 3.4, 3.5.30
  --case      only this case, on every server that is not filtered out
  --group     only these: bed, matrix, process, refused, leadership, locking, signals,
              backup, upgrade, recovery, killed, answers, kills, hands, harms
  --only      only the interruptions whose line contains this: 'MemberAdd 1: late'
  --jobs      clusters at a time where writes are counted (4)
  --crowd     clusters at a time where they are not, which is mostly waiting (10)
  --show      print what etcdplan printed also of cells that passed
  --list      print the cells and run none";

/// The line of servers on which the matrix of interruptions is run: the versions differ little in
/// what is interrupted, and a few are tried on each other one.
const FAULTED: &str = "3.5 from 3.5.30 on";

/// The line beside it: they differ in one rule for additions, which the matrix of changes covers.
const ITS_LIKE: &str = "3.5 before 3.5.30";

/// How many trials each server has at least in a complete run, and one that is tried lightly.
const LEAST: [(&str, usize, usize); 7] = [
    ("matrix", 23, 6),
    ("refused", 10, 10),
    ("leadership", 4, 1),
    ("locking", 1, 1),
    ("signals", 1, 1),
    ("backup", 1, 1),
    ("recovery", 16, 1),
];

/// The command line of this test.
#[derive(Clone, Debug)]
pub struct Selection {
    all: bool,
    servers: Vec<String>,
    cases: Vec<String>,
    groups: Vec<String>,
    only: Option<String>,
    pub jobs: usize,
    pub crowd: usize,
    pub list: bool,
    pub show: bool,
}

impl Selection {
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> Outcome<Self> {
        let mut selection = Self {
            all: false,
            servers: Vec::new(),
            cases: Vec::new(),
            groups: Vec::new(),
            only: None,
            jobs: 4,
            crowd: 10,
            list: false,
            show: false,
        };
        while let Some(argument) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .ok_or_else(|| format!("{argument} needs a value\n\n{USAGE}"))
            };
            match argument.as_str() {
                "--all" => selection.all = true,
                "--list" => selection.list = true,
                "--show" => selection.show = true,
                "--server" => selection.servers.push(value()?),
                "--case" => selection.cases.push(value()?),
                "--group" => selection.groups.push(value()?),
                "--only" => selection.only = Some(value()?),
                "--crowd" => selection.crowd = value()?.parse()?,
                "--jobs" => selection.jobs = value()?.parse()?,
                _ => return Err(format!("unknown argument {argument}\n\n{USAGE}").into()),
            }
        }
        Ok(selection)
    }

    /// The cells, each server's together, from the servers that there are.
    ///
    /// Where most is interrupted comes last, since that keeps the processors busy to the end.
    pub fn cells(&self, servers: &[Server]) -> Outcome<Vec<Cell>> {
        if self.all {
            complete(servers)?;
        }
        let mut cells = Vec::new();
        let mut order: Vec<&Server> = servers.iter().collect();
        order.sort_by_key(|server| server.line() == FAULTED);
        for server in order {
            for trial in trials(server, servers) {
                let cell = Cell {
                    server: server.clone(),
                    trial,
                };
                if self.takes(&cell, servers) {
                    cells.push(cell);
                }
            }
        }
        if cells.is_empty() {
            return Err("no cell is selected".into());
        }
        if self.all && !self.is_filtered() {
            whole(&cells, servers)?;
        }
        Ok(cells)
    }

    /// Of what a trial has found, what is tried.
    pub fn followed(&self, cell: &Cell, found: Vec<Fault>) -> Vec<Cell> {
        let named = |fault: &Fault| {
            let only = self.only.as_ref();
            only.is_none_or(|text| fault.title().contains(text.as_str()))
                // Its undisturbed run was taken: only what is brief may still be left out.
                && self.tries(fault, &cell.server, true)
        };
        let cell = |fault| Cell {
            server: cell.server.clone(),
            trial: Trial::Fault(fault),
        };
        found.into_iter().filter(named).map(cell).collect()
    }

    fn takes(&self, cell: &Cell, servers: &[Server]) -> bool {
        let named = |filter: &[String], name: &str| {
            filter.is_empty() || filter.iter().any(|one| one == name)
        };
        let server = self.servers.is_empty()
            || self
                .servers
                .iter()
                .any(|one| cell.server.name().starts_with(one));
        let whole = self.all && !cell.server.is_light();
        let newest = self.newest(servers) == Some(&cell.server);
        let brief = match &cell.trial {
            Trial::Change((name, _), Driver::Exec | Driver::Watched | Driver::Hooked) => {
                cases::BRIEF.contains(name)
            }
            Trial::Leadership((name, _)) => *name == leadership::BRIEF,
            Trial::Locking((name, _)) => *name == locking::BRIEF,
            Trial::Signals((name, _)) => *name == signals::BRIEF,
            Trial::Recovery((name, _), Driver::Exec, None) => *name == recovery::BRIEF,
            // No server has a part in how a run goes on, and hardly any other loss has.
            Trial::Recovery((name, _), _, Some(_)) => {
                self.all && cell.server.line() == FAULTED && *name == recovery::BRIEF
            }
            Trial::Recovery(..) => false,
            // Most of what is refused no server has a part in.
            Trial::Refusal(_) => self.all,
            Trial::Change(..) | Trial::Proof | Trial::Backup | Trial::Upgrade(_) => true,
            Trial::Fault(fault) => self.tries(fault, &cell.server, newest),
        };
        let more = match cell.trial {
            Trial::Fault(_) => false,
            Trial::Recovery(_, _, Some(_)) => self.is_filtered(),
            // How the driver handles etcd, the oldest and the newest tell.
            Trial::Recovery(_, Driver::Process, None) => {
                self.is_filtered() || whole && (newest || servers.first() == Some(&cell.server))
            }
            // What keeps applies apart, and how one ends, no server has a part in.
            Trial::Locking(_) | Trial::Signals(_) => self.is_filtered() || newest,
            Trial::Proof
            | Trial::Change(..)
            | Trial::Refusal(_)
            | Trial::Leadership(_)
            | Trial::Recovery(_, _, None)
            | Trial::Backup
            | Trial::Upgrade(_) => whole || self.is_filtered() || newest,
        };
        server
            && named(&self.cases, cell.trial.name())
            && named(&self.groups, cell.trial.group())
            && (more || brief)
    }

    /// The newest of those on which every case is tried.
    fn newest<'a>(&self, servers: &'a [Server]) -> Option<&'a Server> {
        let mut newest_first = servers.iter().rev();
        newest_first.find(|server| !(self.all && server.is_light()))
    }

    fn is_filtered(&self) -> bool {
        !self.servers.is_empty() || !self.cases.is_empty() || !self.groups.is_empty()
    }

    /// Whether an interruption is tried on a server. What is asked for by name is complete.
    fn tries(&self, fault: &Fault, server: &Server, newest: bool) -> bool {
        let least = match (self.all, self.is_filtered()) {
            (true, _) if server.line() == FAULTED => Extent::Matrix,
            // Of what is interrupted it does nothing otherwise than the one above.
            (true, false) if server.line() == ITS_LIKE || server.is_light() => return false,
            // What a server answers it may answer otherwise; how a run goes on it has no part in.
            (true, false) if !newest && !fault.is_about_answers() => return false,
            (true, _) => Extent::Brief,
            (false, true) => Extent::Complete,
            (false, false) if newest => Extent::Brief,
            (false, false) => return false,
        };
        fault.extent() <= least
    }
}

/// Every trial of a server.
fn trials(server: &Server, servers: &[Server]) -> Vec<Trial> {
    let mut trials = vec![Trial::Proof];
    trials.extend(
        cases::all()
            .into_iter()
            .map(|case| Trial::Change(case, Driver::Exec)),
    );
    // The driver is the same for every server: the oldest and the newest tell whether its handling of etcd is.
    let newest = servers.iter().rfind(|server| !server.is_light());
    if [servers.first(), newest, servers.last()].contains(&Some(server)) {
        let process = cases::all()
            .into_iter()
            .filter(|(name, _)| cases::PROCESS.contains(name));
        trials.extend(process.map(|case| Trial::Change(case, Driver::Process)));
    }
    let refusals = refusals::CASES
        .iter()
        .filter(|(name, _)| refusals::applies(name, server));
    trials.extend(refusals.map(|case| Trial::Refusal(*case)));
    trials.extend(
        leadership::CASES
            .iter()
            .map(|case| Trial::Leadership(*case)),
    );
    trials.extend(locking::CASES.iter().map(|case| Trial::Locking(*case)));
    trials.extend(signals::CASES.iter().map(|case| Trial::Signals(*case)));
    trials.push(Trial::Backup);
    let next = servers.iter().find(|other| *other > server);
    // One minor version at a time; another may be missing.
    let next = next.filter(|next| next.version[1] <= server.version[1] + 1);
    trials.extend(next.cloned().map(Trial::Upgrade));
    for driver in [Driver::Exec, Driver::Process] {
        let losses = recovery::LOSSES.into_iter();
        let losses = losses.filter(|(_, loss)| loss.fits(driver));
        trials.extend(losses.map(|loss| Trial::Recovery(loss, driver, None)));
    }
    let losses = recovery::LOSSES.into_iter();
    let kills = losses.flat_map(|loss| recovery::kills(loss.0).into_iter().map(move |k| (loss, k)));
    trials.extend(kills.map(|(loss, kill)| Trial::Recovery(loss, Driver::Hooked, Some(kill))));
    trials.extend(Fault::undisturbed(server).into_iter().map(Trial::Fault));
    trials
}

/// A case that was lost must not make the run smaller without a word.
fn whole(cells: &[Cell], servers: &[Server]) -> Outcome<()> {
    for server in servers {
        for (group, whole, light) in LEAST {
            let least = if server.is_light() { light } else { whole };
            let cells = cells.iter().filter(|cell| cell.server == *server);
            let found = cells.filter(|cell| cell.trial.group() == group).count();
            if found < least {
                let name = server.name();
                return Err(format!("{found} trials of {group} on {name}, not {least}").into());
            }
        }
    }
    Ok(())
}

fn complete(servers: &[Server]) -> Outcome<()> {
    let lines: BTreeSet<&str> = servers.iter().map(Server::line).collect();
    let missing: Vec<&str> = LINES
        .into_iter()
        .filter(|line| !lines.contains(line))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!(
        "the matrix also needs etcd {}: see tests/servers/get --all",
        missing.join(", ")
    )
    .into())
}
