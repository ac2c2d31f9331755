//! From a change to its steps: the recipes of DESIGN 5, in their own order.
//!
//! A [`Draft`] is a step before it has a place and numbers. Each recipe is a
//! chain; what orders chains among each other stands in `rules`.

use crate::action::{Action, Kind, MemberKey};
use crate::diff::change::{Process, Replacement, Tasks};
use crate::diff::{Change, ChangeKind};
use crate::member::Role;
use crate::observation::{Condition, Health, LiveMember};
use crate::plan::clearing::{rival, takes_place};
use crate::plan::{ChangeAction, Parameters};
use crate::topology::{MemberSpec, Topology};

/// Up to this many voters, a stopped process loses quorum, and with it the
/// update of its peer URLs: so the update comes first.
const UPDATE_FIRST_UP_TO: usize = 2;

/// A step before it has a place and numbers.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// Which change it belongs to.
    pub(super) change: usize,
    /// What is done.
    pub(super) action: Action,
    /// To whom, for people.
    pub(super) label: String,
    /// With what.
    pub(super) parameters: Parameters,
    /// Why.
    pub(super) reason: String,
}

/// Why one step of a recipe comes after the one before it.
pub(super) fn recipe_reason(before: Kind, after: Kind) -> &'static str {
    match (before, after) {
        (_, Kind::Promote) => "a learner votes once it runs and is in sync",
        (Kind::AddLearner, _) => "a member is listed before its process joins",
        (Kind::Promote, Kind::Remove) => "the new member votes before the old one leaves",
        (_, Kind::Remove) => "the new member is there before the old one leaves",
        (Kind::Remove, _) => "a process is stopped once it is no member any more",
        (_, Kind::Wipe) => "a directory is cleared when nothing runs on it",
        (_, Kind::AddLearner) => {
            "a member that was removed leaves nothing behind for the one that takes its place"
        }
        (_, Kind::MoveData) => "data is copied from a stopped process",
        (Kind::MoveData, Kind::UpdatePeerUrls) => "a copy that fails has changed nothing",
        (Kind::MoveData, _) => "the data is there before the process starts",
        (Kind::UpdatePeerUrls, _) => {
            "the others know the new address before the process listens there"
        }
        (_, Kind::UpdatePeerUrls) => "the address changes while the process is down",
        (
            _,
            Kind::Start
            | Kind::Stop
            | Kind::Restart
            | Kind::MoveLeader
            | Kind::Backup
            | Kind::PutAside
            | Kind::Restore
            | Kind::ForceNew
            | Kind::Relay
            | Kind::EndRelay,
        ) => "a member goes through its steps in order",
    }
}

/// What becomes of the data directory of a member that leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Directory {
    /// Another member takes it.
    IsTaken,
    /// Nobody needs it.
    IsLeft,
}

/// The steps of a change.
pub(super) fn recipe(
    index: usize,
    changes: &[Change],
    topology: &Topology,
    directory: Directory,
) -> Vec<Draft> {
    let Some(change) = changes.get(index) else {
        return Vec::new();
    };
    let wanted = topology.policy.wipe_removed || directory == Directory::IsTaken;
    let clears = wanted && rival(topology, changes, index).is_none();
    let writer = Writer {
        index,
        change,
        topology,
        clears,
    };
    match &change.kind {
        ChangeKind::Add { spec } => writer.join(spec),
        ChangeKind::Remove { live } => writer.leave(live, clears),
        ChangeKind::Replace { spec, live, name } => writer.replace(spec, live, *name),
        ChangeKind::Alter { spec, live, tasks } => writer.alter(spec, live, tasks),
    }
}

/// Whether the old member leaves before the new one comes: it is not healthy, and
/// nothing is added beside it; it has no vote to keep; or the new one takes its place.
fn leaves_first(spec: &MemberSpec, live: &LiveMember, name: Replacement) -> bool {
    let no_vote = live.role == Role::Learner || matches!(live.condition, Condition::Unstarted);
    live.health() != Health::Healthy
        || no_vote
        || takes_place(spec, live)
        || name == Replacement::Demote
}

struct Writer<'a> {
    index: usize,
    change: &'a Change,
    topology: &'a Topology,
    /// Whether the data of a removed member is cleared.
    clears: bool,
}

