//! Which entry of the file is which live member: decided here, once.
//!
//! etcd knows a member by its id and finds it by its peer URLs; names are not
//! unique. So an entry is paired, in this order, by `id`, by exactly equal
//! peer URLs, by any shared peer URL, and by name where just one unpaired
//! member has it. Where two answers are possible, none is taken, whatever the
//! order of the file.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::Blocked;
use crate::member::{MemberId, MemberName};
use crate::observation::{LiveMember, Observation};
use crate::topology::{MemberSpec, Topology};

/// Entries and live members, paired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pairing<'a> {
    /// Entries that are live, in the order of the file.
    pub kept: Vec<(&'a MemberSpec, &'a LiveMember)>,
    /// Entries without a live member.
    pub missing: Vec<&'a MemberSpec>,
    /// Live members without an entry, in the order of their ids.
    pub surplus: Vec<&'a LiveMember>,
}

/// Pairs the entries of the file with the live members.
///
/// # Errors
///
/// Every ambiguity, with both places: the way out is to write `id:`.
pub fn pair<'a>(
    topology: &'a Topology,
    observation: &'a Observation,
) -> Result<Pairing<'a>, Vec<Blocked>> {
    let mut search = Search {
        topology,
        observation,
        found: BTreeMap::new(),
        taken: BTreeSet::new(),
        ambiguities: Vec::new(),
    };
    let rounds: [fn(&mut Search<'a>, usize, &'a MemberSpec); 4] = [
        Search::by_id,
        Search::by_equal_urls,
        Search::by_shared_url,
        Search::by_name,
    ];
    for round in rounds {
        for (index, spec) in topology.members.iter().enumerate() {
            if !search.found.contains_key(&index) {
                round(&mut search, index, spec);
            }
        }
    }
    if !search.ambiguities.is_empty() {
        return Err(search.ambiguities);
    }
    let mut pairing = Pairing {
        kept: Vec::new(),
        missing: Vec::new(),
        surplus: Vec::new(),
    };
    for (index, spec) in topology.members.iter().enumerate() {
        match search.found.get(&index) {
            Some(live) => pairing.kept.push((spec, live)),
            None => pairing.missing.push(spec),
        }
    }
    pairing.surplus = observation
        .members
        .iter()
        .filter(|live| !search.taken.contains(&live.id))
        .collect();
    Ok(pairing)
}

struct Search<'a> {
    topology: &'a Topology,
    observation: &'a Observation,
    found: BTreeMap<usize, &'a LiveMember>,
    taken: BTreeSet<MemberId>,
    ambiguities: Vec<Blocked>,
}

impl<'a> Search<'a> {
    fn free(&self) -> impl Iterator<Item = &'a LiveMember> {
        self.observation
            .members
            .iter()
            .filter(|live| !self.taken.contains(&live.id))
    }

    fn take(&mut self, index: usize, live: &'a LiveMember) {
        self.taken.insert(live.id);
        self.found.insert(index, live);
    }

    fn by_id(&mut self, index: usize, spec: &'a MemberSpec) {
        let Some(id) = spec.id else { return };
        let Some(live) = self.observation.member(id) else {
            self.ambiguities.push(Blocked::IdNotFound {
                spec: spec.name.clone(),
                line: spec.line,
                id,
            });
            return;
        };
        // An entry may take over the URL of a member whose own id says that it goes elsewhere.
        let is_pinned = |other: &LiveMember| {
            let mut specs = self.topology.members.iter();
            specs.any(|spec| spec.id == Some(other.id))
        };
        let shares = |other: &&LiveMember| {
            other.id != id && other.peer_urls.shares_any(&spec.peer_urls) && !is_pinned(other)
        };
        if let Some(other) = self.pinned_to(id).find(|other| other.name != spec.name) {
            self.ambiguities.push(Blocked::IdOfSeveral {
                spec: spec.name.clone(),
                line: spec.line,
                id,
                other: other.name.clone(),
            });
            return;
        }
        match self.observation.members.iter().find(shares) {
            Some(other) => self.ambiguities.push(Blocked::IdAndUrls {
                spec: spec.name.clone(),
                line: spec.line,
                id,
                url_owner: other.label(),
                url_owner_id: other.id,
            }),
            None => self.take(index, live),
        }
    }

    fn pinned_to(&self, id: MemberId) -> impl Iterator<Item = &'a MemberSpec> + use<'a> {
        let members = self.topology.members.iter();
        members.filter(move |spec| spec.id == Some(id))
    }

    /// The other entries that are not paired yet and share a peer URL with this member.
    fn rivals(&self, index: usize, live: &LiveMember) -> Vec<(MemberName, usize)> {
        let members = self.topology.members.iter().enumerate();
        members
            .filter(|(other, _)| *other != index && !self.found.contains_key(other))
            .filter(|(_, spec)| spec.peer_urls.shares_any(&live.peer_urls))
            .map(|(_, spec)| (spec.name.clone(), spec.line))
            .collect()
    }

    fn by_equal_urls(&mut self, index: usize, spec: &'a MemberSpec) {
        // etcd keeps peer URLs unique, so at most one member has this set.
        let equal = self.free().find(|live| live.peer_urls == spec.peer_urls);
        if let Some(live) = equal {
            self.take(index, live);
        }
    }

    fn by_shared_url(&mut self, index: usize, spec: &'a MemberSpec) {
        let sharing: Vec<_> = self
            .free()
            .filter(|live| live.peer_urls.shares_any(&spec.peer_urls))
            .collect();
        match sharing.as_slice() {
            [] => {}
            [live] => match self.rivals(index, live) {
                rivals if rivals.is_empty() => self.take(index, live),
                rivals => self.ambiguities.push(Blocked::MemberOfSeveral {
                    spec: spec.name.clone(),
                    line: spec.line,
                    member: (live.label(), live.id),
                    rivals,
                }),
            },
            several => self.ambiguities.push(Blocked::UrlsOfSeveral {
                spec: spec.name.clone(),
                line: spec.line,
                members: several.iter().map(|live| (live.label(), live.id)).collect(),
            }),
        }
    }

    fn by_name(&mut self, index: usize, spec: &'a MemberSpec) {
        let named: Vec<_> = self
            .free()
            .filter(|live| live.name.as_ref() == Some(&spec.name))
            .collect();
        match named.as_slice() {
            [] => {}
            [live] => self.take(index, live),
            several => self.ambiguities.push(Blocked::NameOfSeveral {
                spec: spec.name.clone(),
                line: spec.line,
                members: several.iter().map(|live| live.id).collect(),
            }),
        }
    }
}
