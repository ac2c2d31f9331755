//! Damaged plans, as documents and as journals hold them.

use std::fs;
use std::time::Duration;

use etcdplan::apply::halt::Halt;
use etcdplan::apply::journal::{Entry, Record};
use etcdplan::apply::passage::Passage;
use etcdplan::apply::position;
use etcdplan::apply::progress::{Directive, Patience, Progress};
use etcdplan::apply::{CallError, HostOutcome, StepOutcome};
use etcdplan::backup::BackupError;
use etcdplan::cli::outcome;
use etcdplan::journal::Run;
use etcdplan::observation::{Observation, recording};
use etcdplan::plan::{self, Options, Plan, StepId};
use etcdplan::render::palette::Palette;
use etcdplan::render::{self, Detail, View, title};
use etcdplan::safety::Outage;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::observations::{recordings, topologies};
use super::{Dice, Suspect, TEXTS, is_harmless, json};

/// Plans with steps, and the clusters that they are for.
fn plans() -> Vec<(Value, Observation)> {
    let mut plans = Vec::new();
    for live in recordings() {
        let live = recording::read(&live).unwrap();
        for wanted in topologies() {
            let options = Options {
                outage: Outage::Allowed,
                ..Options::default()
            };
            let plan = plan::build(&wanted, &live, &options);
            if !plan.steps.is_empty() || !plan.refusals.is_empty() {
                plans.push((serde_json::to_value(&plan).unwrap(), live.clone()));
            }
        }
    }
    plans
}

/// A plan that can be read can be shown, and performed as far as the cluster lets it.
fn is_used(plan: &Plan, live: &Observation) {
    let view = View {
        detail: Detail::Full,
        ..View::default()
    };
    let text = render::text(plan, &view);
    assert!(is_harmless(&text), "{text:?}");
    let json = render::json(plan);
    let again: Plan = serde_json::from_str(&json).unwrap();
    assert_eq!(render::json(&again), json);
    for step in &plan.steps {
        title(plan, step);
    }
    Passage::of(plan).moved_from_nearest(live);
    position::of(plan, live, &Record::default());
    let patience = Patience {
        step: Duration::from_secs(5),
        run: None,
        spent: Duration::ZERO,
    };
    let mut progress = Progress::new(plan, patience.into());
    for second in 0..12 {
        let now = Duration::from_secs(second);
        match progress.next(Ok(live.clone()), now) {
            Directive::Finished => return,
            Directive::Halt(halt) => {
                is_ended(&halt);
                return;
            }
            Directive::Wait(_) => {}
            Directive::Call { .. } => {
                let message = "not yet".to_owned();
                progress.called(Err(CallError::NotYet { message }), now);
            }
            Directive::Backup(_) => progress.saved(Err(BackupError::NoSource), now),
            Directive::Host(_) => progress.performed(Ok(HostOutcome::Performed), now),
        }
    }
}

fn is_ended(halt: &Halt) {
    let text = outcome::error(halt).text(Palette::Plain);
    assert!(
        is_harmless(&text) && text.starts_with("Error: "),
        "{text:?}"
    );
}

#[test]
fn no_plan_is_too_damaged() {
    let plans = plans();
    assert!(plans.len() > 20);
    let mut dice = Dice::new(4);
    let (mut json, mut read) = (0, 0);
    for _ in 0..TEXTS {
        let (plan, live) = dice.one_of(&plans);
        let text = json::damaged(&mut dice, plan);
        let _suspect = Suspect(&text);
        json += usize::from(serde_json::from_str::<IgnoredAny>(&text).is_ok());
        if let Ok(plan) = serde_json::from_str::<Plan>(&text) {
            read += 1;
            is_used(&plan, live);
        }
    }
    assert!(json >= TEXTS / 2, "{json} of {TEXTS} are JSON");
    assert!(read >= TEXTS / 5, "{read} of {TEXTS} can be read");
}

/// A journal is a line an entry, and what is no entry tells nothing.
#[test]
fn no_journal_is_too_damaged() {
    let plans = plans();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("9f2c41d000000000.jsonl");
    let mut dice = Dice::new(5);
    let mut read = 0;
    for _ in 0..TEXTS / 10 {
        let (plan, live) = dice.one_of(&plans);
        let entries = [
            Entry::Begun {
                by: "ann on box".to_owned(),
                plan: Some(Box::new(serde_json::from_value(plan.clone()).unwrap())),
            },
            Entry::Outcome {
                step: StepId(1),
                outcome: StepOutcome::Completed,
            },
            Entry::Complete,
        ];
        let mut lines = Vec::new();
        for entry in entries {
            let mut entry = serde_json::to_value(entry).unwrap();
            entry["at"] = json!("2026-01-02T03:04:05Z");
            let text = match dice.below(2) {
                0 => entry.to_string(),
                _ => json::damaged(&mut dice, &entry),
            };
            lines.push(text.replace('\n', " "));
        }
        let text = lines.join("\n") + "\n";
        let _suspect = Suspect(&text);
        fs::write(&path, &text).unwrap();
        if let Some(run) = Run::read(&path).unwrap() {
            read += 1;
            position::of(&run.plan, live, &run.record);
            is_used(&run.plan, live);
        }
    }
    assert!(read >= TEXTS / 20, "{read} can be read");
}
