//! Which change a pair of entry and live member asks for.
//!
//! Each pair is looked at alone: how changes are ordered among each other is
//! decided in `plan`.

use crate::diff::change::{Change, ChangeAction, ChangeKind, Process, Replacement, Tasks};
use crate::diff::identity::Pairing;
use crate::diff::{Blocked, Requests};
use crate::member::{MemberName, Role};
use crate::observation::{Condition, Health, LiveMember, Observation, Witness};
use crate::topology::{DataPolicy, Driver, HostActionKind, MemberSpec, Topology};

/// Classifies every pair, in the order of names, so that the order of the file does not matter.
pub(super) fn every_pair(
    topology: &Topology,
    observation: &Observation,
    pairing: &Pairing<'_>,
    requests: &Requests,
) -> Vec<Result<Change, Blocked>> {
    let mut found = Vec::new();
    let case = Case {
        topology,
        observation,
        requests,
    };
    for (spec, live) in &pairing.kept {
        found.extend(case.kept(spec, live).transpose());
    }
    for spec in &pairing.missing {
        let kind = ChangeKind::Add {
            spec: (*spec).clone(),
        };
        found.push(Ok(Change {
            kind,
            reason: "not in the cluster".to_owned(),
        }));
    }
    found.sort_by_key(|found| match found {
        Ok(change) => change.label(),
        Err(blocked) => blocked
            .member()
            .map(MemberName::to_string)
            .unwrap_or_default(),
    });
    for live in &pairing.surplus {
        let kind = ChangeKind::Remove {
            live: (*live).clone(),
        };
        found.push(Ok(Change {
            kind,
            reason: "not in the file".to_owned(),
        }));
    }
    found
}

struct Case<'a> {
    topology: &'a Topology,
    observation: &'a Observation,
    requests: &'a Requests,
}

