//! Which entry is which member, where a file can be read in two ways.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use etcdplan::diff::Requests;
use etcdplan::observation::Observation;
use etcdplan::plan::{self, Options, Plan};
use etcdplan::topology;
use etcdplan::url::{Url, Urls};
use etcdplan::version::Version;

use crate::notation;

fn live(text: &str) -> Observation {
    notation::live(text, Version::new(3, 5, 30))
}

/// A plan for these entries: a name, then peer URLs by their host, then more of the entry.
fn planned(entries: &[&str], live: &Observation) -> Plan {
    let mut text =
        "apiVersion: etcdplan/v1\ncluster: { name: test }\npolicy: { allowEvenVoters: true }\nmembers:\n"
            .to_owned();
    for entry in entries {
        let [name, hosts, more] = entry.splitn(3, ' ').collect::<Vec<_>>()[..] else {
            panic!("{entry}")
        };
        let url = |host: &str| format!("'http://10.0.0.{host}:2380'");
        let urls: Vec<_> = hosts.split('+').map(url).collect();
        writeln!(
            text,
            "- {{ name: {name}, peerURLs: [{}], clientURLs: ['http://10.0.0.{}:2379'], {more} }}",
            urls.join(", "),
            hosts.split('+').next().unwrap(),
        )
        .unwrap();
    }
    let loaded = topology::load("t.yaml", &text).unwrap_or_else(|p| panic!("{:?}", p.list));
    plan::build(&loaded.topology, live, &Options::default())
}

fn refused(entries: &[&str], live: &Observation) -> String {
    let plan = planned(entries, live);
    let mut lines = Vec::new();
    for refusal in &plan.refusals {
        lines.push(format!("{} {}", refusal.code, refusal.message));
        let more = refusal.details.iter().chain(&refusal.ways_out);
        lines.extend(more.map(|line| format!("  {line}")));
    }
    lines.join("\n")
}

/// Two entries on one member: neither is taken for it, whatever their order.
#[test]
fn two_entries_with_urls_of_one_member() {
    let mut live = live("voters=(m1* m2 m3)");
    let url = |host: u8| Url::parse(&format!("http://10.0.0.{host}:2380")).unwrap();
    live.members[2].peer_urls = Urls::from_iter([url(3), url(33)]);
    let entries = ["m1 1 ", "m2 2 ", "a 3 ", "b 33 "];
    insta::assert_snapshot!(refused(&entries, &live), @r#"
    E0211 a is ambiguous: other entries have peer URLs of the same member, m3
      in the file: line 7, and b in line 8
      live: 0000000000000003 (m3)
      write `id: "0000000000000003"` into the entry that is to be that member
    E0211 b is ambiguous: other entries have peer URLs of the same member, m3
      in the file: line 8, and a in line 7
      live: 0000000000000003 (m3)
      write `id: "0000000000000003"` into the entry that is to be that member
    "#);
    let codes = |entries: &[&str]| -> BTreeSet<(String, Option<String>)> {
        let plan = planned(entries, &live);
        plan.refusals
            .into_iter()
            .map(|r| (r.code, r.member))
            .collect()
    };
    let backwards: Vec<_> = entries.into_iter().rev().collect();
    assert_eq!(codes(&entries), codes(&backwards));
    // The way out.
    let pinned = ["m1 1 ", "m2 2 ", "a 3 id: '3'", "b 34 "];
    assert!(planned(&pinned, &live).applyable);
}

/// One shared URL is enough where nobody else has it; that it differs is a change of its own.
#[test]
fn an_entry_with_one_of_the_urls_of_a_member() {
    let mut live = live("voters=(m1* m2 m3)");
    let url = |host: u8| Url::parse(&format!("http://10.0.0.{host}:2380")).unwrap();
    live.members[2].peer_urls = Urls::from_iter([url(3), url(33)]);
    let plan = planned(&["m1 1 ", "m2 2 ", "m3 3 "], &live);
    assert!(plan.refusals.is_empty(), "{:?}", plan.refusals);
    let changes: Vec<String> = plan
        .changes
        .iter()
        .map(|change| format!("{} {:?}", change.member, change.action))
        .collect();
    assert_eq!(changes, ["m3 Readdress"]);
}

/// Addresses that are swapped say so, and how to do it; a chain of them is in order.
#[test]
fn addresses_that_are_taken_over() {
    let live = live("voters=(m1* m2 m3)");
    let swapped = [
        "m1 1 id: '1'",
        "m2 3 id: '2', data: copy",
        "m3 2 id: '3', data: copy",
    ];
    insta::assert_snapshot!(refused(&swapped, &live), @r"
    E0350 the steps would wait for each other: members take over each other's places
      give one of them another host and other URLs first, then plan again
    ");
    let chain = [
        "m1 1 id: '1'",
        "m2 3 id: '2', data: copy",
        "m3 4 id: '3', data: copy",
    ];
    let plan = planned(&chain, &live);
    assert!(plan.applyable, "{:?}", plan.refusals);
    // Where only one of them is pinned, the file does not say what becomes of the other.
    let half = ["m1 1 ", "m2 3 id: '2'", "m3 2 "];
    insta::assert_snapshot!(refused(&half, &live), @r#"
    E0203 m2 is ambiguous: its id 0000000000000002 names one member, and its peer URLs belong to m3
      in the file: line 6
      live: 0000000000000002 by id, 0000000000000003 (m3) by peer URL
      correct `id:` or `peerURLs` of m2
      if m2 takes over the address: pin `id: "0000000000000003"` to the entry of the member that has it now, with another address
    "#);
}

/// Without a directory in the file, no program is told to clear one.
#[test]
fn a_directory_that_nobody_names() {
    let live = live("voters=(m1* m2 m3 m4)");
    let text = "
apiVersion: etcdplan/v1
cluster: { name: test }
driver: { kind: exec, exec: { start: [a], stop: [a], restart: [a], moveData: [a], wipe: [a] } }
members:
- { name: m1, peerURLs: ['http://10.0.0.1:2380'], clientURLs: ['http://10.0.0.1:2379'] }
- { name: m2, peerURLs: ['http://10.0.0.2:2380'], clientURLs: ['http://10.0.0.2:2379'] }
- { name: m3, peerURLs: ['http://10.0.0.3:2380'], clientURLs: ['http://10.0.0.3:2379'] }
";
    let build = |text: &str, replace: &[&str]| {
        let topology = topology::load("t.yaml", text).unwrap().topology;
        let name = |name: &&str| etcdplan::member::MemberName::parse(name).unwrap();
        let options = Options {
            requests: Requests {
                restart: BTreeSet::new(),
                replace: replace.iter().map(name).collect(),
            },
            ..Options::default()
        };
        plan::build(&topology, &live, &options)
    };
    let plan = build(text, &["m3"]);
    assert_eq!(plan.refusals[0].code, "E0213", "{:?}", plan.refusals);
    assert!(build(&format!("{text}host: {{ dataDir: /d }}\n"), &["m3"]).applyable);
    let plan = build(&format!("{text}policy: {{ wipeRemoved: true }}\n"), &[]);
    assert!(
        plan.applyable
            && plan
                .steps
                .iter()
                .all(|step| step.kind.to_string() != "wipe")
    );
    assert!(
        plan.diagnostics
            .iter()
            .any(|warning| warning.code == "W0306")
    );
}
