//! Who was a member, and what is left of each.

use std::collections::BTreeSet;

use crate::amount::Size;
use crate::member::{ClusterId, MemberId, MemberName, Role};
use crate::observation::{Condition, Disturbance, Health, LiveMember, Observation, Witness};
use crate::plan::recovery::{Options, Survivor};
use crate::plan::{Base, BaseMember, Clients, ClusterRef, digest};
use crate::quorum::Standing;
use crate::remains::{Data, Position, Remains, Remnant};
use crate::topology::{MemberSpec, Topology};
use crate::url::{Url, Urls};

/// The members of the cluster as it was.
#[derive(Debug)]
pub(super) struct Roster<'a> {
    pub(super) topology: &'a Topology,
    pub(super) remains: &'a Remains,
    pub(super) members: Vec<Old<'a>>,
    /// What the operator named and nobody knows.
    pub(super) unknown: Vec<MemberName>,
}

/// A member of the cluster as it was.
#[derive(Clone, Debug)]
pub(super) struct Old<'a> {
    pub(super) name: String,
    pub(super) role: Role,
    /// Its entry in the file.
    pub(super) spec: Option<&'a MemberSpec>,
    /// As those that answer list it.
    pub(super) live: Option<&'a LiveMember>,
    /// What lies at its place.
    remnant: Option<&'a Remnant>,
    /// Whether the operator has named it as gone for ever.
    pub(super) is_named: bool,
}

/// What is left of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It answers.
    Answers,
    /// A process is there, and does not answer: it serves nobody while it waits for the others.
    Runs,
    /// Its data is there, and no process.
    Stopped,
    /// There is neither data nor a process.
    Empty,
    /// Nobody answers, and nobody could look.
    Unknown,
}

