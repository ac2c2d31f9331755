//! From a topology and an observation to a plan.

use crate::action::Kind;
use crate::diff::{self, Change, Requests};
use crate::model::ClusterModel;
use crate::observation::{LiveMember, Observation};
use crate::plan::layout::{self, Layout};
use crate::plan::step_writer::StepWriter;
use crate::plan::{
    Base, BaseMember, ChangeRecord, ClusterRef, Diagnostic, FORMAT_VERSION, MemberFacts, Override,
    Performer, Plan, Source, Step, Summary, advice, clients, digest, refusal, zones,
};
use crate::quorum::Standing;
use crate::safety::{Limits, Outage};
use crate::topology::{MemberSpec, Topology};

/// What a plan is made with, beside the topology and the observation.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The file, for the record.
    pub source: Source,
    /// What was asked for beyond the file.
    pub requests: Requests,
    /// Whether an outage is allowed.
    pub outage: Outage,
    /// Warnings about the file.
    pub warnings: Vec<Diagnostic>,
}

/// Makes the plan.
pub fn build(topology: &Topology, observation: &Observation, options: &Options) -> Plan {
    let diff = diff::between(topology, observation, &options.requests);
    let limits = Limits::new(&topology.policy, options.outage);
    let start = ClusterModel::observed(observation, topology.policy.max_learner_lag);
    let mut refusals: Vec<_> = diff.blocked.iter().map(refusal::of_blocked).collect();
    let mut layout = Layout::default();
    if refusals.is_empty() {
        match layout::lay_out(topology, observation, &diff.changes, &limits, &start) {
            Ok(found) => layout = found,
            Err(found) => refusals = found,
        }
    }
    let writer = StepWriter {
        topology,
        observation,
        changes: &diff.changes,
        layout: &layout,
    };
    let steps = writer.steps();
    for refusal in &mut refusals {
        refusal::name_ids(refusal, observation);
    }
    let mut diagnostics = options.warnings.clone();
    let advice = advice::all(topology, observation, &diff.changes, &layout, &steps);
    diagnostics.extend(advice);
    let zones = zones::outlooks(topology, observation, &start, &layout);
    diagnostics.extend(zones::warning(topology, &zones, &steps));
    let mut plan = Plan {
        format_version: FORMAT_VERSION.to_owned(),
        plan_id: String::new(),
        created_at: observation.observed_at.clone(),
        source: options.source.clone(),
        topology: topology.clone(),
        cluster: ClusterRef {
            name: topology.cluster.name.clone(),
            id: Some(observation.cluster_id),
        },
        base: base(observation),
        requests: options.requests.clone(),
        overrides: match options.outage {
            Outage::Refused => Vec::new(),
            Outage::Allowed => vec![Override::AllowOutage],
        },
        has_changes: !diff.changes.is_empty(),
        applyable: refusals.is_empty(),
        summary: summary(&diff.changes, &steps, start.standing()),
        zones,
        clients: clients::before_and_after(topology, observation, &steps),
        changes: diff.changes.iter().map(record).collect(),
        steps,
        refusals,
        diagnostics,
        recovery: None,
    };
    plan.plan_id = digest::plan_id(&plan);
    plan
}

impl Plan {
    /// Whether a process that runs is restarted, and its start time was not observed:
    /// a later one is how the restart shows.
    pub fn lacks_start_times(&self) -> bool {
        let runs = |id| {
            let mut members = self.base.members.iter();
            members.any(|base| Some(base.id) == id && base.version.is_some())
        };
        self.steps.iter().any(|step| {
            matches!(step.kind, Kind::Start | Kind::Restart)
                && step.parameters.started_before.is_none()
                && runs(step.member_id)
        })
    }
}

fn base(observation: &Observation) -> Base {
    let member = |live: &LiveMember| BaseMember {
        id: live.id,
        name: live.name.clone(),
        peer_urls: live.peer_urls.clone(),
        client_urls: live.client_urls.clone(),
        role: live.role,
        health: live.health(),
        leader: observation.leader == Some(live.id),
        version: live.status().map(|status| status.version),
    };
    Base {
        fingerprint: digest::fingerprint(observation),
        members: observation.members.iter().map(member).collect(),
        version: observation.cluster_version,
        db_size: observation.db_size(),
        disturbances: observation.disturbances.iter().cloned().collect(),
    }
}

fn summary(changes: &[Change], steps: &[Step], now: Standing) -> Summary {
    use crate::plan::ChangeAction as Name;
    let count = |counts: fn(Name) -> bool| {
        changes
            .iter()
            .filter(|change| counts(change.name()))
            .count()
    };
    Summary {
        add: count(|name| matches!(name, Name::Add | Name::Replace | Name::Demote)),
        destroy: count(|name| matches!(name, Name::Remove | Name::Replace | Name::Demote)),
        change: count(|name| {
            matches!(
                name,
                Name::Finish
                    | Name::Move
                    | Name::Readdress
                    | Name::Rename
                    | Name::Restart
                    | Name::Upgrade
            )
        }),
        steps: steps.len(),
        manual_steps: steps
            .iter()
            .filter(|step| step.by == Performer::Hand)
            .count(),
        min_can_lose: steps
            .iter()
            .map(|step| step.lowest.can_lose())
            .min()
            .unwrap_or_else(|| now.can_lose()),
    }
}

fn record(change: &Change) -> ChangeRecord {
    let before = |live: &LiveMember| MemberFacts {
        id: Some(live.id),
        name: live.name.clone(),
        peer_urls: live.peer_urls.clone(),
        client_urls: live.client_urls.clone(),
        role: live.role,
    };
    // A member that is replaced comes back under an id that nobody knows yet.
    let stays = !matches!(
        change.kind,
        diff::ChangeKind::Add { .. } | diff::ChangeKind::Replace { .. }
    );
    let after = |spec: &MemberSpec| MemberFacts {
        id: change.live().filter(|_| stays).map(|live| live.id),
        name: Some(spec.name.clone()),
        peer_urls: spec.peer_urls.clone(),
        client_urls: spec.client_urls.clone(),
        role: spec.role,
    };
    ChangeRecord {
        member: change.label(),
        action: change.name(),
        reason: change.reason.clone(),
        line: change.spec().map(|spec| spec.line),
        before: change.live().map(before),
        after: change.spec().map(after),
    }
}
