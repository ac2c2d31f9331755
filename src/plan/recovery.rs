//! The way back from a lost quorum, as a plan like any other.
//!
//! Pure. Without quorum no member can be added or removed, so a recovery works on hosts: it stops
//! what is left, puts its data aside, and begins anew from the best of it. What comes after is
//! planned as always, on the cluster that will be there then ([`restored`]). Both stand in one
//! [`Plan`]: first the steps of the recovery, then those back to full size.
//!
//! ```text
//! who is left (roster) -> which way (ways) -> its steps -> the cluster then (restored) -> plan::build
//! ```

mod belonging;
mod identity;
mod refused;
mod restored;
mod roster;
mod steps;
mod ways;
mod wording;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::amount::Size;
use crate::diff::Requests;
use crate::member::{ClusterId, MemberId, MemberName};
use crate::observation::Observation;
use crate::plan::{
    Base, Diagnostic, FORMAT_VERSION, Override, Performer, Plan, Refusal, Source, Summary, digest,
};
use crate::quorum::Standing;
use crate::remains::{Position, Remains};
use crate::topology::Topology;

use roster::Roster;
use ways::Choice;

/// By how much revisions are raised, so that no watcher or cache meets one twice: etcd's own
/// documentation suggests it, for a cluster that writes no more than this in a week.
pub const REVISION_BUMP: u64 = 1_000_000_000;

/// The code of a refusal: there is a quorum.
pub(crate) const QUORUM_EXISTS: &str = "E0480";

/// The code of a refusal: what was named as lost runs.
pub(crate) const LOST_RUNS: &str = "E0483";

/// How a cluster comes back from a lost quorum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Recovery {
    /// Which way.
    pub way: Way,
    /// Why this one.
    pub reason: String,
    /// The members that the operator has named as gone for ever.
    pub lost: Vec<MemberName>,
    /// What is left, the best first.
    pub survivors: Vec<Survivor>,
    /// What may be missing afterwards, a line each.
    pub missing: Vec<String>,
    /// How many of the plan's steps are the recovery's own: the first ones.
    pub steps: usize,
    /// The cluster that the recovery makes, where it makes one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rebirth: Option<Rebirth>,
}

/// Which way a cluster comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Way {
    /// Its processes are started where their data is: nothing is lost.
    Start,
    /// Its members have their data and new addresses, which they learn of by one that can be reached.
    Relocate,
    /// One member begins a new cluster from the data of a survivor or a backup.
    Restore,
    /// One member goes on alone where its data is, as the same cluster.
    InPlace,
}

/// A member of which something is left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Survivor {
    /// Its name.
    pub name: MemberName,
    /// Its id.
    #[serde(rename = "memberID")]
    pub member_id: MemberId,
    /// How far its log goes.
    pub last: Position,
    /// Whether its process runs.
    pub running: bool,
}

/// The cluster that a restore makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Rebirth {
    /// From what.
    pub from: RestoredFrom,
    /// The member that begins it.
    pub member: MemberName,
    /// Its `--initial-cluster-token`, from which etcd makes the ids.
    pub token: String,
    /// The new cluster's id.
    #[serde(rename = "clusterID")]
    pub cluster_id: ClusterId,
    /// What the data directories of the old cluster are called afterwards: their own name and this.
    pub aside: String,
    /// By how much revisions are raised, where etcd's program can.
    pub revision_bump: u64,
    /// The new cluster when the recovery is done, on which the rest was planned.
    pub base: Base,
}

/// What a cluster is restored from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum RestoredFrom {
    /// The data directory of this member, put aside.
    Member(MemberName),
    /// A backup.
    #[serde(rename_all = "camelCase")]
    Backup {
        /// Its file, where etcdplan runs.
        path: String,
        /// The SHA-256 of the file.
        sha256: String,
    },
}

/// A backup that the operator gives, whole as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Its file.
    pub path: String,
    /// The SHA-256 of the file.
    pub sha256: String,
    /// How long it is.
    pub size: Size,
    /// Of which cluster it is, by its name.
    pub cluster: Option<ClusterId>,
    /// When it was made, by its name.
    pub at: Option<String>,
}

/// What a recovery is planned with, beside the topology and what is left.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The file, for the record.
    pub source: Source,
    /// Warnings about the file.
    pub warnings: Vec<Diagnostic>,
    /// The members that are gone for ever.
    pub lost: BTreeSet<MemberName>,
    /// A backup to restore.
    pub backup: Option<Given>,
    /// Whether the backup may be of another cluster.
    pub foreign_backup: bool,
    /// Whether the survivor is to go on where its data is, since it cannot be restored.
    pub in_place: bool,
}

