//! Which way a cluster comes back: the first that fits, in the order of what it costs.

use std::cmp::Reverse;

use crate::amount::Size;
use crate::member::{ClusterId, MemberId, Role};
use crate::plan::Refusal;
use crate::plan::recovery::refused::{self, Reason};
use crate::plan::recovery::roster::{Old, Roster, State};
use crate::plan::recovery::{Options, RestoredFrom, belonging, identity};
use crate::quorum::quorum;
use crate::topology::{Driver, HostActionKind, MemberSpec};

/// A way, and what it needs to know.
#[derive(Debug)]
pub(super) enum Choice {
    /// These members are started, by their places in the roster.
    Start(Vec<usize>),
    /// Members learn of new addresses, with which nobody finds anybody.
    Relocate(Relocation),
    /// A new cluster begins.
    Restore(Box<Seed>),
    /// The survivor goes on alone.
    InPlace(Box<Seed>),
}

/// How members find each other again, by their places in the roster.
#[derive(Debug)]
pub(super) struct Relocation {
    /// Those that are started where they are now.
    pub(super) started: Vec<usize>,
    /// The one whose old address leads to it meanwhile; none: the best is where it was.
    pub(super) relayed: Option<usize>,
    /// Those whose address is another.
    pub(super) moved: Vec<usize>,
}

/// The one member with which a new cluster begins.
#[derive(Debug)]
pub(super) struct Seed {
    pub(super) from: RestoredFrom,
    pub(super) spec: MemberSpec,
    pub(super) token: String,
    pub(super) aside: String,
    pub(super) member: MemberId,
    pub(super) cluster: ClusterId,
}

/// Chooses the way, or tells everything that stands against all of them.
pub(super) fn choose(roster: &Roster<'_>, options: &Options) -> Result<Choice, Vec<Refusal>> {
    let mut reasons: Vec<Reason> = Vec::new();
    if let Some(seen) = &roster.remains.seen
        && seen.standing().has_quorum()
    {
        return Err(vec![refused::of(&Reason::Quorum(seen.standing()))]);
    }
    let unknown = roster.unknown.iter().cloned();
    reasons.extend(unknown.map(Reason::UnknownName));
    let needed = quorum(roster.voters().count());
    let left = roster.voters().filter(|old| old.can_serve()).count();
    let stopped: Vec<usize> = (0..)
        .zip(&roster.members)
        .filter(|(_, old)| !old.is_named && old.state() == State::Stopped)
        .map(|(place, _)| place)
        .collect();
    for old in roster.members.iter().filter(|old| old.is_named) {
        if matches!(old.state(), State::Answers | State::Runs) {
            reasons.push(Reason::NamedRuns(old.name.clone()));
        }
    }
    reasons.extend(belonging::doubts(roster));
    if left >= needed {
        if let Some(relocation) = relocation(roster, &stopped) {
            let relay = [HostActionKind::Relay, HostActionKind::EndRelay];
            let needed = relocation.relayed.map(|_| &relay[..]).unwrap_or_default();
            lacks(roster, needed, &mut reasons);
            return finish(&reasons, Choice::Relocate(relocation));
        }
        if stopped.is_empty() {
            reasons.push(Reason::EnoughRun { left, needed });
        }
        lacks(roster, &[HostActionKind::Start], &mut reasons);
        return finish(&reasons, Choice::Start(stopped));
    }
    for old in roster.voters() {
        match old.state() {
            _ if old.is_named => {}
            State::Unknown => reasons.push(Reason::Unnamed(old.name.clone())),
            State::Empty => reasons.push(Reason::UnnamedEmpty(old.name.clone())),
            State::Answers | State::Runs | State::Stopped => {}
        }
    }
    let needed = [
        HostActionKind::Check,
        HostActionKind::Stop,
        HostActionKind::PutAside,
        if options.in_place {
            HostActionKind::ForceNew
        } else {
            HostActionKind::Restore
        },
        HostActionKind::Start,
    ];
    lacks(roster, &needed, &mut reasons);
    if options.in_place && roster.remains.seen.is_none() {
        reasons.push(Reason::NobodyTells);
    }
    let seed = seed(roster, options);
    let outside = roster
        .members
        .iter()
        .filter(|old| old.spec.is_none() && matches!(old.state(), State::Answers | State::Runs));
    let outside = outside.map(|old| old.name.clone());
    let is_told = |name: &String| matches!(&seed, Err(Reason::NotInFile(best)) if best == name);
    reasons.extend(
        outside
            .filter(|name| !is_told(name))
            .map(Reason::RunsOutside),
    );
    reasons.extend(
        seed.as_ref()
            .ok()
            .and_then(|seed| cramped(roster, options, seed)),
    );
    match seed {
        Ok(seed) if options.in_place => finish(&reasons, Choice::InPlace(Box::new(seed))),
        Ok(seed) => finish(&reasons, Choice::Restore(Box::new(seed))),
        Err(reason) => {
            reasons.push(reason);
            Err(reasons.iter().map(refused::of).collect())
        }
    }
}

fn finish(reasons: &[Reason], choice: Choice) -> Result<Choice, Vec<Refusal>> {
    if reasons.is_empty() {
        Ok(choice)
    } else {
        Err(reasons.iter().map(refused::of).collect())
    }
}

