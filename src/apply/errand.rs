//! What a driver is told for a step, from the plan and the cluster as it is now.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::action::Kind;
use crate::apply::host_action::{ExpectedData, HostAction, Membership, Place, Settings};
use crate::apply::locate;
use crate::member::MemberName;
use crate::observation::{LiveMember, Observation};
use crate::plan::{BaseMember, MemberFacts, Plan, Step, host_action};
use crate::topology::{HostActionKind, MemberSpec};
use crate::url::{Url, Urls};

/// The driver's errand for a step; none where etcd's API performs it.
pub fn of(plan: &Plan, step: &Step, observation: &Observation) -> Option<HostAction> {
    let kind = host_action(step.kind)?;
    let base = step
        .member_id
        .and_then(|id| plan.base.members.iter().find(|base| base.id == id));
    let leaves = base.is_some_and(|base| leaves(plan, base));
    let spec = match base.filter(|_| leaves) {
        Some(base) => entry_in_its_place(plan, base),
        None => member_named(plan, &step.member),
    };
    let wanted = spec.map(|spec| wanted_place(spec, step));
    let old = base.map(|base| old_place(plan, base, spec, step));
    let is_old = leaves || step.kind == Kind::Stop;
    let place = if is_old {
        old.clone().or_else(|| wanted.clone())
    } else {
        wanted.clone().or_else(|| old.clone())
    };
    let place = place?;
    let member = spec.map(|spec| spec.name.clone()).filter(|_| !leaves);
    let member = member
        .or_else(|| base.and_then(|base| base.name.clone()))
        .or_else(|| MemberName::observed(&step.member))?;
    let live = locate::target(plan, step, observation);
    let mut settings = settings(plan, spec, step, &member, observation);
    if let Some(base) = base.filter(|_| is_old) {
        settings.client_urls = base.client_urls.clone();
    }
    if leaves {
        settings.listen_peer_urls = Urls::default();
        settings.listen_client_urls = Urls::default();
    }
    Some(HostAction {
        kind,
        step: step.id.to_string(),
        plan_id: plan.plan_id.clone(),
        cluster: plan.cluster.name.clone(),
        member_id: step.member_id.or_else(|| live.map(|live| live.id)),
        membership: match live {
            Some(_) => Membership::Listed,
            None => Membership::Removed,
        },
        previous: previous(step, old.as_ref().unwrap_or(&place)),
        settings,
        data: expected_data(plan, step, observation),
        vars: spec.map_or_else(
            || plan.topology.host.vars.clone(),
            |spec| spec.host.vars.clone(),
        ),
        member,
        place,
        rescue: None,
    })
}

/// Whether the plan removes the member: what is done to it then is done to what
/// it was, whatever of its name or host other members take over.
fn leaves(plan: &Plan, base: &BaseMember) -> bool {
    let removes = |step: &Step| step.kind == Kind::Remove && step.member_id == Some(base.id);
    plan.steps.iter().any(removes)
}

/// The entry that a new member takes this one's place with, on the same host:
/// the only one that says something of where a member that leaves has been.
fn entry_in_its_place<'p>(plan: &'p Plan, base: &BaseMember) -> Option<&'p MemberSpec> {
    let id = |facts: &MemberFacts| facts.id == Some(base.id);
    let change = plan
        .changes
        .iter()
        .find(|change| change.before.as_ref().is_some_and(id))?;
    let name = change.after.as_ref()?.name.as_ref()?;
    member_named(plan, name.as_str()).filter(|spec| spec.peer_urls.shares_host(&base.peer_urls))
}

fn member_named<'p>(plan: &'p Plan, name: &str) -> Option<&'p MemberSpec> {
    let mut members = plan.topology.members.iter();
    members.find(|spec| spec.name.as_str() == name)
}

/// The driver's errand that ends the process which a step has started or waits for.
pub(super) fn stop_of(plan: &Plan, step: &Step, observation: &Observation) -> Option<HostAction> {
    let starts = |other: &&Step| {
        let is_same = other.member == step.member && other.member_id == step.member_id;
        is_same && other.kind == Kind::Start
    };
    let start = plan.steps.iter().find(starts)?;
    Some(HostAction {
        kind: HostActionKind::Stop,
        data: ExpectedData::Any,
        step: step.id.to_string(),
        ..of(plan, start, observation)?
    })
}

/// The driver's errand that starts a member where it was, after a move that failed.
pub(super) fn back(
    plan: &Plan,
    step: &Step,
    base: &BaseMember,
    observation: &Observation,
) -> Option<HostAction> {
    let errand = of(plan, step, observation)?;
    let place = errand.previous;
    // The file knows the new place only; etcd listens on addresses, never on names.
    let is_address = |url: &Url| url.host().parse::<IpAddr>().is_ok();
    let listen = |old: &Urls, new: Urls| {
        if old.iter().all(is_address) {
            old.clone()
        } else {
            new
        }
    };
    let settings = errand.settings;
    Some(HostAction {
        kind: HostActionKind::Start,
        member: base.name.clone().unwrap_or(errand.member),
        previous: place.clone(),
        settings: Settings {
            client_urls: base.client_urls.clone(),
            listen_peer_urls: listen(&place.peer_urls, settings.listen_peer_urls),
            listen_client_urls: listen(&base.client_urls, settings.listen_client_urls),
            ..settings
        },
        data: ExpectedData::Present,
        place,
        ..errand
    })
}

