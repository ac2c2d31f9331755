//! What the judgement of a member's health rests on, in sentences.

use crate::member::Role;
use crate::observation::{Condition, LiveMember, Status, Witness};

/// Everything about a member that is not as it should be.
pub(super) fn reasons(member: &LiveMember) -> Vec<String> {
    match &member.condition {
        Condition::Unstarted => vec![match member.peer_port {
            Witness::Yes => {
                "it has never started, and something listens at its peer URL".to_owned()
            }
            Witness::No | Witness::Unknown => "it has never started".to_owned(),
        }],
        Condition::Barred { reason } => vec![
            reason.clone(),
            "somebody is there: it may be alive".to_owned(),
        ],
        Condition::Silent { reason } => vec![reason.clone(), hearsay(member).to_owned()],
        Condition::Running(status) => running(member, status),
    }
}

/// What the others say of a member that does not answer.
fn hearsay(member: &LiveMember) -> &'static str {
    if member.peer_port == Witness::Yes {
        return "its peer URL accepts connections: it may be alive";
    }
    match (member.seen_by_leader, member.seen_by_peers) {
        (Witness::Yes, _) => "the leader counts it as connected: it may be alive",
        (_, Witness::Yes) => "another member counts it as connected: it may be alive",
        (Witness::No, _) => "the leader does not see it either",
        (Witness::Unknown, Witness::No) => "no other member sees it either",
        (Witness::Unknown, Witness::Unknown) => "nobody can say whether it is alive",
    }
}

fn running(member: &LiveMember, status: &Status) -> Vec<String> {
    let mut reasons = Vec::new();
    if status.leader.is_none() {
        reasons.push("it follows no leader");
    } else if member.role == Role::Voter && status.linearizable != Witness::Yes {
        reasons.push("a linearizable read on it did not go through");
    }
    if member.seen_by_leader == Witness::No {
        reasons.push("the leader counts it as not connected");
    }
    if member.peer_port == Witness::No {
        reasons.push("its peer URL refuses connections");
    }
    reasons.into_iter().map(str::to_owned).collect()
}
