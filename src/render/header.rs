//! The head of a plan: which cluster, how it is, and what is wanted.

use std::collections::BTreeSet;

use crate::member::Role;
use crate::observation::{Disturbance, Health};
use crate::plan::Plan;
use crate::version::Version;

use super::count::counted;
use super::page::{Page, Span};
use super::palette::Ink;

/// Writes the three lines.
pub(crate) fn write(page: &mut Page, plan: &Plan) {
    let etcd = versions(plan).map(|versions| format!("   etcd {versions}"));
    page.line(&[
        Span::new(Ink::Strong, &plan.cluster.name),
        Span::text(format!("   cluster id {}", plan.cluster.id_or_unknown())),
        Span::text(etcd.unwrap_or_default()),
    ]);
    page.paragraph(Span::text("  seen     "), &plan.created_at);
    page.paragraph(Span::text("  live     "), &live(plan));
    page.paragraph(Span::text("  wanted   "), &wanted(plan));
}

/// What the members run; the cluster's own version is only the least minor one of them.
pub(super) fn versions(plan: &Plan) -> Option<String> {
    let members = plan.base.members.iter();
    let versions: BTreeSet<Version> = members.filter_map(|member| member.version).collect();
    match (versions.first(), versions.last()) {
        (Some(least), Some(most)) if least != most => Some(format!("{least} to {most}")),
        (Some(version), _) => Some(version.to_string()),
        (None, _) => plan.base.version.map(|version| version.to_string()),
    }
}

/// How the cluster is, in a line.
pub(super) fn live(plan: &Plan) -> String {
    let leader = plan.base.members.iter().find(|member| member.leader);
    let leader = leader.map_or_else(
        || "no leader".to_owned(),
        |member| {
            let label = member.name.as_ref().map(ToString::to_string);
            format!("leader {}", label.unwrap_or_else(|| member.id.to_string()))
        },
    );
    let size = plan
        .base
        .db_size
        .map(|size| format!("database {}", size.to_string().replace(".0 ", " ")));
    let mut parts = vec![health(plan), leader];
    parts.extend(size);
    if plan.base.disturbances.is_empty() {
        parts.push("no alarms".to_owned());
    }
    parts.extend(plan.base.disturbances.iter().map(|d| disturbance(plan, d)));
    parts.join("; ")
}

/// `3 voters, all healthy, and 1 learner`.
pub(crate) fn health(plan: &Plan) -> String {
    let members = &plan.base.members;
    let voters = || members.iter().filter(|member| member.role == Role::Voter);
    let all = voters().count();
    if members.is_empty() {
        return "no member answers".to_owned();
    }
    let healthy = voters()
        .filter(|member| member.health == Health::Healthy)
        .count();
    let state = match (all, healthy) {
        (1, 1) => "healthy".to_owned(),
        (all, healthy) if all == healthy => "all healthy".to_owned(),
        (_, healthy) => format!("{healthy} healthy"),
    };
    let learners = match members.len() - all {
        0 => String::new(),
        learners => format!(", and {}", counted(learners, "learner")),
    };
    format!("{}, {state}{learners}", counted(all, "voter"))
}

/// What the file asks for, in a line.
pub(super) fn wanted(plan: &Plan) -> String {
    let members = &plan.topology.members;
    let voters = members.iter().filter(|member| member.role == Role::Voter);
    let voters = voters.count();
    let learners = match members.len() - voters {
        0 => String::new(),
        learners => format!(" and {}", counted(learners, "learner")),
    };
    let version = plan.topology.cluster.version;
    let version = version.map(|version| format!(", etcd {version}"));
    format!(
        "{}{learners}{} ({})",
        counted(voters, "voter"),
        version.unwrap_or_default(),
        plan.source.file
    )
}

fn disturbance(plan: &Plan, disturbance: &Disturbance) -> String {
    let label = |id| {
        let member = plan.base.members.iter().find(|member| member.id == id);
        let name = member.and_then(|member| member.name.as_ref());
        name.map_or_else(|| id.to_string(), ToString::to_string)
    };
    match disturbance {
        Disturbance::NoSpace { member } => format!("{} is out of space", label(*member)),
        Disturbance::Corrupt { member } => format!("the data of {} is corrupt", label(*member)),
        Disturbance::DowngradeEnabled => "a downgrade is enabled".to_owned(),
        Disturbance::LeaderDisputed => "members disagree on the leader".to_owned(),
        Disturbance::TermMoving => "an election is going on".to_owned(),
        Disturbance::ListsDiffer => "members disagree on who is a member".to_owned(),
        Disturbance::NoQuorum => "no quorum".to_owned(),
    }
}
