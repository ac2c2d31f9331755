//! Runs that do what they must not: the laws must notice each of them.

use etcdplan::action::Kind;
use etcdplan::apply::gate::{self, Gate};
use etcdplan::apply::host_action::{ExpectedData, HostAction};
use etcdplan::apply::{Call, route};
use etcdplan::observation::{LiveMember, Observation};
use etcdplan::plan::Step;

use crate::course::saved;
use crate::run::{Errand, Run};

/// What is wrong with a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sabotage {
    /// Nothing.
    None,
    /// It removes while the gate is closed.
    RemovesBehindTheGate,
    /// It promotes while the gate is closed.
    PromotesBehindTheGate,
    /// It stops and restarts while the gate is closed.
    StopsBehindTheGate,
    /// It removes a leader that leads.
    RemovesTheLeader,
    /// It removes another member than its step says.
    RemovesAnother,
    /// It restarts a member on a machine that has none of its data.
    RestartsElsewhere,
    /// It never starts a process.
    NeverStarts,
    /// A backup is taken for made that is not.
    SkipsTheBackup,
}

impl Sabotage {
    /// The run as it is after its look, if it is sabotaged so.
    pub(crate) fn distort(self, run: &Run, look: &Observation) -> Run {
        let distorted = run.step().and_then(|step| self.at(run, step, look));
        distorted.unwrap_or_else(|| run.clone())
    }

    fn at(self, run: &Run, step: &Step, look: &Observation) -> Option<Run> {
        let judged = gate::judge(run.plan(), step, look);
        let is_closed = matches!(judged, Gate::Closed(_));
        let sends = |call: Call| {
            let via = route::of(run.plan(), step, look)?;
            Some(run.with_errand(Errand::Call { via, call }))
        };
        let acts = run.errand().is_some();
        match (self, step.kind) {
            (Self::RemovesBehindTheGate, Kind::Remove) if is_closed => sends(Call::Remove {
                id: step.member_id?,
            }),
            (Self::PromotesBehindTheGate, Kind::Promote) if is_closed => {
                let urls = step.parameters.peer_urls.as_ref()?;
                let id = listed(look, |live| live.peer_urls == *urls)?.id;
                sends(Call::Promote { id })
            }
            (Self::StopsBehindTheGate, Kind::Stop | Kind::Restart) if is_closed => run.forced(look),
            (Self::RemovesTheLeader, Kind::Remove) if step.member_id == look.leader => {
                sends(Call::Remove {
                    id: step.member_id?,
                })
            }
            (Self::RemovesAnother, Kind::Remove) if acts => {
                let is_other = |live: &LiveMember| {
                    Some(live.id) != step.member_id && Some(live.id) != look.leader
                };
                let id = listed(look, is_other)?.id;
                sends(Call::Remove { id })
            }
            (Self::RestartsElsewhere, Kind::Restart) => match run.errand()? {
                Errand::Host(action) => {
                    let mut action = HostAction::clone(action);
                    "10.0.0.38".clone_into(&mut action.place.host);
                    action.data = ExpectedData::Any;
                    Some(run.with_errand(Errand::Host(Box::new(action))))
                }
                Errand::Call { .. } | Errand::Backup(_) => None,
            },
            (Self::SkipsTheBackup, Kind::Backup) => match run.errand()? {
                Errand::Backup(order) => Some(run.deceived(saved(order))),
                Errand::Call { .. } | Errand::Host(_) => None,
            },
            (Self::NeverStarts, Kind::Start) if acts => Some(run.idle()),
            _ => None,
        }
    }
}

fn listed(look: &Observation, is: impl Fn(&LiveMember) -> bool) -> Option<&LiveMember> {
    look.members.iter().find(|live| is(live))
}
