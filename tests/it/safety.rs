//! The rule book in cluster notation: `tests/testdata/safety`, one theme a file.
//!
//! `live` sets the cluster, with `disturbed=`, `leaderless`, `behind=`,
//! `unconnected=` (the leader says so), `closed=` (its peer port does not accept),
//! `unheard=` (the leader says nothing of it), `no-metrics`, `m3=3.4.45` for the
//! version of one member, and `cluster=3.5.0` for that of the cluster;
//! `judge` takes one action a line, with `allow-outage` and `floor=`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use etcdplan::action::{Action, MemberKey};
use etcdplan::member::{MemberId, MemberName};
use etcdplan::model::ClusterModel;
use etcdplan::observation::{Condition, Disturbance, Observation, Witness};
use etcdplan::safety::{Limits, Outage, Verdict, assess};
use etcdplan::url::Urls;
use etcdplan::version::Version;

use crate::notation;

/// As a topology file sets it, unless it says otherwise.
const MAX_LEARNER_LAG: u64 = 50;

#[test]
fn the_rule_book() {
    datadriven::walk("tests/testdata/safety", |file| {
        let mut live = notation::live("voters=(m1*)", Version::new(3, 5, 30));
        file.run(|case| {
            let args: Args = case.args.clone().into_iter().collect();
            match case.directive.as_str() {
                "live" => {
                    live = cluster(case.input.trim(), &args);
                    format!("{live}\n")
                }
                "judge" => {
                    let model = ClusterModel::observed(&live, MAX_LEARNER_LAG);
                    let limits = limits(&args);
                    let judge = |line: &str| {
                        let verdict = assess(&model, &action(line, &live), &limits);
                        format!("{line}: {}\n", told(&verdict))
                    };
                    case.input.lines().map(judge).collect()
                }
                other => panic!("unknown command {other}"),
            }
        });
    });
}

type Args = BTreeMap<String, Vec<String>>;

fn cluster(text: &str, args: &Args) -> Observation {
    let given = |key: &str| args.get(key).cloned().unwrap_or_default();
    let version = given("version");
    let version = version.first().map_or("3.5.30", String::as_str);
    let mut live = notation::live(text, version.parse().unwrap());
    let member = MemberId::new(1);
    for word in given("disturbed") {
        live.disturbances.insert(match word.as_str() {
            "noSpace" => Disturbance::NoSpace { member },
            "corrupt" => Disturbance::Corrupt { member },
            "downgrade" => Disturbance::DowngradeEnabled,
            "leader" => Disturbance::LeaderDisputed,
            "term" => Disturbance::TermMoving,
            "lists" => Disturbance::ListsDiffer,
            "quorum" => Disturbance::NoQuorum,
            other => panic!("no such disturbance: {other}"),
        });
    }
    if args.contains_key("leaderless") {
        live.leader = None;
    }
    if let Some(version) = given("cluster").first() {
        live.cluster_version = Some(version.parse().unwrap());
    }
    let named = |key: &str, label: &String| given(key).contains(label);
    let no_metrics = args.contains_key("no-metrics");
    for found in &mut live.members {
        let label = found.label();
        if named("unconnected", &label) {
            found.seen_by_leader = Witness::No;
        }
        if named("unheard", &label) || no_metrics {
            found.seen_by_leader = Witness::Unknown;
            found.seen_by_peers = Witness::Unknown;
        }
        if named("closed", &label) {
            found.peer_port = Witness::No;
        }
        if let Condition::Running(status) = &mut found.condition
            && let Some(version) = given(&label).first()
        {
            status.version = version.parse().unwrap();
        }
        if let Condition::Running(status) = &mut found.condition
            && named("behind", &label)
        {
            status.applied_index = 0;
        }
    }
    live
}

fn limits(args: &Args) -> Limits {
    let floor = args.get("floor").and_then(|given| given.first());
    Limits {
        floor: floor.map(|floor| floor.parse().unwrap()),
        outage: if args.contains_key("allow-outage") {
            Outage::Allowed
        } else {
            Outage::Refused
        },
    }
}

/// `remove m3`, `add m4`, `update m2 m9`, `moveLeader m1 m2`.
fn action(text: &str, live: &Observation) -> Action {
    let key = |word: &str| {
        let number: u64 = word.trim_start_matches('m').parse().unwrap();
        match live.member(MemberId::new(number)) {
            Some(found) => MemberKey::Live(found.id),
            None => MemberKey::New(MemberName::parse(word).unwrap()),
        }
    };
    let urls = |word: &str| match word.strip_prefix('m') {
        Some(host) => Urls::observed(&[format!("http://10.0.0.{host}:2380")]),
        None if word == "none" => Urls::default(),
        None => Urls::observed(&[word]),
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    let member = || key(words[1]);
    match words[0] {
        "add" => Action::AddLearner {
            member: member(),
            peer_urls: urls(words.get(2).unwrap_or(&words[1])),
        },
        "start" => Action::Start { member: member() },
        "promote" => Action::Promote { member: member() },
        "moveLeader" => Action::MoveLeader {
            from: member(),
            to: key(words[2]),
        },
        "update" => Action::UpdatePeerUrls {
            member: member(),
            peer_urls: urls(words[2]),
        },
        "moveData" => Action::MoveData { member: member() },
        "stop" => Action::Stop { member: member() },
        "restart" => Action::Restart { member: member() },
        "remove" => Action::Remove { member: member() },
        "wipe" => Action::Wipe { member: member() },
        other => panic!("no such action: {other}"),
    }
}

fn told(verdict: &Verdict) -> String {
    let hazards = |verdict: &Verdict| {
        let each = verdict.hazards().iter();
        let words: Vec<String> = each.map(|h| format!("{} {h}", h.code())).collect();
        words.join("; ")
    };
    match verdict {
        Verdict::Safe => "safe".to_owned(),
        Verdict::Caution(_) => format!("caution {}", hazards(verdict)),
        Verdict::Refused(_) => format!("refused {}", hazards(verdict)),
    }
}

/// Every code of the rule book occurs in some file.
#[test]
fn every_code_occurs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = fs::read_to_string(root.join("src/safety/weight.rs")).unwrap();
    let mut stories = String::new();
    for entry in fs::read_dir(root.join("tests/testdata/safety")).unwrap() {
        stories += &fs::read_to_string(entry.unwrap().path()).unwrap();
    }
    let quoted = source.split('"').skip(1).step_by(2);
    let is_code = |word: &&str| {
        let digits = word.strip_prefix(['E', 'W']).unwrap_or_default();
        digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit())
    };
    let codes: BTreeSet<&str> = quoted.filter(is_code).collect();
    assert!(codes.len() > 30, "{codes:?}");
    let missing: Vec<&&str> = codes.iter().filter(|c| !stories.contains(**c)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
