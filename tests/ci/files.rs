//! No example is forgotten.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_yaml::Value;

use crate::action::document;
use crate::desk::ROOT;

fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(below(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn examples() -> Vec<PathBuf> {
    below(&Path::new(ROOT).join("examples/ci"))
}

/// What is sourced has no first line of its own, and is not executable.
#[test]
fn every_script_is_strict() {
    let scripts = examples();
    let scripts = scripts
        .iter()
        .filter(|path| path.extension().is_none_or(|end| end == "sh"));
    let mut seen = 0;
    for path in scripts {
        seen += 1;
        let text = fs::read_to_string(path).unwrap();
        let executable = fs::metadata(path).unwrap().permissions().mode() & 0o111 != 0;
        let strict =
            text.starts_with("#!/usr/bin/env bash\n") && text.contains("\nset -euo pipefail\n");
        let sourced = text.starts_with("# shellcheck shell=bash\n");
        assert!(
            if executable { strict } else { sourced },
            "{}",
            path.display()
        );
    }
    assert!(seen > 5);
}

/// Each has a test: who adds one here has written it.
const TESTED: [&str; 8] = [
    "atlantis/atlantis.yaml",
    "atlantis/repos.yaml",
    "drift/etcdplan-drift.yml",
    "github/etcdplan-apply.yml",
    "github/etcdplan-plan.yml",
    "gitlab/.gitlab-ci.yml",
    "gitlab/templates/apply.yml",
    "gitlab/templates/plan.yml",
];

#[test]
fn every_configuration_is_tested() {
    let root = Path::new(ROOT).join("examples/ci");
    let found = examples();
    let found: Vec<&str> = found
        .iter()
        .filter(|path| {
            path.extension()
                .is_some_and(|end| end == "yml" || end == "yaml")
        })
        .map(|path| path.strip_prefix(&root).unwrap().to_str().unwrap())
        .filter(|path| *path != "pre-commit/.pre-commit-config.yaml")
        .collect();
    assert_eq!(found, TESTED);
}

/// The workflows run no line of their own, only the action, with inputs and outputs that it has.
#[test]
fn every_workflow_calls_the_action_as_it_is() {
    let action = document();
    for path in examples() {
        let text = fs::read_to_string(&path).unwrap();
        if !text.contains("\njobs:\n") {
            continue;
        }
        assert!(!text.contains("pull_request_target"), "{}", path.display());
        let workflow: Value = serde_yaml::from_str(&text).unwrap();
        let mut calls = 0;
        for (_, job) in workflow["jobs"].as_mapping().unwrap() {
            for step in job["steps"].as_sequence().unwrap() {
                assert!(
                    step.get("run").is_none(),
                    "{}: a line without a test",
                    path.display()
                );
                if !step["uses"]
                    .as_str()
                    .unwrap()
                    .starts_with("OWNER/etcdplan@")
                {
                    continue;
                }
                calls += 1;
                for (input, _) in step["with"].as_mapping().unwrap() {
                    assert!(
                        action["inputs"].get(input).is_some(),
                        "{}: {input:?}",
                        path.display()
                    );
                }
            }
        }
        assert!(calls > 0);
        for output in text.split(".outputs.").skip(1) {
            let name = output.split([' ', '.']).next().unwrap();
            assert!(
                action["outputs"].get(name).is_some(),
                "{}: {name}",
                path.display()
            );
        }
        let applies = text.contains("command: apply");
        assert!(!applies || text.contains("cancel-in-progress: false"));
    }
}

/// A folder of examples is a manual.
#[test]
fn every_folder_says_what_it_is() {
    for name in ["atlantis", "drift", "github", "gitlab", "pre-commit"] {
        let path = Path::new(ROOT).join(format!("examples/ci/{name}/README.md"));
        let text = fs::read_to_string(&path).unwrap();
        for heading in [
            "## What it needs",
            "## What to copy",
            "## Rights",
            "## How it fails",
        ] {
            assert!(text.contains(heading), "{}: {heading}", path.display());
        }
    }
}
