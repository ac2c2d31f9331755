//! What a step is called, in every output for people.

use crate::action::Kind;
use crate::observation::Health;
use crate::plan::recovery::RestoredFrom;
use crate::plan::{Performer, Plan, Step};
use crate::url::Url;

/// The title of a step: `start m4 (by hand)`.
pub fn title(plan: &Plan, step: &Step) -> String {
    let who = subject(plan, step);
    let urls = step.parameters.peer_urls.as_ref();
    let here = urls.and_then(|urls| urls.first()).map(Url::host);
    let there = step.parameters.previous_host.as_deref();
    let at = |host: Option<&str>| host.map(|host| format!(" at {host}")).unwrap_or_default();
    let at_new = at(here.filter(|_| there.is_some()));
    let what = match step.kind {
        Kind::AddLearner => format!("add {who} as learner"),
        Kind::Start => format!("start {who}{at_new}"),
        Kind::Promote => format!("promote {who} when in sync"),
        Kind::MoveLeader => {
            let to = step.parameters.to.as_ref();
            let to = to.map_or("another voter", |to| to.member.as_str());
            format!("move leadership from {who} to {to}")
        }
        Kind::UpdatePeerUrls => match urls.map(|urls| urls.iter().count()) {
            Some(2..) => format!("set the peer URLs of {who}"),
            Some(_) | None => format!("set the peer URL of {who}"),
        },
        Kind::MoveData => {
            let to = here.map(|host| format!(" to {host}")).unwrap_or_default();
            format!("copy data of {who}{to}")
        }
        Kind::Stop => format!("stop {who}{}", at(there)),
        Kind::Restart => match step.parameters.version {
            Some(version) => format!("restart {who} with etcd {version}"),
            None => format!("restart {who}"),
        },
        Kind::Remove => format!("remove {who}{}", condition(plan, step)),
        Kind::Wipe => format!("clear data of {who}"),
        Kind::Backup => format!("save a backup from {who}"),
        Kind::PutAside => format!("put the data of {who} aside"),
        Kind::Restore => format!("restore {who}{}", restored_from(plan)),
        Kind::ForceNew => format!("make {who} the only member"),
        Kind::Relay => format!("let the old address of {who} lead to it"),
        Kind::EndRelay => format!("give up the old address of {who}"),
    };
    let by = match step.by {
        Performer::Api => "",
        Performer::Driver => " (driver)",
        Performer::Hand => " (by hand)",
    };
    format!("{what}{by}")
}

/// The member of a step, told apart from another of the same name.
fn subject(plan: &Plan, step: &Step) -> String {
    let Step {
        member, member_id, ..
    } = step;
    let same = |name: &str| name == member;
    let live = plan.base.members.iter();
    let named = live.filter(|m| m.name.as_ref().is_some_and(|name| same(name.as_str())));
    let replaced = plan
        .steps
        .iter()
        .any(|s| same(&s.member) && s.member_id.is_none());
    match (named.count(), member_id) {
        (count, _) if count == 0 || (count == 1 && !replaced) => member.clone(),
        (1, Some(_)) => format!("the old {member}"),
        (_, Some(id)) => format!("{member} {id}"),
        (_, None) => format!("the new {member}"),
    }
}

/// Why a removal is no loss.
fn condition(plan: &Plan, step: &Step) -> &'static str {
    let member = plan
        .base
        .members
        .iter()
        .find(|m| Some(m.id) == step.member_id);
    match member.map(|member| member.health) {
        Some(Health::Dead) => " (dead)",
        Some(Health::Unstarted) => " (never started)",
        Some(Health::Healthy | Health::Unknown) | None => "",
    }
}

/// From what a cluster is restored.
fn restored_from(plan: &Plan) -> String {
    match plan.rebirth().map(|rebirth| &rebirth.from) {
        Some(RestoredFrom::Member(name)) => format!(" from the data of {name}"),
        Some(RestoredFrom::Backup { path, .. }) => format!(" from {path}"),
        None => String::new(),
    }
}
