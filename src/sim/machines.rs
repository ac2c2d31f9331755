//! The machines of a simulated cluster: processes and data directories.
//!
//! They do what the `process` driver does, and note what no driver may do to a
//! member: two processes with one id, a start on a directory that was emptied.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::apply::HostError;
use crate::apply::host_action::{ExpectedData, HostAction, Place};
use crate::member::{MemberId, MemberName};
use crate::sim::world::{Home, Process, World};
use crate::topology::HostActionKind;
use crate::url::{Url, Urls};

/// How long a process takes to end or begin.
const MOMENT: Duration = Duration::from_millis(50);

fn refused(reason: String) -> HostError {
    HostError::Refused { reason }
}

fn ended(status: &str) -> HostError {
    HostError::Failed {
        program: "etcd".to_owned(),
        status: format!("it ended at once: {status}"),
    }
}

impl World {
    /// Where a member of this name is, by its peer URLs.
    pub(super) fn home(&self, member: &str, peer_urls: &Urls) -> Home {
        let host = peer_urls.first_host().to_owned();
        Home {
            member: member.to_owned(),
            host: self.renumbered.get(&host).cloned().unwrap_or(host),
        }
    }

    fn home_of(&self, place: &Place) -> Home {
        self.home(&place.member, &place.peer_urls)
    }

    /// Performs an action on a host; repeating it is safe.
    pub(super) fn perform(&mut self, action: &HostAction) -> Result<(), HostError> {
        let (home, previous) = (self.home_of(&action.place), self.home_of(&action.previous));
        let outcome = match action.kind {
            HostActionKind::Start => self.start(action, &home, &previous),
            HostActionKind::Stop => {
                self.stop(&home);
                Ok(())
            }
            HostActionKind::Restart => {
                self.stop(&previous);
                self.stop(&home);
                self.start(action, &home, &previous)
            }
            HostActionKind::MoveData => self.move_data(&previous, &home),
            HostActionKind::Wipe => self.wipe(&home),
            HostActionKind::Check
            | HostActionKind::PutAside
            | HostActionKind::Restore
            | HostActionKind::ForceNew
            | HostActionKind::Relay
            | HostActionKind::EndRelay => Err(HostError::Refused {
                reason: "nothing is recovered in memory".to_owned(),
            }),
        };
        self.advance(MOMENT);
        outcome
    }

    fn runs_at(&self, home: &Home) -> bool {
        self.processes.iter().any(|process| process.home == *home)
    }

    fn stop(&mut self, home: &Home) {
        let process = self.processes.iter().find(|process| process.home == *home);
        if let Some(id) = process.map(|process| process.id) {
            self.hand_over(id);
            self.processes.retain(|process| process.home != *home);
            self.settle();
        }
    }

    fn start(
        &mut self,
        action: &HostAction,
        home: &Home,
        previous: &Home,
    ) -> Result<(), HostError> {
        if self.runs_at(home) {
            return Ok(());
        }
        let attachable = action.data == ExpectedData::Present
            && !self.data.contains_key(home)
            && !self.runs_at(previous);
        if attachable && let Some(id) = self.data.remove(previous) {
            self.data.insert(home.clone(), id);
        }
        let found = self.data.get(home).copied();
        let id = match (action.data, found) {
            (ExpectedData::Present, None) => {
                return Err(refused(format!(
                    "{} on {} holds no data",
                    home.member, home.host
                )));
            }
            (_, Some(id)) if Some(id) != action.member_id => {
                return Err(refused(format!(
                    "{} on {} holds the data of {id}",
                    home.member, home.host
                )));
            }
            (ExpectedData::Empty | ExpectedData::Any, None) => self.join(action)?,
            (_, Some(id)) => id,
        };
        if !self.members.contains_key(&id) {
            return Err(ended(
                "the member has been permanently removed from the cluster",
            ));
        }
        if let Some(other) = self.process(id) {
            let breach = format!(
                "a second process of {id}, beside that on {}",
                other.home.host
            );
            self.breaches.push(breach);
            self.processes.retain(|process| process.id != id);
        }
        let fresh = found.is_none();
        self.data.insert(home.clone(), id);
        self.begin(action, home, id, fresh);
        Ok(())
    }