impl Writer<'_> {
    fn draft(&self, action: Action, label: String, parameters: Parameters, reason: &str) -> Draft {
        Draft {
            change: self.index,
            action,
            label,
            parameters,
            reason: reason.to_owned(),
        }
    }

    /// addLearner, start, promote.
    fn join(&self, spec: &MemberSpec) -> Vec<Draft> {
        let member = MemberKey::New(spec.name.clone());
        let label = || spec.name.to_string();
        let wanted = self.wanted(spec);
        let add = Action::AddLearner {
            member: member.clone(),
            peer_urls: spec.peer_urls.clone(),
        };
        let mut drafts = vec![
            self.draft(
                add,
                label(),
                wanted.clone(),
                "a learner changes no quorum while it starts and catches up",
            ),
            self.draft(
                Action::Start {
                    member: member.clone(),
                },
                label(),
                wanted.clone(),
                "it joins the cluster",
            ),
        ];
        if spec.role == Role::Voter {
            drafts.push(self.draft(
                Action::Promote { member },
                label(),
                wanted,
                "the file wants it to vote",
            ));
        }
        drafts
    }

    /// remove, stop, and wipe where the directory must be empty afterwards.
    fn leave(&self, live: &LiveMember, wipe: bool) -> Vec<Draft> {
        let (member, label) = (MemberKey::Live(live.id), || live.label());
        let known = Parameters {
            peer_urls: Some(live.peer_urls.clone()),
            client_urls: Some(live.client_urls.clone()),
            ..Parameters::default()
        };
        let dead = live.health() == Health::Dead;
        let why = if dead {
            format!(
                "{}; a dead voter still counts towards quorum",
                self.change.reason
            )
        } else {
            self.change.reason.clone()
        };
        let mut drafts = vec![self.draft(
            Action::Remove {
                member: member.clone(),
            },
            label(),
            known.clone(),
            &why,
        )];
        let runs = !dead && !matches!(live.condition, Condition::Unstarted);
        if runs || wipe {
            let stop = Action::Stop {
                member: member.clone(),
            };
            drafts.push(self.draft(
                stop,
                label(),
                known.clone(),
                "a removed etcd exits, and a restart policy would loop",
            ));
        }
        if wipe {
            drafts.push(self.draft(
                Action::Wipe { member },
                label(),
                known,
                "its data must not be started again",
            ));
        }
        drafts
    }

    fn replace(&self, spec: &MemberSpec, live: &LiveMember, name: Replacement) -> Vec<Draft> {
        let wipe = takes_place(spec, live) || self.clears;
        let (mut first, mut then) = (self.join(spec), self.leave(live, wipe));
        if leaves_first(spec, live, name) {
            std::mem::swap(&mut first, &mut then);
        }
        first.extend(then);
        first
    }

    fn alter(&self, spec: &MemberSpec, live: &LiveMember, tasks: &Tasks) -> Vec<Draft> {
        let member = MemberKey::Live(live.id);
        let mut actions = Vec::new();
        let update = || Action::UpdatePeerUrls {
            member: member.clone(),
            peer_urls: spec.peer_urls.clone(),
        };
        let update_first = self.voters_wanted() <= UPDATE_FIRST_UP_TO || tasks.move_from.is_none();
        if tasks.update && update_first {
            actions.push(update());
        }
        if tasks.move_from.is_some() {
            actions.push(Action::Stop {
                member: member.clone(),
            });
            actions.push(Action::MoveData {
                member: member.clone(),
            });
        }
        if tasks.update && !update_first {
            actions.push(update());
        }
        match tasks.process {
            Process::Keep => {}
            Process::Start => actions.push(Action::Start {
                member: member.clone(),
            }),
            Process::Restart => actions.push(Action::Restart {
                member: member.clone(),
            }),
        }
        if tasks.promote {
            actions.push(Action::Promote { member });
        }
        let write = |action: Action| {
            let parameters = self.alteration(spec, live, tasks, &action);
            self.draft(
                action,
                spec.name.to_string(),
                parameters,
                &self.change.reason,
            )
        };
        actions.into_iter().map(write).collect()
    }

    /// Members move after the cluster has grown or shrunk, so the wanted number counts.
    fn voters_wanted(&self) -> usize {
        self.topology
            .members
            .iter()
            .filter(|member| member.role == Role::Voter)
            .count()
    }

    fn wanted(&self, spec: &MemberSpec) -> Parameters {
        Parameters {
            peer_urls: Some(spec.peer_urls.clone()),
            client_urls: Some(spec.client_urls.clone()),
            name: Some(spec.name.clone()),
            version: self.topology.cluster.version,
            ..Parameters::default()
        }
    }

    fn alteration(
        &self,
        spec: &MemberSpec,
        live: &LiveMember,
        tasks: &Tasks,
        action: &Action,
    ) -> Parameters {
        let changed = live.peer_urls != spec.peer_urls;
        let starts = matches!(action.kind(), Kind::Start | Kind::Restart);
        let status = live.status().filter(|_| starts);
        let mut parameters = Parameters {
            previous_peer_urls: changed.then(|| live.peer_urls.clone()),
            previous_host: tasks.move_from.clone(),
            started_before: status.and_then(|status| status.started_at),
            ..self.wanted(spec)
        };
        if action.kind() == Kind::Stop {
            // The process to stop is the old one.
            parameters.peer_urls = Some(live.peer_urls.clone());
            parameters.client_urls = Some(live.client_urls.clone());
        }
        if tasks.name != ChangeAction::Upgrade {
            parameters.version = None;
        }
        parameters
    }
}