/// Plans the way back.
pub fn build(topology: &Topology, remains: &Remains, options: &Options) -> Plan {
    let roster = Roster::of(topology, remains, &options.lost);
    match ways::choose(&roster, options) {
        Ok(choice) => planned(&roster, options, &choice),
        Err(refusals) => refused(&roster, options, refusals),
    }
}

fn planned(roster: &Roster<'_>, options: &Options, choice: &Choice) -> Plan {
    let mut recovery = Recovery {
        way: choice.way(),
        reason: choice.reason(roster),
        lost: options.lost.iter().cloned().collect(),
        survivors: roster.survivors(),
        missing: choice.missing(roster, options),
        steps: 0,
        rebirth: None,
    };
    let mut steps = steps::of(roster, choice);
    recovery.steps = steps.len();
    let now = roster.standing();
    let mut plan = bare(roster, options);
    if let Choice::Restore(seed) | Choice::InPlace(seed) = choice {
        let restored = restored::observation(roster, seed);
        let then = restored::plan(roster, options, &restored, steps.len());
        recovery.rebirth = Some(Rebirth {
            from: seed.from.clone(),
            member: seed.spec.name.clone(),
            token: seed.token.clone(),
            cluster_id: seed.cluster,
            aside: seed.aside.clone(),
            revision_bump: REVISION_BUMP,
            base: then.base,
        });
        steps.extend(then.steps);
        plan.changes = then.changes;
        plan.clients.after = then.clients.after;
        plan.summary = then.summary;
        plan.refusals = then.refusals;
        plan.diagnostics.extend(then.diagnostics);
    }
    plan.applyable = plan.refusals.is_empty();
    let least = steps.iter().map(|step| step.lowest.can_lose()).min();
    plan.summary = Summary {
        steps: steps.len(),
        manual_steps: steps
            .iter()
            .filter(|step| step.by == Performer::Hand)
            .count(),
        min_can_lose: least.unwrap_or_else(|| now.can_lose()),
        ..plan.summary
    };
    plan.steps = steps;
    plan.recovery = Some(recovery);
    plan.plan_id = digest::plan_id(&plan);
    plan
}

fn refused(roster: &Roster<'_>, options: &Options, refusals: Vec<Refusal>) -> Plan {
    let mut plan = Plan {
        refusals,
        applyable: false,
        ..bare(roster, options)
    };
    plan.plan_id = digest::plan_id(&plan);
    plan
}

/// A plan without steps, on what is left.
fn bare(roster: &Roster<'_>, options: &Options) -> Plan {
    let now: Standing = roster.standing();
    Plan {
        format_version: FORMAT_VERSION.to_owned(),
        plan_id: String::new(),
        created_at: roster.remains.looked_at.clone(),
        source: options.source.clone(),
        topology: roster.topology.clone(),
        cluster: roster.cluster(options),
        base: roster.base(),
        requests: Requests::default(),
        overrides: Vec::<Override>::new(),
        has_changes: true,
        applyable: true,
        summary: Summary {
            min_can_lose: now.can_lose(),
            ..Summary::default()
        },
        changes: Vec::new(),
        steps: Vec::new(),
        zones: Vec::new(),
        clients: roster.clients(),
        refusals: Vec::new(),
        diagnostics: options.warnings.clone(),
        recovery: None,
    }
}

impl Plan {
    /// Whether what answers is the cluster that the recovery makes: none of the old members is in it but
    /// the one that it begins with.
    pub fn is_reborn(&self, seen: &Observation) -> bool {
        let Some(rebirth) = self.rebirth() else {
            return false;
        };
        let begins = |id: MemberId| rebirth.base.members.iter().any(|member| member.id == id);
        let is_old = |id: MemberId| self.base.members.iter().any(|member| member.id == id);
        let mut members = seen.members.iter().map(|member| member.id);
        seen.cluster_id == rebirth.cluster_id && members.all(|id| begins(id) || !is_old(id))
    }

    /// The cluster under whose id runs of this plan are kept: the one that is, or the one that a recovery
    /// makes where nobody knows which there was.
    pub fn kept_under(&self) -> Option<ClusterId> {
        let made = self.rebirth().map(|rebirth| rebirth.cluster_id);
        self.cluster.id.or(made)
    }

    /// The cluster that a recovery makes, if it makes one.
    pub fn rebirth(&self) -> Option<&Rebirth> {
        self.recovery.as_ref()?.rebirth.as_ref()
    }

    /// The plan of what comes after the recovery, on the cluster that it makes; none where it makes none.
    pub fn after_recovery(&self) -> Option<Self> {
        let recovery = self.recovery.as_ref()?;
        let rebirth = recovery.rebirth.as_ref()?;
        let mut then = self.clone();
        then.recovery = None;
        then.cluster.id = Some(rebirth.cluster_id);
        then.base = rebirth.base.clone();
        then.steps = self.steps.iter().skip(recovery.steps).cloned().collect();
        Some(then)
    }
}