    /// Starts a listed member's process at its peer URL.
    pub(super) fn launch(&mut self, id: MemberId, name: &MemberName) {
        let Some(entry) = self.members.get(&id).filter(|_| self.process(id).is_none()) else {
            return;
        };
        let home = self.home(name.as_str(), &entry.peer_urls);
        let fresh = self.data.insert(home.clone(), id).is_none();
        self.processes.push(Process {
            home,
            id,
            name: name.clone(),
            version: self.installed,
            listens: entry.peer_urls.clone(),
            client_urls: entry.client_urls.clone(),
            started: self.now,
            in_sync_from: self.now + if fresh { self.catch_up } else { Duration::ZERO },
            frozen_since: None,
            ends: None,
        });
        self.settle();
    }

    fn begin(&mut self, action: &HostAction, home: &Home, id: MemberId, fresh: bool) {
        let settings = &action.settings;
        let or = |first: &Urls, second: Urls| {
            if first.is_empty() {
                second
            } else {
                first.clone()
            }
        };
        let known = self.members.get(&id);
        let client_urls = known.map_or_else(Urls::default, |entry| entry.client_urls.clone());
        let process = Process {
            home: home.clone(),
            id,
            name: action.member.clone(),
            version: self.installed,
            listens: or(&settings.listen_peer_urls, action.place.peer_urls.clone()),
            client_urls: or(&settings.client_urls, client_urls),
            started: self.now,
            in_sync_from: self.now + if fresh { self.catch_up } else { Duration::ZERO },
            frozen_since: None,
            ends: None,
        };
        self.processes.push(process);
        self.settle();
    }

    /// What a process without data checks before it joins (ETCD 2); gives its id.
    fn join(&mut self, action: &HostAction) -> Result<MemberId, HostError> {
        let local = entries(&action.settings.initial_cluster);
        let own = local.get(action.member.as_str()).ok_or_else(|| {
            ended("couldn't find local name in the initial cluster configuration")
        })?;
        let answers = self
            .processes
            .iter()
            .any(|process| self.members.contains_key(&process.id) && self.is_alive(process.id));
        if !answers {
            return Err(ended(
                "could not retrieve cluster information from remote peers",
            ));
        }
        if local.len() != self.members.len() {
            return Err(ended("member count is unequal"));
        }
        let mut id = None;
        for (listed, entry) in &self.members {
            let matching = local.values().find(|urls| **urls == entry.peer_urls);
            match matching {
                None => return Err(ended("PeerURLs: no match found for existing member")),
                Some(urls) if urls == own => id = Some((*listed, entry.name.is_some())),
                Some(_) => {}
            }
        }
        match id {
            Some((id, true)) => {
                self.breaches
                    .push(format!("{id} started on an empty directory"));
                Err(ended("tocommit is out of range"))
            }
            Some((id, false)) => Ok(id),
            None => Err(ended("PeerURLs: no match found for existing member")),
        }
    }

    fn move_data(&mut self, previous: &Home, home: &Home) -> Result<(), HostError> {
        let (from, to) = (self.data.get(previous).copied(), self.data.get(home));
        if previous == home || (from.is_none() && to.is_some()) {
            return Ok(());
        }
        if self.runs_at(previous) {
            return Err(refused(format!("etcd still runs on {}", previous.host)));
        }
        let Some(id) = from else {
            return Err(refused(format!("there is no data on {}", previous.host)));
        };
        // What lies there already is put aside.
        self.data.insert(home.clone(), id);
        self.data.remove(previous);
        Ok(())
    }

    fn wipe(&mut self, home: &Home) -> Result<(), HostError> {
        if self.runs_at(home) {
            return Err(refused(format!("etcd still runs on {}", home.host)));
        }
        if let Some(id) = self.data.remove(home)
            && self.members.contains_key(&id)
        {
            self.breaches
                .push(format!("the data of {id}, which is a member, was cleared"));
        }
        Ok(())
    }
}

/// `--initial-cluster`, by name.
fn entries(text: &str) -> BTreeMap<&str, Urls> {
    let mut named: BTreeMap<&str, Vec<Url>> = BTreeMap::new();
    for (name, url) in text.split(',').filter_map(|entry| entry.split_once('=')) {
        named.entry(name).or_default().push(Url::observed(url));
    }
    let sets = named.into_iter();
    sets.map(|(name, urls)| (name, urls.into_iter().collect()))
        .collect()
}
