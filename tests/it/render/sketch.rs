//! Plans built by hand, from a few words for each member and step.

use etcdplan::action::Kind;
use etcdplan::amount::Size;
use etcdplan::diff::Requests;
use etcdplan::member::{ClusterId, MemberId, MemberName, Role};
use etcdplan::observation::Health;
use etcdplan::plan::{
    Base, BaseMember, ChangeAction, ChangeRecord, ClusterRef, Dependency, MemberFacts, Parameters,
    Performer, Plan, Source, Step, StepId, Successor,
};
use etcdplan::quorum::Standing;
use etcdplan::topology::{MemberSpec, Policy, Topology};
use etcdplan::url::Urls;

/// Peer and client URL of a host.
pub(crate) fn urls(host: &str) -> (Urls, Urls) {
    let url = |port: u16| Urls::observed(&[format!("https://{host}:{port}")]);
    (url(2380), url(2379))
}

/// How many voters there are, and how many are healthy.
pub(crate) fn standing(voters: usize, healthy: usize) -> Standing {
    Standing { voters, healthy }
}

/// A cluster of voters at `10.0.4.11` and on; the second leads.
pub(crate) fn cluster(names: &[&str]) -> Plan {
    let members = names.iter().zip(11u32..).map(|(name, number)| {
        let (peer_urls, client_urls) = urls(&format!("10.0.4.{number}"));
        BaseMember {
            id: MemberId::new(0x8e9e_05c5_2164_6900 + u64::from(number)),
            name: MemberName::observed(name),
            peer_urls,
            client_urls,
            role: Role::Voter,
            health: Health::Healthy,
            leader: number == 12,
            version: "3.6.5".parse().ok(),
        }
    });
    let base = Base {
        fingerprint: "sha256:0".to_owned(),
        members: members.collect(),
        version: "3.6.5".parse().ok(),
        db_size: Some(Size(412 << 20)),
        disturbances: Vec::new(),
    };
    Plan {
        format_version: "1.0".to_owned(),
        plan_id: "9f2c41d000000000".to_owned(),
        created_at: "2026-11-23T12:04:07Z".to_owned(),
        source: Source {
            file: "clusters/prod-eu1.yaml".to_owned(),
            sha256: String::new(),
        },
        topology: topology(&base),
        cluster: ClusterRef {
            name: "prod-eu1".to_owned(),
            id: Some(ClusterId::new(0xcdf8_1819_4e3a_8c32)),
        },
        base,
        requests: Requests::default(),
        zones: Vec::new(),
        overrides: Vec::new(),
        has_changes: false,
        applyable: true,
        summary: etcdplan::plan::Summary::default(),
        changes: Vec::new(),
        steps: Vec::new(),
        clients: etcdplan::plan::Clients::default(),
        refusals: Vec::new(),
        diagnostics: Vec::new(),
        recovery: None,
    }
}

fn topology(base: &Base) -> Topology {
    let specs = base.members.iter().map(|member| MemberSpec {
        name: member
            .name
            .clone()
            .expect("every member of a sketch has started"),
        peer_urls: member.peer_urls.clone(),
        client_urls: member.client_urls.clone(),
        zone: None,
        role: Role::Voter,
        id: None,
        data: etcdplan::topology::DataPolicy::Auto,
        protect: false,
        host: etcdplan::topology::Host {
            address: String::new(),
            data_dir: None,
            wal_dir: None,
            listen_peer_urls: Urls::default(),
            listen_client_urls: Urls::default(),
            env: std::collections::BTreeMap::new(),
            vars: std::collections::BTreeMap::new(),
        },
        line: 0,
    });
    Topology {
        cluster: etcdplan::topology::ClusterSpec {
            name: "prod-eu1".to_owned(),
            id: None,
            version: None,
        },
        connect: etcdplan::topology::Connect::default(),
        driver: etcdplan::topology::Driver::Manual,
        host: etcdplan::topology::HostDefaults::default(),
        members: specs.collect(),
        policy: Policy::default(),
    }
}

/// Adds a change; `before` is the name of a live member, `after` a name and a host.
pub(crate) fn change(
    plan: &mut Plan,
    action: ChangeAction,
    before: Option<&str>,
    after: Option<(&str, &str)>,
    line: Option<usize>,
) {
    let is = |member: &&BaseMember| {
        member.name.as_ref().map(MemberName::as_str) == before && before.is_some()
    };
    let present = plan.base.members.iter().find(is);
    let seen = present.map(|live| MemberFacts {
        id: Some(live.id),
        name: live.name.clone(),
        peer_urls: live.peer_urls.clone(),
        client_urls: live.client_urls.clone(),
        role: live.role,
    });
    let replaces = matches!(action, ChangeAction::Add | ChangeAction::Replace);
    let wanted = after.map(|(name, host)| {
        let (peer_urls, client_urls) = urls(host);
        MemberFacts {
            id: present.map(|live| live.id).filter(|_| !replaces),
            name: MemberName::observed(name),
            peer_urls,
            client_urls,
            role: Role::Voter,
        }
    });
    let name = wanted
        .as_ref()
        .or(seen.as_ref())
        .and_then(|facts| facts.name.as_ref());
    plan.changes.push(ChangeRecord {
        member: name.map(ToString::to_string).unwrap_or_default(),
        action,
        reason: "because".to_owned(),
        line,
        before: seen,
        after: wanted,
    });
    plan.has_changes = true;
}

/// Adds a step, which begins where the one before it ends; `live`: the member is there already.
pub(crate) fn step<'a>(
    plan: &'a mut Plan,
    kind: Kind,
    member: &str,
    lowest: Standing,
    after: Standing,
) -> &'a mut Step {
    let now = Standing {
        voters: plan.base.members.len(),
        healthy: plan
            .base
            .members
            .iter()
            .filter(|m| m.health == Health::Healthy)
            .count(),
    };
    let is = |live: &&BaseMember| live.name.as_ref().map(MemberName::as_str) == Some(member);
    let member_id = plan.base.members.iter().find(is).map(|live| live.id);
    let id = StepId(plan.steps.len() + 1);
    let depends_on = match id.0 {
        1 => Vec::new(),
        number => vec![Dependency {
            step: StepId(number - 1),
            why: "one at a time".to_owned(),
        }],
    };
    let by = match etcdplan::plan::host_action(kind) {
        Some(_) => Performer::Driver,
        None => Performer::Api,
    };
    let before = plan.steps.last().map_or(now, |step| step.after);
    plan.steps.push(Step {
        id,
        kind,
        member: member.to_owned(),
        member_id,
        parameters: Parameters::default(),
        depends_on,
        reason: "because".to_owned(),
        by,
        conditions: Vec::new(),
        before,
        lowest,
        after,
    });
    let steps = plan.steps.iter();
    plan.summary.steps = plan.steps.len();
    plan.summary.min_can_lose = steps.map(|step| step.lowest.can_lose()).min().unwrap_or(0);
    plan.steps.last_mut().expect("just added")
}

/// Who takes leadership in a step.
pub(crate) fn successor(name: &str) -> Successor {
    Successor {
        member: name.to_owned(),
        member_id: None,
    }
}

/// The live member of this name.
pub(crate) fn live<'a>(plan: &'a mut Plan, name: &str) -> &'a mut BaseMember {
    let is = |live: &&mut BaseMember| live.name.as_ref().map(MemberName::as_str) == Some(name);
    let mut members = plan.base.members.iter_mut();
    members.find(is).expect("a member of the sketch")
}
