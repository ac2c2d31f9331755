//! From answers to an observation: the one judgement of what was seen.
//!
//! Pure: everything that was asked stands in [`Answers`], and what was not
//! answered stays unknown. Below it, `roll` says which member list to believe,
//! `location` which endpoint is whose, `witness` what members say of each
//! other, and `dispute` what they disagree on.

mod dispute;
mod location;
mod roll;
#[cfg(test)]
mod tests;
mod witness;

use std::collections::BTreeMap;

use crate::apply::ObserveError;
use crate::etcd::Reach;
use crate::etcd::answer::{Answers, Follows, Listed, Site};
use crate::member::{MemberId, Role};
use crate::observation::{Condition, FORMAT_VERSION, LiveMember, Observation, Status, Witness};
use crate::url::Url;
use crate::version::Version;

pub(super) use dispute::{highest_term, unsettled};
pub(super) use roll::{Roll, roll};
use witness::Witnesses;

/// The sites of the members that answered, each under its own id.
type Found<'a> = BTreeMap<MemberId, (&'a Url, &'a Site)>;

/// Judges the answers.
pub(super) fn assemble(answers: &Answers, reach: &Reach) -> Result<Observation, ObserveError> {
    location::usable(answers, reach)?;
    let cluster_id = location::one_cluster(answers)?;
    let roll = roll(&answers.sites).ok_or_else(|| location::no_list(answers))?;
    let mut found = Found::new();
    for member in roll.members {
        if let Some(site) = location::locate(member, roll.members, answers, reach)? {
            found.insert(member.id, site);
        }
    }
    let leader = dispute::leader(&found, roll.members);
    let term = dispute::term(&found);
    let witnesses = Witnesses::new(&found, leader);
    let mut members = Vec::new();
    for listed in roll.members {
        let condition = match found.get(&listed.id) {
            Some((url, site)) => running(listed, url, site, leader, term),
            None => location::absence(listed, roll.members, answers, reach),
        };
        members.push(LiveMember {
            id: listed.id,
            name: listed.name.clone(),
            peer_urls: listed.peer_urls.clone(),
            client_urls: listed.client_urls.clone(),
            role: listed.role,
            seen_by_leader: witnesses.leader(listed.id),
            seen_by_peers: match condition {
                Condition::Running(_) => Witness::Unknown,
                Condition::Unstarted | Condition::Barred { .. } | Condition::Silent { .. } => {
                    witnesses.others(listed.id)
                }
            },
            peer_port: witness::any(listed.peer_urls.iter().filter_map(|u| answers.ports.get(u))),
            condition,
        });
    }
    members.sort_by_key(|member| member.id);
    Ok(Observation {
        format_version: FORMAT_VERSION.to_owned(),
        observed_at: answers.observed_at.clone(),
        cluster_id,
        cluster_version: cluster_version(&found, &members),
        disturbances: dispute::disturbances(&found, &members, answers.earlier_term),
        members,
        leader,
    })
}

/// `leader` and `term` stand in for those that a member does not show to everybody.
fn running(
    listed: &Listed,
    url: &Url,
    site: &Site,
    leader: Option<MemberId>,
    term: Option<u64>,
) -> Condition {
    let Some(status) = site.answered() else {
        return Condition::Silent {
            reason: format!("{url}: no status"),
        };
    };
    Condition::Running(Status {
        endpoint: url.to_string(),
        version: status.version,
        leader: match status.follows {
            Follows::Nobody => None,
            Follows::Somebody => leader,
            Follows::Member(id) => Some(id),
        },
        linearizable: match listed.role {
            Role::Voter => site.read,
            Role::Learner => Witness::Unknown,
        },
        term: status.term.or(term).unwrap_or_default(),
        raft_index: status.raft_index,
        applied_index: status.applied_index,
        db_size: status.db_size,
        started_at: site.metrics.as_ref().and_then(|m| m.started_at),
    })
}

/// What the cluster runs as, by etcd's own rule: the least minor version of its members, which a new
/// or just upgraded cluster comes to within seconds. Where a member does not say what it runs, the
/// word of the others counts, which may not be asked for elsewhere.
fn cluster_version(found: &Found<'_>, members: &[LiveMember]) -> Option<Version> {
    let says =
        |member: &LiveMember| member.condition == Condition::Unstarted || member.status().is_some();
    let metrics = found.values().filter_map(|(_, site)| site.metrics.as_ref());
    let told = metrics.filter_map(|metrics| metrics.cluster_version).min();
    let statuses = found.values().filter_map(|(_, site)| site.answered());
    let least = statuses.map(|status| status.version).min();
    let least = least.map(|least| Version::new(least.major, least.minor, 0));
    if members.iter().all(says) {
        least
    } else {
        told.or(least)
    }
}
