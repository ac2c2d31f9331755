//! Where runs are written down, and which of them a new one goes on with.

use std::env;
use std::path::{Path, PathBuf};

use crate::action::Kind;
use crate::apply::darkness;
use crate::apply::halt::Halt;
use crate::apply::passage::Passage;
use crate::apply::position;
use crate::diff::Requests;
use crate::journal::Run;
use crate::observation::Observation;
use crate::plan::{Override, Step, StepId};
use crate::topology::Topology;

use super::exit::Exit;
use super::failure::Failure;
use super::outcome;

/// `$ETCDPLAN_STATE_DIR`, else `$XDG_STATE_HOME/etcdplan`, else `~/.local/state/etcdplan`.
pub(super) fn folder() -> Result<PathBuf, Failure> {
    let path = |name: &str| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let folder = path("ETCDPLAN_STATE_DIR")
        .or_else(|| Some(path("XDG_STATE_HOME")?.join("etcdplan")))
        .or_else(|| Some(path("HOME")?.join(".local/state/etcdplan")));
    folder.ok_or_else(|| {
        let reason = "neither XDG_STATE_HOME nor HOME is set".to_owned();
        Failure::new(Exit::Error, outcome::error(&Halt::Unrecorded { reason }))
    })
}

/// What a new run finds of an earlier one.
#[derive(Debug, Default)]
pub(super) struct Earlier {
    /// The run that it goes on with.
    pub(super) unfinished: Option<Run>,
    /// What nobody will do any more: steps on hosts that a run left undone and no plan can see.
    pub(super) left_behind: Vec<String>,
}

/// What was asked for: a run goes on only with one that was asked for the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) topology: &'a Topology,
    pub(super) requests: &'a Requests,
    pub(super) allow_outage: bool,
}

impl Asked<'_> {
    fn is_of(&self, run: &Run) -> bool {
        // As documents: where an entry stands in the file is no part of what is wanted.
        let document = |topology: &Topology| serde_json::to_value(topology).ok();
        // A recovery is performed as it was reviewed, and by its own rules.
        run.plan.recovery.is_none()
            && document(&run.plan.topology) == document(self.topology)
            && run.plan.requests == *self.requests
            && run.plan.overrides.contains(&Override::AllowOutage) == self.allow_outage
    }
}

/// Looks for a run of the same topology that was stopped before its end.
pub(super) fn earlier(state: &Path, asked: Asked<'_>, live: &Observation) -> Earlier {
    // A journal that cannot be read is no reason not to plan: losing it makes no run unsafe.
    let Ok(Some(run)) = Run::last_of(state, live.cluster_id) else {
        return Earlier::default();
    };
    if run.is_complete {
        return Earlier::default();
    }
    if asked.is_of(&run) && goes_on(&run, live) {
        return Earlier {
            unfinished: Some(run),
            left_behind: Vec::new(),
        };
    }
    Earlier {
        unfinished: None,
        left_behind: left_behind(&run, live),
    }
}

/// The run that has taken its own cluster below quorum, where nobody answers.
pub(super) fn in_the_dark(state: &Path, asked: Asked<'_>) -> Option<Run> {
    let runs = Run::last_of_each(state).ok()?;
    let is_dark = |run: &Run| darkness::of(&run.plan, &run.record, "").is_some();
    runs.into_iter()
        .find(|run| !run.is_complete && asked.is_of(run) && is_dark(run))
}

/// Whether a run has begun, is where its journal says, and has something left to do.
fn goes_on(run: &Run, live: &Observation) -> bool {
    if Passage::of(&run.plan).place(live).is_none() {
        return false;
    }
    let position = position::of(&run.plan, live, &run.record);
    let begun = position.begun || run.record.last().is_some();
    let is_ahead = |last: StepId| last.0 > position.next;
    begun && position.next < run.plan.steps.len() && !run.record.last().is_some_and(is_ahead)
}

/// Steps on the hosts of members that were removed: the member list does not show them any more.
fn left_behind(run: &Run, live: &Observation) -> Vec<String> {
    let removed = |step: &&Step| {
        let id = step.member_id.filter(|id| live.member(*id).is_none());
        id.is_some() && run.plan.base.members.iter().any(|base| Some(base.id) == id)
    };
    let steps = run.plan.steps.iter().filter(removed);
    let undone = steps.filter(|step| {
        matches!(step.kind, Kind::Stop | Kind::Wipe) && !run.record.is_done(step.id)
    });
    undone
        .map(|step| {
            let host = step.parameters.previous_host.clone();
            let base = run.plan.base.members.iter();
            let urls = base.filter(|base| Some(base.id) == step.member_id);
            let urls: Vec<_> = urls.map(|base| base.peer_urls.to_string()).collect();
            format!(
                "{} {}, which was at {}",
                step.kind,
                step.member,
                host.unwrap_or_else(|| urls.join(","))
            )
        })
        .collect()
}
