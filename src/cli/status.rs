//! `etcdplan status`: how a cluster stands, for people and for programs.
//!
//! [`Report`] is the truth, and its JSON the stable form; [`text`] renders it,
//! [`prometheus()`] makes metrics of it, and `watch` shows one after the other.
//! What members say is untrusted: every cell passes [`plain`].

mod prometheus;
mod reason;
mod table;
pub(in crate::cli) mod watch;

use schemars::JsonSchema;
use serde::Serialize;

use crate::member::{ClusterId, MemberId, MemberName, Role};
use crate::observation::{Health, LiveMember, Observation};
use crate::quorum::Standing;
use crate::render::plain::plain;
use crate::safety::Hazard;
use crate::url::Urls;
use crate::version::Version;
use reason::reasons;
use table::table;

/// How a cluster stands. Minor format versions only add fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The version of this form.
    pub format_version: String,
    /// The cluster's id.
    #[serde(rename = "clusterID")]
    pub cluster_id: ClusterId,
    /// The version that the cluster runs as.
    pub cluster_version: Option<Version>,
    /// When it was looked at: UTC, RFC 3339.
    pub observed_at: String,
    /// Voters, and how many more may fail.
    pub standing: Standing,
    /// The leader that all members agree on.
    #[serde(rename = "leaderID")]
    pub leader_id: Option<MemberId>,
    /// The members, sorted by id.
    pub members: Vec<MemberReport>,
    /// What makes a membership change unwise now: alarms, elections, disputes.
    pub disturbances: Vec<DisturbanceReport>,
}

/// How a member is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemberReport {
    /// Its id.
    pub id: MemberId,
    /// Its name; null until it has started.
    pub name: Option<MemberName>,
    /// Voter or learner.
    pub role: Role,
    /// Whether it leads.
    pub leader: bool,
    /// Judged from all sides.
    pub health: Health,
    /// What the judgement rests on, where there is something to say.
    pub reasons: Vec<String>,
    /// The etcd that it runs.
    pub version: Option<Version>,
    /// Size of its database file, in bytes.
    pub db_size_bytes: Option<u64>,
    /// Raft entries that it is behind the leader.
    pub lag: Option<u64>,
    /// The client URL that answered.
    pub endpoint: Option<String>,
    /// What it advertises to clients.
    #[serde(rename = "clientURLs")]
    pub client_urls: Urls,
    /// Where other members reach it.
    #[serde(rename = "peerURLs")]
    pub peer_urls: Urls,
}

/// Something that makes a membership change unwise now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DisturbanceReport {
    /// Its code: `etcdplan explain E0330`.
    pub code: String,
    /// What it is.
    pub message: String,
}

/// Judges an observation for reading.
pub fn report(observation: &Observation) -> Report {
    let disturbances = observation.disturbances.iter().map(|disturbance| {
        let hazard = Hazard::disturbed(disturbance.clone(), |id| {
            observation.member(id).map(LiveMember::label)
        });
        DisturbanceReport {
            code: hazard.code().to_owned(),
            message: hazard.to_string(),
        }
    });
    let members = observation.members.iter().map(|member| {
        let status = member.status();
        MemberReport {
            id: member.id,
            name: member.name.clone(),
            role: member.role,
            leader: observation.leader == Some(member.id),
            health: member.health(),
            reasons: reasons(member),
            version: status.map(|status| status.version),
            db_size_bytes: status.map(|status| status.db_size.0),
            lag: observation.lag(member.id),
            endpoint: status.map(|status| status.endpoint.clone()),
            client_urls: member.client_urls.clone(),
            peer_urls: member.peer_urls.clone(),
        }
    });
    Report {
        format_version: "1.0".to_owned(),
        cluster_id: observation.cluster_id,
        cluster_version: observation.cluster_version,
        observed_at: observation.observed_at.clone(),
        standing: observation.standing(),
        leader_id: observation.leader,
        members: members.collect(),
        disturbances: disturbances.collect(),
    }
}

/// The report as JSON.
pub fn json(observation: &Observation) -> String {
    let mut text = serde_json::to_string_pretty(&report(observation))
        .expect("a report has only text, numbers, and lists of them");
    text.push('\n');
    text
}

/// The report as JSON on one line.
pub fn line(observation: &Observation) -> String {
    let mut text = serde_json::to_string(&report(observation))
        .expect("a report has only text, numbers, and lists of them");
    text.push('\n');
    text
}

/// The report in Prometheus' text format; `cluster` is what people call the cluster, if it is known.
pub fn prometheus(observation: &Observation, cluster: Option<&str>) -> String {
    prometheus::exposition(observation, &report(observation), cluster)
}