impl<'a> Roster<'a> {
    pub(super) fn of(
        topology: &'a Topology,
        remains: &'a Remains,
        lost: &BTreeSet<MemberName>,
    ) -> Self {
        let member = |spec: Option<&'a MemberSpec>, live: Option<&'a LiveMember>| {
            let name = match (live, spec) {
                (Some(live), Some(spec)) if live.name.is_none() => spec.name.to_string(),
                (Some(live), _) => live.label(),
                (None, Some(spec)) => spec.name.to_string(),
                (None, None) => String::new(),
            };
            Old {
                is_named: lost.iter().any(|lost| lost.as_str() == name),
                role: live.map_or_else(|| spec.map_or(Role::Voter, |spec| spec.role), |l| l.role),
                remnant: spec.and_then(|spec| remains.places.get(&spec.name)),
                name,
                spec,
                live,
            }
        };
        let mut members: Vec<Old<'a>> = if let Some(seen) = &remains.seen {
            let entry = |live: &LiveMember| {
                let mut entries = topology.members.iter();
                entries.find(|spec| is_entry_of(spec, live))
            };
            let listed = seen.members.iter();
            listed.map(|live| member(entry(live), Some(live))).collect()
        } else {
            let entries = topology.members.iter();
            entries.map(|spec| member(Some(spec), None)).collect()
        };
        // In the order of the file, which is one that its reader knows; then by name.
        let place = |old: &Old<'_>| {
            let mut entries = topology.members.iter();
            let place = entries.position(|spec| Some(&spec.name) == old.spec.map(|own| &own.name));
            place.unwrap_or(topology.members.len())
        };
        members.sort_by(|a, b| (place(a), &a.name).cmp(&(place(b), &b.name)));
        let is_known = |lost: &&MemberName| {
            let mut all = members.iter();
            all.any(|old: &Old<'_>| old.name == lost.as_str())
        };
        let unknown = lost.iter().filter(|lost| !is_known(lost)).cloned();
        Self {
            topology,
            remains,
            unknown: unknown.collect(),
            members,
        }
    }

    pub(super) fn voters(&self) -> impl Iterator<Item = &Old<'a>> {
        let members = self.members.iter();
        members.filter(|old| old.role == Role::Voter)
    }

    /// Voters, and those that answer.
    pub(super) fn standing(&self) -> Standing {
        let answers = |old: &&Old<'_>| old.state() == State::Answers;
        Standing {
            voters: self.voters().count(),
            healthy: self.voters().filter(answers).count(),
        }
    }

    /// The members of which something is left, and that are not named as lost: the best first. One that
    /// runs and of which nobody knows how far it goes is the last.
    pub(super) fn best(&self) -> Vec<(&Old<'a>, Position)> {
        let voters = self.voters().filter(|old| !old.is_named);
        let mut found: Vec<_> = voters
            .filter_map(|old| {
                let unknown = || (old.state() == State::Runs).then(Position::default);
                Some((old, old.position().or_else(unknown)?))
            })
            .collect();
        // The sort is stable: among equals, the order of the file.
        found.sort_by_key(|(_, position)| std::cmp::Reverse(*position));
        found
    }

    pub(super) fn survivors(&self) -> Vec<Survivor> {
        let survivor = |(old, last): (&Old<'a>, Position)| {
            Some(Survivor {
                name: MemberName::observed(&old.name)?,
                member_id: old.id()?,
                last,
                running: matches!(old.state(), State::Answers | State::Runs),
            })
        };
        self.best().into_iter().filter_map(survivor).collect()
    }

    /// The cluster that it was, as far as anybody knows: the file's word goes before what answers, and
    /// that before data, of which all that is not given up must agree.
    pub(super) fn cluster_id(&self) -> Option<ClusterId> {
        let seen = self.remains.seen.as_ref().map(|seen| seen.cluster_id);
        let found: BTreeSet<ClusterId> = self.data_of_clusters().map(|(_, id)| id).collect();
        let agreed = found.first().filter(|_| found.len() == 1).copied();
        self.topology.cluster.id.or(seen).or(agreed)
    }

    /// Of which clusters the data is that is not given up.
    pub(super) fn data_of_clusters(&self) -> impl Iterator<Item = (&str, ClusterId)> {
        let members = self.members.iter().filter(|old| !old.is_named);
        members.filter_map(|old| Some((old.name.as_str(), old.data()?.cluster)))
    }

    pub(super) fn cluster(&self, options: &Options) -> ClusterRef {
        let of_backup = options.backup.as_ref().and_then(|backup| backup.cluster);
        ClusterRef {
            name: self.topology.cluster.name.clone(),
            id: self.cluster_id().or(of_backup),
        }
    }

    /// The members as the plan's base; of those that nobody lists, the ones whose id is known.
    pub(super) fn base(&self) -> Base {
        let seen = self.remains.seen.as_ref();
        // A survivor names the one that led for as long as it waits for it.
        let led = seen.filter(|_| self.standing().has_quorum());
        let leader = led.and_then(|seen| seen.leader);
        let members = self.members.iter().filter_map(|old| {
            let (id, spec) = (old.id()?, old.spec);
            let urls = |live: Option<&Urls>, spec: Option<&Urls>| {
                live.or(spec).cloned().unwrap_or_default()
            };
            Some(BaseMember {
                id,
                name: MemberName::observed(&old.name),
                peer_urls: urls(old.live.map(|l| &l.peer_urls), spec.map(|s| &s.peer_urls)),
                client_urls: urls(
                    old.live.map(|l| &l.client_urls),
                    spec.map(|s| &s.client_urls),
                ),
                role: old.role,
                health: old.live.map_or(Health::Unknown, LiveMember::health),
                leader: leader == Some(id),
                version: old
                    .live
                    .and_then(LiveMember::status)
                    .map(|status| status.version),
            })
        });
        let mut members: Vec<BaseMember> = members.collect();
        members.sort_by_key(|member| member.id);
        Base {
            fingerprint: seen.map(digest::fingerprint).unwrap_or_default(),
            members,
            version: seen.and_then(|seen| seen.cluster_version),
            db_size: seen.and_then(Observation::db_size),
            disturbances: self.disturbances(),
        }
    }

    fn disturbances(&self) -> Vec<Disturbance> {
        let seen = self.remains.seen.as_ref();
        let mut all = seen.map_or_else(BTreeSet::new, |seen| seen.disturbances.clone());
        if !self.standing().has_quorum() {
            all.insert(Disturbance::NoQuorum);
        }
        all.into_iter().collect()
    }

    pub(super) fn clients(&self) -> Clients {
        let urls = self.members.iter().filter_map(|old| {
            let live = old.live.map(|live| &live.client_urls);
            live.or(old.spec.map(|spec| &spec.client_urls))
        });
        let before: Urls = urls.flat_map(|urls| urls.iter().cloned()).collect();
        Clients {
            after: before.clone(),
            before,
            cut_off_after: None,
        }
    }
}