/// What must be in the data directory of a process that is started.
///
/// A member has data from the moment it has published its name, whether this
/// run added it or an earlier one: it is never started on an empty directory.
fn expected_data(plan: &Plan, step: &Step, observation: &Observation) -> ExpectedData {
    let named = locate::target(plan, step, observation).is_some_and(|live| live.name.is_some());
    match step.kind {
        Kind::Start | Kind::Restart if named => ExpectedData::Present,
        Kind::Start | Kind::Restart => ExpectedData::Empty,
        Kind::AddLearner
        | Kind::Promote
        | Kind::MoveLeader
        | Kind::UpdatePeerUrls
        | Kind::MoveData
        | Kind::Stop
        | Kind::Remove
        | Kind::Wipe
        | Kind::Backup
        | Kind::PutAside
        | Kind::Restore
        | Kind::ForceNew
        | Kind::Relay
        | Kind::EndRelay => ExpectedData::Any,
    }
}

fn wanted_place(spec: &MemberSpec, step: &Step) -> Place {
    Place {
        member: spec.name.to_string(),
        host: spec.host.address.clone(),
        peer_urls: step
            .parameters
            .peer_urls
            .clone()
            .unwrap_or_else(|| spec.peer_urls.clone()),
        data_dir: spec.host.data_dir.clone(),
    }
}

/// Where a listed member runs: the live cluster knows no hosts, so the host is
/// the one of its peer URL, unless the file still has the member there.
fn old_place(plan: &Plan, base: &BaseMember, spec: Option<&MemberSpec>, step: &Step) -> Place {
    let there = spec.filter(|spec| spec.peer_urls.shares_host(&base.peer_urls));
    let host = || {
        step.parameters
            .previous_host
            .clone()
            .unwrap_or_else(|| base.peer_urls.first_host().to_owned())
    };
    Place {
        member: base
            .name
            .as_ref()
            .map_or_else(|| step.member.clone(), ToString::to_string),
        host: match there {
            Some(spec) if step.parameters.previous_host.is_none() => spec.host.address.clone(),
            Some(_) | None => host(),
        },
        peer_urls: match &step.parameters.previous_host {
            // A move that was begun: the list has the new URLs, and the process the old ones.
            Some(host) if base.peer_urls.iter().all(|url| url.host() != host) => {
                base.peer_urls.iter().map(|url| url.on_host(host)).collect()
            }
            Some(_) | None => base.peer_urls.clone(),
        },
        data_dir: spec.map_or_else(
            || plan.topology.host.data_dir.clone(),
            |spec| spec.host.data_dir.clone(),
        ),
    }
}

fn previous(step: &Step, old: &Place) -> Place {
    let urls = step.parameters.previous_peer_urls.clone();
    let host = step.parameters.previous_host.clone();
    Place {
        member: old.member.clone(),
        host: host.unwrap_or_else(|| old.host.clone()),
        peer_urls: urls.unwrap_or_else(|| old.peer_urls.clone()),
        data_dir: old.data_dir.clone(),
    }
}

fn settings(
    plan: &Plan,
    spec: Option<&MemberSpec>,
    step: &Step,
    member: &MemberName,
    observation: &Observation,
) -> Settings {
    let initial_cluster = initial_cluster(plan, step, member, observation);
    let live = locate::target(plan, step, observation);
    let runs = live
        .and_then(LiveMember::status)
        .map(|status| status.version);
    let wanted = step.parameters.version;
    let version = wanted.filter(|wanted| runs != Some(*wanted));
    match spec {
        Some(spec) => Settings {
            initial_cluster,
            client_urls: spec.client_urls.clone(),
            listen_peer_urls: spec.host.listen_peer_urls.clone(),
            listen_client_urls: spec.host.listen_client_urls.clone(),
            wal_dir: spec.host.wal_dir.clone(),
            env: spec.host.env.clone(),
            version,
            ..Settings::default()
        },
        None => Settings {
            initial_cluster,
            client_urls: step.parameters.client_urls.clone().unwrap_or_default(),
            wal_dir: plan.topology.host.wal_dir.clone(),
            env: plan.topology.host.env.clone(),
            version,
            ..Settings::default()
        },
    }
}

/// Every listed member with every peer URL.
///
/// A joiner finds itself and the others by URL only, the count must be exact,
/// and its own name must stand once (ETCD 0.10): any other member of that
/// name, and any without one, goes by its id.
fn initial_cluster(
    plan: &Plan,
    step: &Step,
    member: &MemberName,
    observation: &Observation,
) -> String {
    let own = locate::target(plan, step, observation).map(|live| live.id);
    let mut used = BTreeSet::from([member.to_string()]);
    let mut entries = Vec::new();
    for live in &observation.members {
        let name = match &live.name {
            _ if Some(live.id) == own => member.to_string(),
            Some(name) if used.insert(name.to_string()) => name.to_string(),
            Some(_) | None => live.id.to_string(),
        };
        entries.extend(live.peer_urls.iter().map(|url| format!("{name}={url}")));
    }
    entries.join(",")
}