/// The report for people.
pub fn text(observation: &Observation) -> String {
    let report = report(observation);
    let version = report.cluster_version.map_or_else(String::new, |version| {
        format!("   etcd {}.{}", version.major, version.minor)
    });
    let standing = report.standing;
    let mut lines = vec![
        format!("cluster {}{version}", report.cluster_id),
        format!(
            "voters {}   healthy {}   quorum {}   can lose {}",
            standing.voters,
            standing.healthy,
            standing.quorum(),
            standing.can_lose()
        ),
        String::new(),
    ];
    lines.extend(table(&report.members));
    if !report.disturbances.is_empty() {
        lines.push(String::new());
    }
    for disturbance in &report.disturbances {
        let message = plain(&disturbance.message);
        lines.push(format!("! {message}  [{}]", disturbance.code));
    }
    lines.push(String::new());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amount::Size;
    use crate::observation::{Condition, Disturbance, Status, Witness};

    fn member(id: u64, name: &str, condition: Condition) -> LiveMember {
        LiveMember {
            id: MemberId::new(id),
            name: MemberName::observed(name),
            peer_urls: Urls::observed(&[format!("http://10.0.0.{id}:2380")]),
            client_urls: Urls::observed(&[format!("http://10.0.0.{id}:2379")]),
            role: Role::Voter,
            condition,
            seen_by_leader: Witness::No,
            seen_by_peers: Witness::Unknown,
            peer_port: Witness::Yes,
        }
    }

    fn running(id: u64) -> Condition {
        Condition::Running(Status {
            endpoint: format!("http://10.0.0.{id}:2379"),
            version: Version::new(3, 5, 30),
            leader: Some(MemberId::new(1)),
            linearizable: Witness::Yes,
            term: 2,
            raft_index: 1000,
            applied_index: 1000 - id,
            db_size: Size(432 << 20),
            started_at: None,
        })
    }

    fn observation() -> Observation {
        let reason = "http://10.0.0.3:2379: connection refused\u{1b}[2J".to_owned();
        let mut unstarted = member(4, "", Condition::Unstarted);
        unstarted.client_urls = Urls::default();
        unstarted.role = Role::Learner;
        let mut dead = member(3, "\u{1b}[31mred", Condition::Silent { reason });
        dead.peer_port = Witness::No;
        let mut leader = member(1, "infra0", running(1));
        leader.seen_by_leader = Witness::Unknown;
        Observation {
            format_version: "1.0".to_owned(),
            observed_at: "2026-11-23T12:04:00Z".to_owned(),
            cluster_id: ClusterId::new(0xcdf8_1819_4e3a_8c32),
            members: vec![leader, member(2, "größer", running(2)), dead, unstarted],
            leader: Some(MemberId::new(1)),
            disturbances: [Disturbance::NoSpace {
                member: MemberId::new(2),
            }]
            .into(),
            cluster_version: Some(Version::new(3, 5, 0)),
        }
    }

    #[test]
    fn for_people() {
        insta::assert_snapshot!(text(&observation()), @r"
        cluster cdf818194e3a8c32   etcd 3.5
        voters 3   healthy 2   quorum 2   can lose 0

        name           id                role     health     version   database  lag  client URL
        \u{1b}[31mred  0000000000000003  voter    dead       -                -    -  http://10.0.0.3:2379
            http://10.0.0.3:2379: connection refused\u{1b}[2J
            the leader does not see it either
        größer         0000000000000002  voter    healthy    3.5.30   432.0 MiB    2  http://10.0.0.2:2379
            the leader counts it as not connected
        infra0         0000000000000001  leader   healthy    3.5.30   432.0 MiB    1  http://10.0.0.1:2379
        -              0000000000000004  learner  unstarted  -                -    -  -
            it has never started, and something listens at its peer URL

        ! the NOSPACE alarm of größer is raised  [E0330]
        ");
    }

    #[test]
    fn for_programs() {
        let report: serde_json::Value = serde_json::from_str(&json(&observation())).unwrap();
        let expected = serde_json::json!({
            "voters": 3, "healthy": 2, "quorum": 2, "canLose": 0
        });
        assert_eq!(report["standing"], expected);
        let expected = serde_json::json!({
            "id": "0000000000000002",
            "name": "größer",
            "role": "voter",
            "leader": false,
            "health": "healthy",
            "reasons": ["the leader counts it as not connected"],
            "version": "3.5.30",
            "dbSizeBytes": 452_984_832,
            "lag": 2,
            "endpoint": "http://10.0.0.2:2379",
            "clientURLs": ["http://10.0.0.2:2379"],
            "peerURLs": ["http://10.0.0.2:2380"],
        });
        assert_eq!(report["members"][1], expected);
    }
}