impl Case<'_> {
    /// Classifies one entry with its live member; `None` where nothing differs.
    fn kept(&self, spec: &MemberSpec, live: &LiveMember) -> Result<Option<Change>, Blocked> {
        let alter = |tasks: Tasks, reason: String| {
            let kind = ChangeKind::Alter {
                spec: spec.clone(),
                live: live.clone(),
                tasks,
            };
            Ok(Some(Change { kind, reason }))
        };
        if self.requests.replace.contains(&spec.name) {
            return self.replace(
                spec,
                live,
                Replacement::Replace,
                "asked for by --replace".to_owned(),
            );
        }
        if spec.role == Role::Learner && live.role == Role::Voter {
            return self.replace(
                spec,
                live,
                Replacement::Demote,
                "a voter becomes a learner only as a new member".to_owned(),
            );
        }
        if let Some(host) = self.half_moved(spec, live) {
            let tasks = Tasks {
                name: ChangeAction::Move,
                update: false,
                move_from: Some(host.clone()),
                process: Process::Start,
                promote: false,
            };
            return alter(
                tasks,
                format!("its peer URL is the wanted one, and it still runs on {host}"),
            );
        }
        if spec.peer_urls != live.peer_urls {
            return self.readdressed(spec, live);
        }
        if live.status().is_some() && live.peer_port == Witness::No {
            let tasks = Tasks {
                name: ChangeAction::Readdress,
                update: false,
                move_from: None,
                process: Process::Restart,
                promote: spec.role == Role::Voter && live.role == Role::Learner,
            };
            return alter(
                tasks,
                "its peer URL is the wanted one, and nothing listens there".to_owned(),
            );
        }
        let promote = spec.role == Role::Voter && live.role == Role::Learner;
        let settings = self.settings(spec, live)?;
        let (process, name, reason) = match (&live.condition, settings) {
            (Condition::Unstarted, _) => (
                Process::Start,
                ChangeAction::Finish,
                "added and never started".to_owned(),
            ),
            (_, Some((name, reason))) => {
                let process = if live.health() == Health::Dead {
                    Process::Start
                } else {
                    Process::Restart
                };
                (process, name, reason)
            }
            (_, None) if promote && live.health() == Health::Dead => (
                Process::Start,
                ChangeAction::Finish,
                "still a learner, and down".to_owned(),
            ),
            (_, None) if promote => (
                Process::Keep,
                ChangeAction::Finish,
                "still a learner".to_owned(),
            ),
            (_, None) => return Ok(None),
        };
        alter(
            Tasks {
                name,
                update: false,
                move_from: None,
                process,
                promote,
            },
            reason,
        )
    }

    /// The peer URLs differ.
    fn readdressed(&self, spec: &MemberSpec, live: &LiveMember) -> Result<Option<Change>, Blocked> {
        let same_host = spec.peer_urls.shares_host(&live.peer_urls);
        if matches!(live.condition, Condition::Unstarted) || live.role == Role::Learner {
            // Nothing is lost with it, and servers before 3.5.31 cannot update a learner's URL (ETCD 0.3).
            let reason = "its peer URLs differ, and it holds no vote to keep".to_owned();
            return self.replace(spec, live, Replacement::Replace, reason);
        }
        let process = if live.health() == Health::Dead {
            Process::Start
        } else {
            Process::Restart
        };
        let in_place = Tasks {
            name: ChangeAction::Readdress,
            update: true,
            move_from: None,
            process,
            promote: false,
        };
        let moved = Tasks {
            name: ChangeAction::Move,
            move_from: Some(live.peer_urls.first_host().to_owned()),
            process: Process::Start,
            ..in_place.clone()
        };
        let alter = |tasks: Tasks, reason: String| {
            let kind = ChangeKind::Alter {
                spec: spec.clone(),
                live: live.clone(),
                tasks,
            };
            Ok(Some(Change { kind, reason }))
        };
        if same_host {
            let reason = match spec.data {
                DataPolicy::Auto | DataPolicy::Copy | DataPolicy::InPlace => {
                    "its peer URLs differ on the same host"
                }
                DataPolicy::Discard => {
                    "its peer URLs differ on the same host, where its data stays all the same"
                }
            };
            return alter(in_place, reason.to_owned());
        }
        match spec.data {
            DataPolicy::InPlace => alter(
                in_place,
                "its address differs, and its data is there (data: inPlace)".to_owned(),
            ),
            DataPolicy::Copy => alter(
                moved,
                "its address differs, and its data is copied (data: copy)".to_owned(),
            ),
            DataPolicy::Discard => {
                let reason =
                    "its address differs, and its data is not kept (data: discard)".to_owned();
                self.replace(spec, live, Replacement::Replace, reason)
            }
            DataPolicy::Auto => {
                let limit = self.topology.policy.copy_data_above;
                let size = self.observation.db_size();
                let size = size.ok_or_else(|| Blocked::SizeUnknown {
                    spec: spec.name.clone(),
                    line: spec.line,
                })?;
                if size > limit {
                    alter(
                        moved,
                        format!(
                            "its address differs, and its data is copied: {size} is above {limit}"
                        ),
                    )
                } else {
                    let reason = format!(
                        "its address differs, and its data is sent anew: {size} is not above {limit}"
                    );
                    self.replace(spec, live, Replacement::Replace, reason)
                }
            }
        }
    }

    /// The host that a member still belongs to although its peer URL is updated:
    /// the middle of a move.
    ///
    /// Its client URL is on another host than is wanted. If it answers there,
    /// nothing may listen on its peer URL: a member whose client URL only got
    /// another name would. If it is down, its data may be here or there, and
    /// bringing data that has been brought is no harm.
    fn half_moved(&self, spec: &MemberSpec, live: &LiveMember) -> Option<String> {
        let elsewhere =
            !live.client_urls.is_empty() && !spec.client_urls.shares_host(&live.client_urls);
        if spec.peer_urls != live.peer_urls || !elsewhere {
            return None;
        }
        let copies = match spec.data {
            DataPolicy::Copy => true,
            DataPolicy::Auto => {
                self.observation.db_size() > Some(self.topology.policy.copy_data_above)
            }
            DataPolicy::InPlace | DataPolicy::Discard => false,
        };
        let half = match live.health() {
            Health::Dead => copies,
            Health::Healthy | Health::Unknown | Health::Unstarted => {
                live.status().is_some()
                    && live.peer_port == Witness::No
                    && spec.data != DataPolicy::InPlace
            }
        };
        half.then(|| live.client_urls.first_host().to_owned())
    }

    /// What only the process can change: its name, its client URLs, its version.
    fn settings(
        &self,
        spec: &MemberSpec,
        live: &LiveMember,
    ) -> Result<Option<(ChangeAction, String)>, Blocked> {
        if live.name.as_ref() != Some(&spec.name) {
            return Ok(Some((
                ChangeAction::Rename,
                format!("its name is {}", live.label()),
            )));
        }
        if !spec.client_urls.is_empty() && live.client_urls != spec.client_urls {
            return Ok(Some((
                ChangeAction::Rename,
                "its client URLs differ".to_owned(),
            )));
        }
        if let (Some(wanted), Some(status)) = (self.topology.cluster.version, live.status()) {
            let live = status.version;
            let spec = spec.name.clone();
            if (wanted.major, wanted.minor) < (live.major, live.minor) {
                return Err(Blocked::Downgrade { spec, live, wanted });
            }
            if wanted.major > live.major || wanted.minor > live.minor + 1 {
                return Err(Blocked::VersionSkipped { spec, live, wanted });
            }
            if wanted != live {
                return Ok(Some((
                    ChangeAction::Upgrade,
                    format!("it runs etcd {live}"),
                )));
            }
        }
        let asked = self.requests.restart.contains(&spec.name);
        Ok(asked.then(|| (ChangeAction::Restart, "asked for by --restart".to_owned())))
    }

    /// A new member takes its place.
    fn replace(
        &self,
        spec: &MemberSpec,
        live: &LiveMember,
        name: Replacement,
        reason: String,
    ) -> Result<Option<Change>, Blocked> {
        let (named, at) = (spec.name.clone(), spec.line);
        if spec.protect {
            return Err(Blocked::Protected {
                member: named,
                line: at,
            });
        }
        if spec.peer_urls.shares_host(&live.peer_urls) {
            let votes = |role: Role| role == Role::Voter;
            let live_voters = self.observation.members.iter().filter(|m| votes(m.role));
            let wanted = self.topology.members.iter().filter(|m| votes(m.role));
            if votes(live.role) && live_voters.count() == 1 && wanted.count() == 1 {
                return Err(Blocked::OnlyVoter {
                    spec: named,
                    line: at,
                });
            }
            let by_program = match &self.topology.driver {
                Driver::Exec(exec) => exec.actions.contains_key(&HostActionKind::Wipe),
                Driver::Manual | Driver::Process(_) => false,
            };
            if by_program && spec.host.data_dir.is_none() {
                return Err(Blocked::DirectoryUnknown {
                    spec: named,
                    line: at,
                });
            }
        }
        let kind = ChangeKind::Replace {
            spec: spec.clone(),
            live: live.clone(),
            name,
        };
        Ok(Some(Change { kind, reason }))
    }
}
