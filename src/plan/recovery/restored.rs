//! The cluster when the recovery is done, and the plan from there back to full size.

use crate::amount::Size;
use crate::member::Role;
use crate::observation::{Condition, FORMAT_VERSION, LiveMember, Observation, Status, Witness};
use crate::plan::recovery::Options;
use crate::plan::recovery::roster::Roster;
use crate::plan::recovery::ways::Seed;
use crate::plan::{self, Dependency, Plan, StepId};
use crate::version::Version;

/// Which etcd is assumed where nothing says it: one that takes one learner at a time.
const ASSUMED: Version = Version::new(3, 4, 0);

/// One member, alone and healthy.
pub(super) fn observation(roster: &Roster<'_>, seed: &Seed) -> Observation {
    let before = roster.remains.seen.as_ref();
    let runs = before.and_then(|seen| {
        let statuses = seen.members.iter().filter_map(LiveMember::status);
        statuses.map(|status| status.version).max()
    });
    let version = roster.topology.cluster.version.or(runs).unwrap_or(ASSUMED);
    let endpoint = seed.spec.client_urls.first();
    let status = Status {
        endpoint: endpoint.map(ToString::to_string).unwrap_or_default(),
        version,
        leader: Some(seed.member),
        linearizable: Witness::Yes,
        term: 1,
        raft_index: 1,
        applied_index: 1,
        db_size: before.and_then(Observation::db_size).unwrap_or(Size(0)),
        started_at: None,
    };
    Observation {
        format_version: FORMAT_VERSION.to_owned(),
        observed_at: roster.remains.looked_at.clone(),
        cluster_id: seed.cluster,
        members: vec![LiveMember {
            id: seed.member,
            name: Some(seed.spec.name.clone()),
            peer_urls: seed.spec.peer_urls.clone(),
            client_urls: seed.spec.client_urls.clone(),
            role: Role::Voter,
            condition: Condition::Running(status),
            seen_by_leader: Witness::Unknown,
            seen_by_peers: Witness::Unknown,
            peer_port: Witness::Yes,
        }],
        leader: Some(seed.member),
        disturbances: [].into(),
        cluster_version: Some(Version::new(version.major, version.minor, 0)),
    }
}

/// The plan from there, with its steps numbered behind those of the recovery.
pub(super) fn plan(
    roster: &Roster<'_>,
    options: &Options,
    restored: &Observation,
    behind: usize,
) -> Plan {
    let mut topology = roster.topology.clone();
    // The file may pin the old cluster and its members: they are no more.
    topology.cluster.id = None;
    for member in &mut topology.members {
        member.id = None;
    }
    // What is saved before everything else is the old data, put aside.
    topology.policy.backup = crate::topology::Backup::None;
    let options = plan::Options {
        source: options.source.clone(),
        ..plan::Options::default()
    };
    let mut then = plan::build(&topology, restored, &options);
    let shift = |StepId(number): StepId| StepId(number + behind);
    for step in &mut then.steps {
        step.id = shift(step.id);
        for dependency in &mut step.depends_on {
            dependency.step = shift(dependency.step);
        }
        if step.depends_on.is_empty() {
            step.depends_on.push(Dependency {
                step: StepId(behind),
                why: "there is a cluster again".to_owned(),
            });
        }
    }
    // That nothing can be lost is what this is about.
    then.diagnostics
        .retain(|diagnostic| diagnostic.steps.is_empty());
    then
}