impl Old<'_> {
    pub(super) fn state(&self) -> State {
        let condition = self.live.map(|live| &live.condition);
        match (condition, self.remnant) {
            (Some(Condition::Running(_)), _) => State::Answers,
            (Some(Condition::Barred { .. }), _) | (_, Some(Remnant { running: true, .. })) => {
                State::Runs
            }
            (_, Some(Remnant { data: Some(_), .. })) => State::Stopped,
            (_, Some(Remnant { data: None, .. })) => State::Empty,
            (_, None) if self.live.is_some_and(|live| live.peer_port == Witness::Yes) => {
                State::Runs
            }
            (_, None) => State::Unknown,
        }
    }

    pub(super) fn data(&self) -> Option<&Data> {
        self.remnant?.data.as_ref()
    }

    /// Whether the file has it at other addresses than the members' own list. Another scheme is none.
    pub(super) fn is_elsewhere(&self) -> bool {
        let listed = self.live.map(|live| &live.peer_urls);
        listed.zip(self.spec).is_some_and(|(listed, spec)| {
            let is_here = |url: &Url| {
                let mut urls = spec.peer_urls.iter();
                urls.any(|here| here.authority() == url.authority())
            };
            !listed.iter().any(is_here)
        })
    }

    /// Whether the other members look for it where it is not: it is where the file has it. One that
    /// answers has run since before, and is where it was.
    pub(super) fn has_moved(&self) -> bool {
        let is_found = match self.remnant {
            Some(remnant) => remnant.running || remnant.data.is_some(),
            None => self.live.is_some_and(|live| live.peer_port == Witness::Yes),
        };
        self.is_elsewhere() && is_found && self.state() != State::Answers
    }

    /// How much is left beside its data.
    pub(super) fn free(&self) -> Option<Size> {
        self.remnant?.free
    }

    pub(super) fn id(&self) -> Option<MemberId> {
        let listed = self.live.map(|live| live.id);
        listed.or_else(|| self.data().map(|data| data.member))
    }

    /// How far its log goes: by the log itself, else by its own word. That is of what it knows to be
    /// committed, and its term is that of its last attempt to be elected, not of its last entry.
    pub(super) fn position(&self) -> Option<Position> {
        let told = || {
            let status = self.live?.status()?;
            Some(Position {
                term: 0,
                index: status.raft_index,
            })
        };
        self.data().map(|data| data.last).or_else(told)
    }

    /// Whether anything of it can still run: it is neither gone nor empty.
    pub(super) fn can_serve(&self) -> bool {
        let state = self.state();
        !self.is_named && matches!(state, State::Answers | State::Runs | State::Stopped)
    }
}

fn is_entry_of(spec: &MemberSpec, live: &LiveMember) -> bool {
    match &live.name {
        Some(name) => spec.name == *name,
        None => spec.peer_urls.shares_any(&live.peer_urls),
    }
}
