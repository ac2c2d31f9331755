//! Damaged recordings of clusters.

use etcdplan::cli::{observe, status};
use etcdplan::diff::Requests;
use etcdplan::member::MemberName;
use etcdplan::observation::{Observation, recording};
use etcdplan::plan::{self, Options, Plan};
use etcdplan::render::{self, Detail, View};
use etcdplan::safety::Outage;
use etcdplan::topology::{self, Topology};
use etcdplan::version::Version;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::{Dice, Suspect, TEXTS, is_harmless, json};
use crate::notation;

/// Clusters of every kind, as they are recorded.
pub(super) fn recordings() -> Vec<String> {
    let mut recordings = vec![
        include_str!("../../../examples/live/healthy.json").to_owned(),
        include_str!("../../../examples/live/infra2-dead.json").to_owned(),
    ];
    for (live, version) in [
        ("voters=(m1*)", Version::new(3, 4, 23)),
        ("voters=(m1* m2! m3~) learners=(m4?)", Version::new(3, 6, 5)),
        (
            "voters=(m1* m2 m3 m4? m5) learners=(m6)",
            Version::new(3, 5, 2),
        ),
    ] {
        recordings.push(recording::write(&notation::live(live, version)));
    }
    recordings
}

/// What may be wanted of them.
pub(super) fn topologies() -> Vec<Topology> {
    let mut topologies = Vec::new();
    for text in [
        include_str!("../../../examples/as-it-is.yaml"),
        include_str!("../../../examples/grow.yaml"),
        include_str!("../../../examples/move.yaml"),
        include_str!("../../../examples/replace.yaml"),
    ] {
        topologies.push(topology::load("t.yaml", text).unwrap().topology);
    }
    for wanted in ["m1 m2 m3", "m1@11/copy m2 m4", "m2 m3 m5/learner"] {
        let mut wanted = notation::wanted(wanted);
        wanted.cluster.version = Some(Version::new(3, 6, 5));
        topologies.push(wanted);
    }
    topologies
}

/// Of a recording that can be read, everything can be told that is told of a cluster.
fn is_told(dice: &mut Dice, live: &Observation, wanted: &Topology) {
    assert!(is_harmless(&status::text(live)), "{:?}", status::text(live));
    assert!(
        is_harmless(&observe::summary(live)),
        "{}",
        observe::summary(live)
    );
    serde_json::from_str::<Value>(&status::json(live)).unwrap();
    let again = recording::read(&recording::write(live)).unwrap();
    assert_eq!(&again, live);
    let names: Vec<MemberName> = wanted.members.iter().map(|m| m.name.clone()).collect();
    let mut some = |odds: usize| {
        let chosen = names.iter().filter(|_| dice.below(odds) == 0);
        chosen.cloned().collect()
    };
    let options = Options {
        requests: Requests {
            restart: some(6),
            replace: some(12),
        },
        outage: if names.len() > 3 {
            Outage::Allowed
        } else {
            Outage::Refused
        },
        ..Options::default()
    };
    let plan = plan::build(wanted, live, &options);
    let view = View {
        detail: Detail::Full,
        ..View::default()
    };
    let text = render::text(&plan, &view);
    assert!(is_harmless(&text), "{text:?}");
    let json = render::json(&plan);
    let document: Plan = serde_json::from_str(&json).unwrap();
    assert_eq!(render::json(&document), json);
    assert_eq!(plan::build(wanted, &again, &options), plan);
}

#[test]
fn no_recording_is_too_damaged() {
    let recordings: Vec<Value> = recordings()
        .iter()
        .map(|text| serde_json::from_str(text).unwrap())
        .collect();
    let topologies = topologies();
    let mut dice = Dice::new(3);
    let (mut json, mut read) = (0, 0);
    for _ in 0..TEXTS {
        let recording = dice.one_of(&recordings);
        let text = json::damaged(&mut dice, recording);
        let _suspect = Suspect(&text);
        json += usize::from(serde_json::from_str::<IgnoredAny>(&text).is_ok());
        match recording::read(&text) {
            Ok(live) => {
                read += 1;
                let wanted = dice.one_of(&topologies);
                is_told(&mut dice, &live, wanted);
            }
            Err(error) => {
                let (line, column) = (error.place().line, error.place().column);
                let length = |line: &str| line.len() + 1;
                let there = text.split('\n').nth(line.saturating_sub(1)).map(length);
                assert!(column <= there.unwrap_or(0), "{error}");
            }
        }
    }
    assert!(json >= TEXTS / 2, "{json} of {TEXTS} are JSON");
    assert!(read >= TEXTS / 5, "{read} of {TEXTS} can be read");
}
