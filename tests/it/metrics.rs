//! `status --format prometheus`, read by a parser of the text format.

use std::collections::{BTreeMap, BTreeSet};

use etcdplan::cli::status::prometheus;
use etcdplan::member::{MemberId, MemberName};
use etcdplan::observation::{Disturbance, Observation};
use etcdplan::version::Version;
use insta::assert_snapshot;

use crate::notation;

/// The metrics of a page: of each its samples, by their labels.
#[derive(Debug, Default)]
struct Page {
    metrics: BTreeMap<String, BTreeMap<Vec<(String, String)>, i64>>,
}

/// Reads a page as <https://prometheus.io/docs/instrumenting/exposition_formats> tells, and holds
/// it to what collectors insist on: help and type once and first, every metric in one piece, no
/// sample twice, a line break at the end.
fn parse(text: &str) -> Page {
    assert!(text.ends_with('\n') && !text.contains('\r'));
    let mut page = Page::default();
    let mut helped = BTreeSet::new();
    let mut open = String::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            assert!(helped.insert(name.to_owned()) && !help.is_empty(), "{line}");
            continue;
        }
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(helped.contains(name) && kind == "gauge", "{line}");
            let is_new = page
                .metrics
                .insert(name.to_owned(), BTreeMap::new())
                .is_none();
            assert!(is_new, "{line}");
            name.clone_into(&mut open);
            continue;
        }
        let (name, labels, value) = sample(line);
        assert_eq!(name, open, "{line}");
        let samples = page.metrics.get_mut(&name).unwrap();
        assert!(samples.insert(labels, value).is_none(), "{line}");
    }
    page
}

type Labels = Vec<(String, String)>;

