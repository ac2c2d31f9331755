//! What must hold in every scenario, and that it can be seen not to.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::thread;

use crate::budget::Budget;
use crate::report::{Report, explore, tell};
use crate::sabotage::Sabotage;
use crate::scenario::{ALL, Scenario};

/// So many scenarios are explored at once.
const THREADS: usize = 2;

/// Ways in which a run ends that must have been seen, or the scenarios are too tame.
const SEEN: [&str; 8] = [
    "E0301", "E0310", "E0315", "E0317", "E0422", "E0423", "E0426", "E0429",
];

fn from_environment<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn every_scenario_is_safe_and_reaches_its_goal() {
    let only: String = from_environment("ETCDPLAN_MODEL_ONLY").unwrap_or_default();
    let depth: Option<u8> = from_environment("ETCDPLAN_MODEL_DEPTH");
    let chosen: VecDeque<&Scenario> = ALL.iter().filter(|s| s.name.contains(&only)).collect();
    let open = Mutex::new(chosen);
    let reports: Mutex<Vec<Report>> = Mutex::default();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(scenario) = next(&open) {
                    let budget = depth.map_or(scenario.budget, Budget::of);
                    let report = explore(scenario, budget, Sabotage::None);
                    tell(&report.line);
                    reports.lock().unwrap().push(report);
                }
            });
        }
    });
    let reports = reports.into_inner().unwrap();
    let states: usize = reports.iter().map(|report| report.states).sum();
    let mut halts: BTreeMap<&str, usize> = BTreeMap::new();
    for (code, count) in reports.iter().flat_map(|report| &report.halts) {
        *halts.entry(code).or_default() += count;
    }
    tell(&format!(
        "{states} states in {} scenarios; runs ended by {halts:?}",
        reports.len()
    ));
    let wrong: Vec<&str> = reports
        .iter()
        .flat_map(|r| &r.wrong)
        .map(String::as_str)
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    if only.is_empty() {
        let missing: Vec<_> = SEEN
            .iter()
            .filter(|code| !halts.contains_key(*code))
            .collect();
        assert!(missing.is_empty(), "no run ended by {missing:?}");
    }
}

fn next<'a>(open: &Mutex<VecDeque<&'a Scenario>>) -> Option<&'a Scenario> {
    open.lock().unwrap().pop_front()
}

fn sabotaged(name: &str, sabotage: Sabotage) -> Report {
    let scenario = ALL.iter().find(|scenario| scenario.name == name).unwrap();
    explore(scenario, Budget::of(1), sabotage)
}

#[test]
fn a_removal_behind_the_gate_is_noticed() {
    let report = sabotaged("shrink 3 to 1", Sabotage::RemovesBehindTheGate);
    assert!(report.broken.contains(&"quorum is kept"), "{report:?}");
}

#[test]
fn a_promotion_behind_the_gate_is_noticed() {
    let report = sabotaged("grow 1 to 2", Sabotage::PromotesBehindTheGate);
    assert!(report.broken.contains(&"quorum is kept"), "{report:?}");
}

#[test]
fn a_restart_behind_the_gate_is_noticed() {
    let report = sabotaged("rename", Sabotage::StopsBehindTheGate);
    assert!(report.broken.contains(&"quorum is kept"), "{report:?}");
}

#[test]
fn a_start_without_data_is_noticed() {
    let report = sabotaged("rename", Sabotage::RestartsElsewhere);
    let broken = report.broken;
    assert!(broken.contains(&"no start without data"), "{broken:?}");
}

#[test]
fn a_leader_that_is_removed_is_noticed() {
    let report = sabotaged("replace the leader", Sabotage::RemovesTheLeader);
    assert!(report.broken.contains(&"no leader goes down"), "{report:?}");
}

#[test]
fn a_removal_of_another_member_is_noticed() {
    let report = sabotaged("replace", Sabotage::RemovesAnother);
    assert!(
        report.broken.contains(&"nothing outside the plan"),
        "{report:?}"
    );
}

#[test]
fn a_backup_that_is_not_there_is_noticed() {
    let report = sabotaged("backup: replace", Sabotage::SkipsTheBackup);
    let broken = report.broken;
    assert!(broken.contains(&"the backup comes first"), "{broken:?}");
}

#[test]
fn a_goal_out_of_reach_is_noticed() {
    let report = sabotaged("grow 1 to 2", Sabotage::NeverStarts);
    assert!(report.broken.is_empty(), "{report:?}");
    assert!(
        report
            .wrong
            .iter()
            .any(|wrong| wrong.contains("out of reach")),
        "{report:?}"
    );
}