/// How those find each other again whose addresses the members' own list does not know; none where it
/// knows all of them.
///
/// A member that finds one other hears and is heard by it: whoever calls opens the way in both directions
/// (ETCD 10). So one that all others find makes a quorum with them, if none of them has more than it:
/// nobody votes for one that has less.
fn relocation(roster: &Roster<'_>, stopped: &[usize]) -> Option<Relocation> {
    let serves = |old: &Old<'_>| old.role == Role::Voter && old.can_serve();
    let places = (0..).zip(&roster.members);
    let moved: Vec<usize> = places
        .clone()
        .filter(|(_, old)| serves(old) && old.has_moved())
        .map(|(place, _)| place)
        .collect();
    if moved.is_empty() {
        return None;
    }
    // Among those that have as much, one that is where it was.
    let (hub, old) = places
        .filter(|(_, old)| serves(old))
        .max_by_key(|(place, old)| (old.position(), !old.has_moved(), Reverse(*place)))?;
    Some(Relocation {
        started: stopped.to_vec(),
        relayed: old.has_moved().then_some(hub),
        moved,
    })
}

/// The actions that a program of the operator's must do, and that none is given for.
fn lacks(roster: &Roster<'_>, needed: &[HostActionKind], reasons: &mut Vec<Reason>) {
    let Driver::Exec(exec) = &roster.topology.driver else {
        return;
    };
    let missing = needed
        .iter()
        .filter(|kind| !exec.actions.contains_key(kind));
    let missing: Vec<HostActionKind> = missing.copied().collect();
    if !missing.is_empty() {
        reasons.push(Reason::NoProgram(missing));
    }
}

/// With which member a new cluster begins, and from what.
fn seed(roster: &Roster<'_>, options: &Options) -> Result<Seed, Reason> {
    let best = roster.best();
    let (from, spec) = match (&options.backup, best.first()) {
        (Some(backup), _) => {
            if let Some(reason) = stranger(roster, options) {
                return Err(reason);
            }
            let from = RestoredFrom::Backup {
                path: backup.path.clone(),
                sha256: backup.sha256.clone(),
            };
            // Where somebody has looked, and where nobody has been given up, before the order of the file.
            let entries = roster.topology.members.iter();
            let voters = entries.filter(|spec| spec.role == Role::Voter);
            let first = voters.min_by_key(|spec| {
                let is_unseen = !roster.remains.places.contains_key(&spec.name);
                (is_unseen, options.lost.contains(&spec.name))
            });
            (from, first.ok_or(Reason::NoSource)?)
        }
        (None, Some((old, _))) => {
            let spec = old
                .spec
                .ok_or_else(|| Reason::NotInFile(old.name.clone()))?;
            if options.in_place && old.is_elsewhere() {
                return Err(Reason::Elsewhere(old.name.clone()));
            }
            (RestoredFrom::Member(spec.name.clone()), spec)
        }
        (None, None) => return Err(Reason::NoSource),
    };
    let digits = |c: &char| c.is_ascii_digit() || matches!(c, 'T' | 'Z');
    let at: String = roster.remains.looked_at.chars().filter(digits).collect();
    let token = format!("{}-{at}", roster.cluster(options).id_or_unknown());
    let own = best.first().and_then(|(old, _)| old.id());
    let (member, cluster) = match own.zip(roster.cluster_id()) {
        Some(same) if options.in_place => same,
        Some(_) | None => {
            let member = identity::member(&spec.peer_urls, &token);
            (member, identity::cluster(&[member]))
        }
    };
    Ok(Seed {
        from,
        spec: spec.clone(),
        aside: format!(".before-{at}"),
        member,
        cluster,
        token,
    })
}

/// What etcd reserves for a log: a segment of 64 MiB, and the next one (`server/storage/wal`).
const LOG: u64 = 2 * (64 << 20);

/// Where what is made finds no room: a copy of the data and the data that is made of it, or a log and
/// the database of a backup.
fn cramped(roster: &Roster<'_>, options: &Options, seed: &Seed) -> Option<Reason> {
    if options.in_place {
        return None;
    }
    let mut members = roster.members.iter();
    let old = members.find(|old| old.name == seed.spec.name.as_str())?;
    let wanted = match &options.backup {
        Some(backup) => Size(backup.size.0.saturating_add(LOG)),
        None => Size(old.data()?.size?.0.saturating_mul(2)),
    };
    let free = old.free()?;
    (free < wanted).then(|| Reason::NoSpace {
        member: old.name.clone(),
        wanted,
        free,
    })
}

/// Why a backup may be of another cluster.
fn stranger(roster: &Roster<'_>, options: &Options) -> Option<Reason> {
    let backup = options
        .backup
        .as_ref()
        .filter(|_| !options.foreign_backup)?;
    let own = roster.cluster_id();
    match (own, backup.cluster) {
        (Some(own), Some(found)) if own == found => None,
        (None, Some(_)) => None,
        (own, found) => Some(Reason::ForeignBackup {
            path: backup.path.clone(),
            found,
            own,
        }),
    }
}
