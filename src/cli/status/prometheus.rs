//! The report in Prometheus' text format, for a textfile collector or a gateway.

use std::fmt::Write as _;

use crate::member::Role;
use crate::observation::{Disturbance, Health, Observation};
use crate::render::plain::plain;

use super::{MemberReport, Report};

/// Names and values that tell a sample from others of its metric.
type Labels<'a> = Vec<(&'static str, &'a str)>;

/// The report as metrics; `cluster` is what people call it.
pub(super) fn exposition(
    observation: &Observation,
    report: &Report,
    cluster: Option<&str>,
) -> String {
    let id = report.cluster_id.to_string();
    let mut labels = vec![("cluster_id", id.as_str())];
    labels.extend(cluster.map(|name| ("cluster", name)));
    let mut page = Page {
        text: String::new(),
        labels,
    };
    page.cluster(report);
    page.members(report);
    page.alarms(observation, report);
    page.text
}

struct Page<'a> {
    text: String,
    /// What every sample has.
    labels: Labels<'a>,
}

impl Page<'_> {
    fn cluster(&mut self, report: &Report) {
        let version = report.cluster_version.map(|version| version.to_string());
        self.begin(
            "cluster_info",
            "The cluster, and the version that it runs as.",
        );
        let info = [("version", version.as_deref().unwrap_or_default())];
        self.sample("cluster_info", &info, 1);
        if let Ok(time) = humantime::parse_rfc3339(&report.observed_at)
            && let Ok(since) = time.duration_since(std::time::UNIX_EPOCH)
        {
            let help = "When the cluster was looked at.";
            self.one("observed_timestamp_seconds", help, since.as_secs());
        }
        let standing = report.standing;
        self.one("voters", "Members that vote.", standing.voters);
        self.one(
            "healthy_voters",
            "Voters that answer and serve.",
            standing.healthy,
        );
        self.one("quorum", "Voters that must agree.", standing.quorum());
        self.one(
            "can_lose",
            "How many more voters may fail; below 0 there is no quorum.",
            standing.can_lose(),
        );
        self.one(
            "has_leader",
            "Whether all members agree on a leader.",
            u8::from(report.leader_id.is_some()),
        );
        let help = "What makes a membership change unwise now: alarms, elections, disputes.";
        self.one("disturbances", help, report.disturbances.len());
        if !report.disturbances.is_empty() {
            self.begin("disturbance_info", "One of them, by its code.");
        }
        for disturbance in &report.disturbances {
            let labels = [
                ("code", disturbance.code.as_str()),
                ("message", disturbance.message.as_str()),
            ];
            self.sample("disturbance_info", &labels, 1);
        }
    }

    fn members(&mut self, report: &Report) {
        self.begin(
            "member_info",
            "A member, its role, and the etcd that it runs.",
        );
        for member in &report.members {
            let version = member.version.map(|version| version.to_string());
            let role = match member.role {
                Role::Voter => "voter",
                Role::Learner => "learner",
            };
            let more = [
                ("role", role),
                ("version", version.as_deref().unwrap_or_default()),
            ];
            self.of_member("member_info", member, &more, 1);
        }
        let help = "How a member is, judged from all sides; 1 for the one that holds.";
        self.begin("member_health", help);
        for member in &report.members {
            for (health, word) in [
                (Health::Healthy, "healthy"),
                (Health::Dead, "dead"),
                (Health::Unknown, "unknown"),
                (Health::Unstarted, "unstarted"),
            ] {
                let holds = u8::from(member.health == health);
                self.of_member("member_health", member, &[("health", word)], holds);
            }
        }
        self.begin("member_is_leader", "Whether a member leads.");
        for member in &report.members {
            self.of_member("member_is_leader", member, &[], u8::from(member.leader));
        }
        self.begin("member_is_learner", "Whether a member does not vote yet.");
        for member in &report.members {
            let is_learner = u8::from(member.role == Role::Learner);
            self.of_member("member_is_learner", member, &[], is_learner);
        }
        self.begin("member_database_bytes", "Size of a member's database file.");
        for member in &report.members {
            if let Some(bytes) = member.db_size_bytes {
                self.of_member("member_database_bytes", member, &[], bytes);
            }
        }
        self.begin(
            "member_lag_entries",
            "Raft entries that a member is behind the leader.",
        );
        for member in &report.members {
            if let Some(lag) = member.lag {
                self.of_member("member_lag_entries", member, &[], lag);
            }
        }
    }

    /// A sample for each member and kind of alarm, so that there is one to watch before it rings.
    fn alarms(&mut self, observation: &Observation, report: &Report) {
        self.begin("member_alarm", "Whether a member has raised an alarm.");
        for member in &report.members {
            let id = member.id;
            for (alarm, disturbance) in [
                ("NOSPACE", Disturbance::NoSpace { member: id }),
                ("CORRUPT", Disturbance::Corrupt { member: id }),
            ] {
                let is_raised = u8::from(observation.disturbances.contains(&disturbance));
                self.of_member("member_alarm", member, &[("alarm", alarm)], is_raised);
            }
        }
    }

    /// A metric of the cluster.
    fn one(&mut self, name: &str, help: &str, value: impl std::fmt::Display) {
        self.begin(name, help);
        self.sample(name, &[], value);
    }

    /// Begins a metric. Each is how something is now.
    fn begin(&mut self, name: &str, help: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(
            self.text,
            "# HELP etcdplan_{name} {help}\n# TYPE etcdplan_{name} gauge"
        );
    }

    fn of_member(
        &mut self,
        name: &str,
        member: &MemberReport,
        more: &[(&'static str, &str)],
        value: impl std::fmt::Display,
    ) {
        let id = member.id.to_string();
        // Names are not unique, and a member that has never started has none.
        let called = member.name.as_ref().map_or("", |name| name.as_str());
        let mut labels = vec![("member_id", id.as_str()), ("name", called)];
        labels.extend(more);
        self.sample(name, &labels, value);
    }

    fn sample(&mut self, name: &str, more: &[(&'static str, &str)], value: impl std::fmt::Display) {
        let labels = self.labels.iter().chain(more);
        let labels: Vec<String> = labels
            .map(|(label, value)| format!("{label}=\"{}\"", escaped(value)))
            .collect();
        let labels = labels.join(",");
        let _ = writeln!(self.text, "etcdplan_{name}{{{labels}}} {value}");
    }
}

/// The value of a label: what acts is written out first, and so there is no line break left.
fn escaped(value: &str) -> String {
    plain(value).replace('\\', "\\\\").replace('"', "\\\"")
}
