//! What must always hold of what we do, judged on the world as it is.
//!
//! *Our doing* is what a run sends: a call, or an action on a host. It is held
//! to account for the world at the moment when it is sent, and only where the
//! look that decided it was truthful: nothing has happened between the two but
//! our own doing. What took effect late is judged when it does, if nothing else
//! has happened since it was sent. What somebody else breaks is not ours.

use etcdplan::action::Kind;
use etcdplan::apply::Call;
use etcdplan::apply::host_action::HostAction;
use etcdplan::member::MemberId;
use etcdplan::plan::{Override, Plan, Step, host_action};
use etcdplan::topology::HostActionKind;

use crate::place::{Place, machine};
use crate::run::Errand;
use crate::world::World;

/// What must always hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Law {
    /// Quorum that existed is there afterwards, unless the step says otherwise with `--allow-outage`.
    KeepsQuorum,
    /// The voters before and after differ by one at most.
    OneVoter,
    /// It is what the step whose turn it is says, or the way back from a failed copy.
    WithinPlan,
    /// Nothing is added that is there.
    AddsOnce,
    /// No member has two processes.
    OneProcess,
    /// No member that had data starts without, nor may come back so by itself.
    NoEmptyStart,
    /// The data of a member is not cleared.
    NoWipe,
    /// No member goes down while it leads, and another could.
    NotWhileLeading,
    /// Where the plan begins with a backup, a run does nothing before that is made.
    BackupFirst,
}

/// A law that was broken, and how.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Breach {
    pub(crate) law: Law,
    pub(crate) how: String,
}

impl Law {
    pub(crate) fn broken(self, how: String) -> Breach {
        Breach { law: self, how }
    }
}

/// What is judged: something that a step of a plan does to a world.
#[derive(Clone, Copy)]
pub(crate) struct Deed<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) step: Option<&'a Step>,
    pub(crate) errand: &'a Errand,
    /// Whether nothing has happened since the look that decided it.
    pub(crate) fresh: bool,
    pub(crate) before: &'a World,
    /// Whether the run has made its backup.
    pub(crate) saved: bool,
    /// Absent where the world does not let it happen.
    pub(crate) after: Option<&'a World>,
}

