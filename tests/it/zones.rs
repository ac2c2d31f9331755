//! What is left if a zone is lost while a plan is performed.

use etcdplan::diff::Requests;
use etcdplan::member::MemberName;
use etcdplan::observation::recording;
use etcdplan::plan::{self, Options, Plan, ZoneOutlook};
use etcdplan::render::{View, text};
use etcdplan::topology;
use insta::assert_snapshot;

/// The plan of members, each with the last part of its address and its zone, on a healthy three.
fn plan(members: &[(&str, u8, &str)], policy: &str, requests: Requests) -> Plan {
    let entry = |(name, host, zone): &(&str, u8, &str)| {
        let url = |port: u16| format!("'http://10.0.4.{host}:{port}'");
        let (peer, client) = (url(2380), url(2379));
        format!(
            "- {{ name: {name}, peerURLs: [{peer}], clientURLs: [{client}], zone: '{zone}' }}\n"
        )
    };
    let entries: String = members.iter().map(entry).collect();
    let head = "apiVersion: etcdplan/v1\ncluster: { name: prod-eu }\n";
    let file = format!("{head}policy: {{ {policy} }}\nmembers:\n{entries}");
    let wanted = topology::load("prod-eu.yaml", &file).unwrap().topology;
    let live = std::fs::read_to_string("examples/live/healthy.json").unwrap();
    let live = recording::read(&live).unwrap();
    let options = Options {
        requests,
        ..Options::default()
    };
    plan::build(&wanted, &live, &options)
}

const SPREAD: [(&str, u8, &str); 3] = [
    ("infra0", 11, "a"),
    ("infra1", 12, "b"),
    ("infra2", 13, "c"),
];

fn outlook(zone: &str, now: i64, steps: &[i64], end: i64) -> ZoneOutlook {
    ZoneOutlook {
        zone: zone.to_owned(),
        now,
        steps: steps.to_vec(),
        end,
    }
}

fn codes(plan: &Plan) -> Vec<&str> {
    plan.diagnostics
        .iter()
        .map(|found| found.code.as_str())
        .collect()
}

#[test]
fn each_zone_has_its_numbers() {
    let wanted = [SPREAD[0], SPREAD[1], ("infra3", 14, "c")];
    let plan = plan(&wanted, "", Requests::default());
    assert_snapshot!(text(&plan, &View::default()));
    assert_eq!(codes(&plan), [""; 0]);
    // infra2 leaves, and is in no zone that is known.
    let c = outlook("c", 1, &[1, 1, 0, 0, 0], 0);
    assert_eq!(plan.zones[2], c);
}

#[test]
fn two_of_a_zone_are_too_many_for_a_while() {
    let more = [("infra3", 14, "a"), ("infra4", 15, "b")];
    let wanted = [&SPREAD[..], &more].concat();
    let plan = plan(&wanted, "", Requests::default());
    assert_snapshot!(text(&plan, &View::default()));
}

#[test]
fn where_no_voter_can_be_lost_a_zone_is_no_news() {
    let restart = SPREAD
        .iter()
        .map(|(name, ..)| MemberName::parse(name).unwrap());
    let requests = Requests {
        restart: restart.collect(),
        ..Requests::default()
    };
    let plan = plan(&SPREAD, "", requests);
    assert_eq!(codes(&plan), ["W0301"]);
    // One is down, and another zone goes: one of three is left.
    let lowest: Vec<i64> = plan
        .zones
        .iter()
        .map(|zone| *zone.steps.iter().min().unwrap())
        .collect();
    assert_eq!(lowest, [-1, -1, -1]);
    assert_eq!(plan.zones[0].now, 0);
}

#[test]
fn without_zones_nothing_is_said() {
    let wanted = [SPREAD[0], SPREAD[1], ("infra3", 14, "c")];
    assert_eq!(
        codes(&plan(&wanted, "zoneSpread: off", Requests::default())),
        [""; 0]
    );
}
