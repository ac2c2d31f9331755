//! What a step waits for, in words, with numbers.

use crate::action::Kind;
use crate::apply::locate;
use crate::observation::{
    Condition, Disturbance, Health, LiveMember, Observation, Status, Witness,
};
use crate::plan::{Plan, Step};
use crate::safety::Hazard;

/// What is not there yet of a step's effect.
pub(super) fn effect(plan: &Plan, step: &Step, observation: &Observation) -> String {
    let live = locate::target(plan, step, observation);
    let who = &step.member;
    match step.kind {
        Kind::AddLearner | Kind::Promote | Kind::UpdatePeerUrls | Kind::Remove => {
            "every member to know of it".to_owned()
        }
        Kind::MoveLeader => "another member to lead".to_owned(),
        Kind::Stop => match live.and_then(LiveMember::status) {
            Some(status) => format!("{who} to end: it answers at {}", status.endpoint),
            None => format!("{who} to end: its peers or its port still show it"),
        },
        Kind::Start | Kind::Restart => match live {
            Some(live) => process(step, live, observation),
            None => format!("{who} to be listed"),
        },
        Kind::MoveData
        | Kind::Wipe
        | Kind::PutAside
        | Kind::Restore
        | Kind::ForceNew
        | Kind::Relay
        | Kind::EndRelay => "word that it is done".to_owned(),
        Kind::Backup => "the backup to be there".to_owned(),
    }
}

/// What is not there yet of a process.
fn process(step: &Step, live: &LiveMember, observation: &Observation) -> String {
    let who = &step.member;
    let status = match &live.condition {
        Condition::Unstarted => return format!("{who} to join{}", port(live)),
        Condition::Barred { reason } | Condition::Silent { reason } => {
            return format!("{who} to answer: {reason}");
        }
        Condition::Running(status) => status,
    };
    let wanted = &step.parameters;
    let differs = |wanted: &dyn std::fmt::Display, live: &dyn std::fmt::Display| {
        format!("{who} to run as wanted: {live}, not {wanted}")
    };
    if let Some(name) = wanted
        .name
        .as_ref()
        .filter(|name| live.name.as_ref() != Some(name))
    {
        return differs(name, &live.label());
    }
    let urls = wanted.client_urls.as_ref().filter(|urls| !urls.is_empty());
    if let Some(urls) = urls.filter(|urls| live.client_urls != **urls) {
        return differs(urls, &live.client_urls);
    }
    if let Some(version) = wanted.version.filter(|version| status.version != *version) {
        return format!(
            "{who} to run etcd {version}, which its host must have: it runs etcd {}",
            status.version
        );
    }
    if wanted.previous_peer_urls.is_some() && live.peer_port == Witness::No {
        return format!("{who} to listen at {}", live.peer_urls);
    }
    if let Some(lag) = lag(live, status, observation) {
        return format!("{who} to catch up: {lag}");
    }
    match (status.leader, status.linearizable) {
        (None, _) => format!("{who} to follow a leader"),
        (Some(_), Witness::No) => format!("{who} to serve linearizable reads"),
        (Some(_), Witness::Yes | Witness::Unknown) => format!("{who} to start anew"),
    }
}

/// What the peer port of a member says that has not joined: whether its process runs at all.
fn port(live: &LiveMember) -> String {
    let urls = &live.peer_urls;
    match live.peer_port {
        Witness::Yes => format!(": it listens at {urls}, and has not published its name"),
        Witness::No => format!(": nothing listens at {urls}"),
        Witness::Unknown => String::new(),
    }
}

/// How far the step's learner is, if it is behind.
pub(super) fn sync(plan: &Plan, step: &Step, observation: &Observation) -> Option<String> {
    let live = locate::target(plan, step, observation)?;
    lag(live, live.status()?, observation)
}

fn lag(live: &LiveMember, status: &Status, observation: &Observation) -> Option<String> {
    let lag = observation.lag(live.id).filter(|lag| *lag > 0)?;
    let committed = observation.leader_status()?.raft_index;
    let percent = (status.applied_index * 100).checked_div(committed)?;
    Some(format!("{percent} % in sync, {lag} entries behind"))
}

/// What keeps a cluster from being settled after a step whose effect is there,
/// if anything does.
///
/// A new voter counts as healthy from here on, so it must have shown that it
/// is. An alarm or a downgrade does not pass by itself: the next step's gate judges it.
pub(super) fn settling(plan: &Plan, step: &Step, observation: &Observation) -> Option<String> {
    let passes = |disturbance: &&Disturbance| match disturbance {
        Disturbance::LeaderDisputed
        | Disturbance::TermMoving
        | Disturbance::ListsDiffer
        | Disturbance::NoQuorum => true,
        Disturbance::NoSpace { .. }
        | Disturbance::Corrupt { .. }
        | Disturbance::DowngradeEnabled => false,
    };
    if let Some(disturbance) = observation.disturbances.iter().find(passes).cloned() {
        return Some(Hazard::disturbed(disturbance, |_| None).to_string());
    }
    if observation.leader.is_none() {
        return Some(Hazard::NoLeader.to_string());
    }
    let live = locate::target(plan, step, observation);
    let is_mute = |live: &LiveMember| live.health() != Health::Healthy;
    (step.kind == Kind::Promote && live.is_some_and(is_mute))
        .then(|| "the new voter does not serve yet".to_owned())
}