impl Deed<'_> {
    /// The first law that it breaks.
    pub(crate) fn judge(&self) -> Option<Breach> {
        let Some(step) = self.step.filter(|step| self.belongs_to(step)) else {
            let step = self
                .step
                .map(|step| format!("{} {}", step.kind, step.member));
            return Some(Law::WithinPlan.broken(format!("{:?} in {step:?}", self.errand)));
        };
        let title = format!("{} {}", step.kind, step.member);
        let mut steps = self.plan.steps.iter();
        let wants_backup = steps.any(|step| step.kind == Kind::Backup);
        if wants_backup && !self.saved && step.kind != Kind::Backup {
            return Some(Law::BackupFirst.broken(title));
        }
        if let Some(after) = self.after
            && self.before.voters_changed(after) > 1
        {
            return Some(Law::OneVoter.broken(title));
        }
        if !self.fresh {
            return None;
        }
        if self.adds_again() {
            return Some(Law::AddsOnce.broken(title));
        }
        if self.takes_down_leader() {
            return Some(Law::NotWhileLeading.broken(title));
        }
        if self.takes_data_from_the_living() {
            let text = format!("{title}: its process may come back, without its data");
            return Some(Law::NoEmptyStart.broken(text));
        }
        let keeps = !self.before.has_quorum() || self.is_outage(step) || self.quorum_stays();
        (!keeps).then(|| Law::KeepsQuorum.broken(title))
    }

    fn quorum_stays(&self) -> bool {
        let inside = match self.errand {
            Errand::Host(action) if action.kind == HostActionKind::Restart => {
                self.before.without(action.member_id).has_quorum()
            }
            Errand::Host(_) | Errand::Call { .. } | Errand::Backup(_) => true,
        };
        inside && self.after.is_none_or(World::has_quorum)
    }

    /// Whether the plan says of this step that it takes quorum, and was allowed to.
    fn is_outage(&self, step: &Step) -> bool {
        self.plan.overrides.contains(&Override::AllowOutage) && !step.lowest.has_quorum()
    }

    /// Whether data is moved from a machine whose process ended by itself, and was not kept from
    /// coming back.
    fn takes_data_from_the_living(&self) -> bool {
        let Errand::Host(action) = self.errand else {
            return false;
        };
        let from = self.before.machines.get(&machine(&action.previous.host));
        action.kind == HostActionKind::MoveData
            && from.is_some_and(|machine| machine.crashed.is_some())
    }

    fn adds_again(&self) -> bool {
        let Errand::Call {
            call: Call::AddLearner { peer_urls },
            ..
        } = self.errand
        else {
            return false;
        };
        let place = Place::of(peer_urls);
        self.before.members.iter().any(|entry| entry.place == place)
    }

    fn takes_down_leader(&self) -> bool {
        let target = match self.errand {
            Errand::Call {
                call: Call::Remove { id },
                ..
            } => Some(*id),
            Errand::Call { .. } | Errand::Backup(_) => None,
            Errand::Host(action) => match action.kind {
                HostActionKind::Stop | HostActionKind::Restart => action.member_id,
                HostActionKind::Start
                | HostActionKind::MoveData
                | HostActionKind::Wipe
                | HostActionKind::Check
                | HostActionKind::PutAside
                | HostActionKind::Restore
                | HostActionKind::ForceNew
                | HostActionKind::Relay
                | HostActionKind::EndRelay => None,
            },
        };
        let another = |id| {
            let mut voters = self.before.voters().filter(|voter| voter.id != id);
            voters.any(|voter| self.before.could_lead(voter.id))
        };
        target.is_some_and(|id| self.before.leads() == Some(id) && another(id))
    }

    fn belongs_to(&self, step: &Step) -> bool {
        match self.errand {
            Errand::Call { call, .. } => self.call_belongs_to(call, step),
            Errand::Host(action) => self.action_belongs_to(action, step),
            Errand::Backup(_) => step.kind == Kind::Backup,
        }
    }

    fn call_belongs_to(&self, call: &Call, step: &Step) -> bool {
        let urls = step.parameters.peer_urls.as_ref();
        match call {
            Call::AddLearner { peer_urls } => {
                step.kind == Kind::AddLearner && urls == Some(peer_urls)
            }
            Call::Promote { id } => step.kind == Kind::Promote && self.is_target(step, *id),
            Call::Remove { id } => step.kind == Kind::Remove && self.is_target(step, *id),
            Call::UpdatePeerUrls { id, peer_urls } => {
                let back = self.plan.base.members.iter().find(|base| base.id == *id);
                let retreats = back.is_some_and(|base| base.peer_urls == *peer_urls);
                self.is_target(step, *id)
                    && (step.kind == Kind::UpdatePeerUrls && urls == Some(peer_urls)
                        || step.kind == Kind::MoveData && retreats)
            }
            Call::MoveLeader { to } => match step.kind {
                Kind::MoveLeader => {
                    let named = step.parameters.to.as_ref();
                    named.is_some_and(|named| named.member_id.is_none_or(|id| id == *to))
                }
                Kind::Remove | Kind::Stop | Kind::Restart => !self.is_target(step, *to),
                Kind::AddLearner
                | Kind::Start
                | Kind::Promote
                | Kind::UpdatePeerUrls
                | Kind::MoveData
                | Kind::Wipe
                | Kind::Backup
                | Kind::PutAside
                | Kind::Restore
                | Kind::ForceNew
                | Kind::Relay
                | Kind::EndRelay => false,
            },
        }
    }

    /// Whether a step is about this member: by its id, or as the one that the plan adds where it is.
    fn is_target(&self, step: &Step, id: MemberId) -> bool {
        let is_new = self.plan.base.members.iter().all(|base| base.id != id);
        let added = step.parameters.peer_urls.as_ref().map(Place::of);
        let place = self.before.entry(id).map(|entry| entry.place);
        match step.member_id {
            Some(of) => of == id,
            // Somebody else may have moved it since it was looked at.
            None => is_new && (!self.fresh || place.is_none_or(|place| Some(place) == added)),
        }
    }

    /// It is the step's action, and what it ends or clears is its member's, or no member's.
    fn action_belongs_to(&self, action: &HostAction, step: &Step) -> bool {
        let retreats = step.kind == Kind::MoveData && action.kind == HostActionKind::Start;
        let asked = host_action(step.kind) == Some(action.kind) || retreats;
        let machine = self.before.machines.get(&machine(&action.place.host));
        let is_own = |id: MemberId| self.is_target(step, id) || self.before.entry(id).is_none();
        let own = match action.kind {
            HostActionKind::Stop | HostActionKind::Restart => {
                let process = machine.and_then(|machine| machine.process.as_ref());
                process.is_none_or(|process| is_own(process.id))
            }
            HostActionKind::Wipe => machine.and_then(|machine| machine.data).is_none_or(is_own),
            HostActionKind::Start | HostActionKind::MoveData => true,
            // No plan of a cluster that has a quorum does that.
            HostActionKind::Check
            | HostActionKind::PutAside
            | HostActionKind::Restore
            | HostActionKind::ForceNew
            | HostActionKind::Relay
            | HostActionKind::EndRelay => false,
        };
        asked && own && action.step == step.id.to_string()
    }
}