fn sample(line: &str) -> (String, Labels, i64) {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = line.find(|c| !is_name(c)).unwrap();
    let (name, mut rest) = line.split_at(end);
    let mut labels = Vec::new();
    rest = rest.strip_prefix('{').unwrap();
    while !rest.starts_with('}') {
        let (label, tail) = rest.split_once("=\"").unwrap();
        assert!(label.chars().all(is_name), "{line}");
        let mut value = String::new();
        let mut characters = tail.char_indices();
        let end = loop {
            match characters.next().unwrap() {
                (end, '"') => break end,
                (_, '\\') => value.push(match characters.next().unwrap().1 {
                    'n' => '\n',
                    c @ ('\\' | '"') => c,
                    c => panic!("\\{c} in {line}"),
                }),
                (_, c) => value.push(c),
            }
        };
        labels.push((label.to_owned(), value));
        rest = tail.split_at(end + 1).1;
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
    let names: BTreeSet<&String> = labels.iter().map(|(label, _)| label).collect();
    assert_eq!(names.len(), labels.len(), "{line}");
    let value = rest.strip_prefix("} ").unwrap();
    (name.to_owned(), labels, value.parse().unwrap())
}

impl Page {
    /// The value of the sample that has these labels.
    #[track_caller]
    fn value(&self, name: &str, wanted: &[(&str, &str)]) -> i64 {
        let samples = &self.metrics[&format!("etcdplan_{name}")];
        let has = |labels: &Labels| {
            wanted
                .iter()
                .all(|(label, value)| labels.iter().any(|(l, v)| l == label && v == value))
        };
        let found: Vec<i64> = samples
            .iter()
            .filter(|(labels, _)| has(labels))
            .map(|(_, value)| *value)
            .collect();
        assert_eq!(found.len(), 1, "{name} {wanted:?}: {samples:?}");
        found[0]
    }
}

fn live(notation: &str) -> Observation {
    notation::live(notation, Version::new(3, 5, 30))
}

#[test]
fn the_numbers_of_a_status_are_there() {
    let mut seen = live("voters=(m1* m2 m3!) learners=(m4 m5?)");
    let member = MemberId::new(2);
    seen.disturbances.insert(Disturbance::NoSpace { member });
    let page = parse(&prometheus(&seen, Some("prod-eu")));
    for (name, value) in [
        ("voters", 3),
        ("healthy_voters", 2),
        ("quorum", 2),
        ("can_lose", 0),
        ("has_leader", 1),
        ("disturbances", 1),
    ] {
        assert_eq!(page.value(name, &[("cluster", "prod-eu")]), value, "{name}");
    }
    let health = |name: &str, health: &str| {
        page.value("member_health", &[("name", name), ("health", health)])
    };
    assert_eq!(health("m1", "healthy"), 1);
    assert_eq!(health("m1", "dead"), 0);
    assert_eq!(health("m3", "dead"), 1);
    assert_eq!(health("", "unstarted"), 1);
    assert_eq!(page.value("member_is_leader", &[("name", "m1")]), 1);
    assert_eq!(page.value("member_is_learner", &[("name", "m4")]), 1);
    let of_m2 = [("name", "m2"), ("member_id", "0000000000000002")];
    assert_eq!(page.value("member_database_bytes", &of_m2), 20_480);
    assert_eq!(page.value("member_lag_entries", &of_m2), 0);
    page.value(
        "member_info",
        &[("name", "m2"), ("version", "3.5.30"), ("role", "voter")],
    );
    page.value("disturbance_info", &[("code", "E0330")]);
    let alarm =
        |name: &str, alarm: &str| page.value("member_alarm", &[("name", name), ("alarm", alarm)]);
    assert_eq!((alarm("m2", "NOSPACE"), alarm("m2", "CORRUPT")), (1, 0));
    assert_eq!(alarm("m1", "NOSPACE"), 0);
    assert_eq!(page.value("observed_timestamp_seconds", &[]), 1_767_323_045);
}

#[test]
fn a_lost_quorum_is_below_zero() {
    let seen = live("voters=(m1 m2! m3!)");
    let page = parse(&prometheus(&seen, None));
    assert_eq!(
        page.value("can_lose", &[]),
        i64::try_from(seen.standing().healthy).unwrap() - 2
    );
}

#[test]
fn whatever_a_member_is_called_the_page_can_be_read() {
    let names = ["a\"b\\", "{x=\"1\"} 2\n# TYPE y", "\u{1b}[2J\u{9b}", ""];
    for name in names {
        let mut seen = live("voters=(m1* m2 m3)");
        seen.observed_at = name.to_owned();
        seen.members[0].name = MemberName::observed(name);
        seen.members[1].name = MemberName::observed(name);
        let page = parse(&prometheus(&seen, Some(name)));
        let shown = etcdplan::render::plain::plain(name).into_owned();
        let first = [("member_id", "0000000000000001"), ("name", shown.as_str())];
        page.value("member_info", &first);
    }
}

#[test]
fn it_looks_like_this() {
    assert_snapshot!(prometheus(&live("voters=(m1*)"), Some("prod-eu")), @r#"
    # HELP etcdplan_cluster_info The cluster, and the version that it runs as.
    # TYPE etcdplan_cluster_info gauge
    etcdplan_cluster_info{cluster_id="00000000000000c1",cluster="prod-eu",version="3.5.30"} 1
    # HELP etcdplan_observed_timestamp_seconds When the cluster was looked at.
    # TYPE etcdplan_observed_timestamp_seconds gauge
    etcdplan_observed_timestamp_seconds{cluster_id="00000000000000c1",cluster="prod-eu"} 1767323045
    # HELP etcdplan_voters Members that vote.
    # TYPE etcdplan_voters gauge
    etcdplan_voters{cluster_id="00000000000000c1",cluster="prod-eu"} 1
    # HELP etcdplan_healthy_voters Voters that answer and serve.
    # TYPE etcdplan_healthy_voters gauge
    etcdplan_healthy_voters{cluster_id="00000000000000c1",cluster="prod-eu"} 1
    # HELP etcdplan_quorum Voters that must agree.
    # TYPE etcdplan_quorum gauge
    etcdplan_quorum{cluster_id="00000000000000c1",cluster="prod-eu"} 1
    # HELP etcdplan_can_lose How many more voters may fail; below 0 there is no quorum.
    # TYPE etcdplan_can_lose gauge
    etcdplan_can_lose{cluster_id="00000000000000c1",cluster="prod-eu"} 0
    # HELP etcdplan_has_leader Whether all members agree on a leader.
    # TYPE etcdplan_has_leader gauge
    etcdplan_has_leader{cluster_id="00000000000000c1",cluster="prod-eu"} 1
    # HELP etcdplan_disturbances What makes a membership change unwise now: alarms, elections, disputes.
    # TYPE etcdplan_disturbances gauge
    etcdplan_disturbances{cluster_id="00000000000000c1",cluster="prod-eu"} 0
    # HELP etcdplan_member_info A member, its role, and the etcd that it runs.
    # TYPE etcdplan_member_info gauge
    etcdplan_member_info{cluster_id="00000000000000c1",cluster="prod-eu",member_id="0000000000000001",name="m1",role="voter",version="3.5.30"} 1
    # HELP etcdplan_member_health How a member is, judged from all sides; 1 for the one that holds.
    # TYPE etcdplan_member_health gauge
    etcdplan_member_health{cluster_id="00000000000000c1",cluster="prod-eu",member_id="0000000000000001",name="m1",health="healthy"} 1
    etcdplan_member_health{cluster_id="00000000000000c1",cluster="prod-eu",member_id="0000000000000001",name="m1",health="dead"} 0
    etcdplan_member_health{cluster_id="00000000000000c1",cluster="prod-eu",member_id="0000000000000001",name="m1",health="unknown"} 0
    etcdplan_member_health{cluster_id="00000000000000c1",cluster="prod-eu",member_id="0000000000000001",name="m1",health="unstarted"} 0
    # HELP etcdplan_member_is_leader Whether a member leads.
    # TYPE etcdplan_member_is_leader gauge
    etcdplan_member_is_leader{cluster_id="00000000000000c1",cluster="prod-eu",member_id="0000000000000001",name="m1"} 1
    # HELP etcdplan_member_is_learner Whether a member does not vote yet.
    # TYPE etcdplan_member_is_learner gauge
    etcdplan_member_is_learner{cluster_id="00000000000000c1",cluster="prod-eu",member_id="0000000000000001",name="m1"} 0
    # HELP etcdplan_member_database_bytes Size of a member's database file.
    # TYPE etcdplan_member_database_bytes gauge
    etcdplan_member_database_bytes{cluster_id="00000000000000c1",cluster="prod-eu",member_id="0000000000000001",name="m1"} 20480
    # HELP etcdplan_member_lag_entries Raft entries that a member is behind the leader.
    # TYPE etcdplan_member_lag_entries gauge
    etcdplan_member_lag_entries{cluster_id="00000000000000c1",cluster="prod-eu",member_id="0000000000000001",name="m1"} 0
    # HELP etcdplan_member_alarm Whether a member has raised an alarm.
    # TYPE etcdplan_member_alarm gauge
    etcdplan_member_alarm{cluster_id="00000000000000c1",cluster="prod-eu",member_id="0000000000000001",name="m1",alarm="NOSPACE"} 0
    etcdplan_member_alarm{cluster_id="00000000000000c1",cluster="prod-eu",member_id="0000000000000001",name="m1",alarm="CORRUPT"} 0
    "#);
}
