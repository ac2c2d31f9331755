//! What a driver is told in a recovery: members are where the file has them.

use crate::action::Kind;
use crate::apply::host_action::{ExpectedData, HostAction, Membership, Place, Rescue, Settings};
use crate::plan::recovery::{Recovery, RestoredFrom};
use crate::plan::{Plan, Step, host_action};
use crate::topology::{HostActionKind, MemberSpec, Topology};

/// The driver's errand for a step of a recovery.
pub fn errand(plan: &Plan, recovery: &Recovery, step: &Step) -> Option<HostAction> {
    let kind = host_action(step.kind)?;
    let spec = member_named(&plan.topology, &step.member)?;
    let rescue = recovery.rebirth.as_ref().map(|rebirth| Rescue {
        old_cluster: plan.cluster.id,
        new_cluster: rebirth.cluster_id,
        token: rebirth.token.clone(),
        aside: rebirth.aside.clone(),
        backup: match &rebirth.from {
            RestoredFrom::Member(_) => None,
            RestoredFrom::Backup { path, .. } => Some(path.clone()),
        },
        revision_bump: rebirth.revision_bump,
    });
    let begins = recovery.rebirth.is_some();
    let members = plan.topology.members.iter();
    let members = members.filter(|other| !begins || other.name == spec.name);
    let entries = members.flat_map(|other| {
        let urls = other.peer_urls.iter();
        urls.map(|url| format!("{}={url}", other.name))
    });
    let base = at(&plan.topology, spec, kind);
    Some(HostAction {
        step: step.id.to_string(),
        plan_id: plan.plan_id.clone(),
        member_id: step.member_id,
        settings: Settings {
            initial_cluster: entries.collect::<Vec<_>>().join(","),
            client_urls: spec.client_urls.clone(),
            listen_peer_urls: spec.host.listen_peer_urls.clone(),
            listen_client_urls: spec.host.listen_client_urls.clone(),
            wal_dir: spec.host.wal_dir.clone(),
            env: spec.host.env.clone(),
            ..Settings::default()
        },
        data: if step.kind == Kind::Start {
            ExpectedData::Present
        } else {
            ExpectedData::Any
        },
        rescue,
        previous: previous(plan, step, &base.place),
        ..base
    })
}

/// Where the members look for it.
fn previous(plan: &Plan, step: &Step, place: &Place) -> Place {
    let mut members = plan.base.members.iter();
    let old = members.find(|old| Some(old.id) == step.member_id);
    let old = old.filter(|old| old.peer_urls != place.peer_urls && !old.peer_urls.is_empty());
    old.map_or_else(
        || place.clone(),
        |old| Place {
            host: old.peer_urls.first_host().to_owned(),
            peer_urls: old.peer_urls.clone(),
            ..place.clone()
        },
    )
}

/// The errand that looks at the place of a step's member.
pub fn check(topology: &Topology, member: &str) -> Option<HostAction> {
    let spec = member_named(topology, member)?;
    Some(at(topology, spec, HostActionKind::Check))
}

fn at(topology: &Topology, spec: &MemberSpec, kind: HostActionKind) -> HostAction {
    let place = Place {
        member: spec.name.to_string(),
        host: spec.host.address.clone(),
        peer_urls: spec.peer_urls.clone(),
        data_dir: spec.host.data_dir.clone(),
    };
    HostAction {
        kind,
        step: String::new(),
        plan_id: String::new(),
        cluster: topology.cluster.name.clone(),
        member: spec.name.clone(),
        member_id: None,
        membership: Membership::Listed,
        previous: place.clone(),
        place,
        settings: Settings {
            wal_dir: spec.host.wal_dir.clone(),
            ..Settings::default()
        },
        data: ExpectedData::Any,
        vars: spec.host.vars.clone(),
        rescue: None,
    }
}

fn member_named<'t>(topology: &'t Topology, name: &str) -> Option<&'t MemberSpec> {
    let mut members = topology.members.iter();
    members.find(|spec| spec.name.as_str() == name)
}
