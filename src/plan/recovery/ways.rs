//! Which way a cluster comes back: the first that fits, in the order of what it costs.

use crate::member::{ClusterId, MemberId};
use crate::plan::Refusal;
use crate::plan::recovery::refused::{self, Reason};
use crate::plan::recovery::roster::{Old, Roster, State};
use crate::plan::recovery::{Options, RestoredFrom, Way, identity};
use crate::quorum::quorum;
use crate::topology::{Driver, HostActionKind, MemberSpec};

/// A way, and what it needs to know.
#[derive(Debug)]
pub(super) enum Choice {
    /// These members are started, by their places in the roster.
    Start(Vec<usize>),
    /// A new cluster begins.
    Restore(Box<Seed>),
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
    for old in roster.voters().filter(|old| old.is_named) {
        if matches!(old.state(), State::Answers | State::Runs) {
            reasons.push(Reason::NamedRuns(old.name.clone()));
        }
    }
    reasons.extend(foreign(roster));
    if left >= needed {
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
        HostActionKind::Restore,
        HostActionKind::Start,
    ];
    lacks(roster, &needed, &mut reasons);
    match seed(roster, options) {
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

/// Data of another cluster at the place of a member.
fn foreign(roster: &Roster<'_>) -> Vec<Reason> {
    let Some(own) = roster.cluster_id() else {
        return Vec::new();
    };
    let members = roster.members.iter().filter(|old| !old.is_named);
    let foreign = members.filter_map(|old| {
        let data = old.data().filter(|data| data.cluster != own)?;
        Some(Reason::ForeignData {
            member: old.name.clone(),
            found: data.cluster,
            own,
        })
    });
    foreign.collect()
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
            let first = roster.topology.members.iter();
            let first = first
                .clone()
                .find(|spec| spec.role == crate::member::Role::Voter);
            (from, first.ok_or(Reason::NoSource)?)
        }
        (None, Some((old, _))) => {
            let spec = old
                .spec
                .ok_or_else(|| Reason::NotInFile(old.name.clone()))?;
            (RestoredFrom::Member(spec.name.clone()), spec)
        }
        (None, None) => return Err(Reason::NoSource),
    };
    let digits = |c: &char| c.is_ascii_digit() || matches!(c, 'T' | 'Z');
    let at: String = roster.remains.looked_at.chars().filter(digits).collect();
    let token = format!("{}-{at}", roster.cluster(options).id);
    let member = identity::member(&spec.peer_urls, &token);
    Ok(Seed {
        from,
        spec: spec.clone(),
        aside: format!(".before-{at}"),
        member,
        cluster: identity::cluster(&[member]),
        token,
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

impl Choice {
    pub(super) fn way(&self) -> Way {
        match self {
            Self::Start(_) => Way::Start,
            Self::Restore(_) => Way::Restore,
        }
    }

    /// Why it is this way.
    pub(super) fn reason(&self, roster: &Roster<'_>) -> String {
        let voters = roster.voters().count();
        let left = roster.voters().filter(|old| old.can_serve()).count();
        let needed = quorum(voters);
        match self {
            Self::Start(_) => format!(
                "{left} of {voters} voters are left with their data, and {needed} are a quorum: once they \
                 run the cluster goes on, and nothing is lost"
            ),
            Self::Restore(seed) => {
                let left = match left {
                    0 => format!("none of {voters} voters is left"),
                    1 => format!("1 of {voters} voters is left, and {needed} are a quorum"),
                    left => {
                        format!("{left} of {voters} voters are left, and {needed} are a quorum")
                    }
                };
                let from = match &seed.from {
                    RestoredFrom::Member(name) => {
                        format!("{name} has the most of what is left")
                    }
                    RestoredFrom::Backup { .. } => "a backup is given".to_owned(),
                };
                format!(
                    "{left}; {from}, and a new cluster begins with it, which no old member can take \
                     for its own"
                )
            }
        }
    }

    /// What may be missing afterwards.
    pub(super) fn missing(&self, roster: &Roster<'_>, options: &Options) -> Vec<String> {
        let Self::Restore(seed) = self else {
            return Vec::new();
        };
        match &seed.from {
            RestoredFrom::Member(name) => {
                let gone: Vec<&Old<'_>> = roster.voters().filter(|old| !old.can_serve()).collect();
                let gone: Vec<&str> = gone.iter().map(|old| old.name.as_str()).collect();
                vec![format!(
                    "writes that {} had and {name} had not received when it stopped hearing of them",
                    gone.join(" and ")
                )]
            }
            RestoredFrom::Backup { .. } => {
                let at = options.backup.as_ref().and_then(|backup| backup.at.clone());
                let since = at.map_or_else(
                    || "since the backup was made".to_owned(),
                    |at| format!("since the backup of {at}"),
                );
                vec![format!("every write {since}")]
            }
        }
    }
}
