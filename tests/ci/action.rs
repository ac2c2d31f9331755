//! Runs `action.yml` as a runner does: its steps in order, values put in for `${{ }}`, outputs read
//! back from the file that a step wrote them to, until a step fails.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use regex::{Captures, Regex};
use serde_yaml::Value;

use crate::desk::{Desk, ROOT, variables};
use crate::hub::{Hub, TOKEN};

/// What the action left.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// 0: no step failed.
    pub(crate) code: i32,
    pub(crate) log: String,
    pub(crate) summary: String,
    pub(crate) outputs: BTreeMap<String, String>,
    /// The folders that it added to PATH.
    pub(crate) path: String,
}

/// The action in a job of pull request 7.
pub(crate) struct Action<'a> {
    pub(crate) desk: &'a Desk,
    pub(crate) hub: &'a Hub,
    pub(crate) event: &'a str,
    pub(crate) repository: &'a str,
}

impl<'a> Action<'a> {
    pub(crate) fn new(desk: &'a Desk, hub: &'a Hub) -> Self {
        Self {
            desk,
            hub,
            event: r#"{"pull_request": {"number": 7}}"#,
            repository: "",
        }
    }

    /// Runs it with these inputs, and the defaults for the others.
    pub(crate) fn run(&self, inputs: &[(&str, &str)]) -> Outcome {
        let action = document();
        let mut values: BTreeMap<String, String> = BTreeMap::from([
            ("github.token".to_owned(), TOKEN.to_owned()),
            (
                "github.action_repository".to_owned(),
                self.repository.to_owned(),
            ),
        ]);
        for (name, input) in mapping(&action["inputs"]) {
            let default = filled(input["default"].as_str().unwrap(), &values);
            values.insert(format!("inputs.{name}"), default);
        }
        for (name, value) in inputs {
            let known = values.insert(format!("inputs.{name}"), (*value).to_owned());
            assert!(known.is_some(), "action.yml has no input {name}");
        }

        let runner = tempfile::tempdir().unwrap();
        let file = |name: &str| runner.path().join(name);
        fs::write(file("event.json"), self.event).unwrap();
        fs::create_dir(file("temp")).unwrap();
        for name in ["summary", "path"] {
            fs::write(file(name), "").unwrap();
        }
        let mut outcome = Outcome {
            code: 0,
            log: String::new(),
            summary: String::new(),
            outputs: BTreeMap::new(),
            path: String::new(),
        };
        for step in action["runs"]["steps"].as_sequence().unwrap() {
            assert_eq!(step["shell"].as_str(), Some("bash"));
            fs::write(file("output"), "").unwrap();
            let at = |name: &str| file(name).to_str().unwrap().to_owned();
            let mut environment = variables(&[
                ("GITHUB_ACTION_PATH", ROOT),
                ("GITHUB_API_URL", &self.hub.url),
                ("GITHUB_SERVER_URL", &self.hub.url),
                ("GITHUB_REPOSITORY", "o/r"),
                ("GITHUB_EVENT_PATH", &at("event.json")),
                ("GITHUB_OUTPUT", &at("output")),
                ("GITHUB_STEP_SUMMARY", &at("summary")),
                ("GITHUB_PATH", &at("path")),
                ("RUNNER_TEMP", &at("temp")),
            ]);
            for (name, value) in mapping(&step["env"]) {
                environment.push((name, filled(value.as_str().unwrap(), &values)));
            }
            let script = step["run"].as_str().unwrap();
            fs::write(file("step.sh"), script).unwrap();
            let shell = [
                "bash",
                "--noprofile",
                "--norc",
                "-eo",
                "pipefail",
                &at("step.sh"),
            ];
            let ran = self.desk.run(&shell, &environment);
            outcome.log += &ran.printed;
            let written = fs::read_to_string(file("output")).unwrap();
            if let Some(id) = step["id"].as_str() {
                for (name, value) in outputs(&written) {
                    values.insert(format!("steps.{id}.outputs.{name}"), value);
                }
            }
            if ran.code != 0 {
                outcome.code = ran.code;
                break;
            }
        }
        for (name, output) in mapping(&action["outputs"]) {
            let value = filled(output["value"].as_str().unwrap(), &values);
            outcome.outputs.insert(name, value);
        }
        outcome.summary = fs::read_to_string(file("summary")).unwrap();
        outcome.path = fs::read_to_string(file("path")).unwrap();
        outcome
    }
}

pub(crate) fn document() -> Value {
    let text = fs::read_to_string(Path::new(ROOT).join("action.yml")).unwrap();
    serde_yaml::from_str(&text).unwrap()
}

fn mapping(value: &Value) -> Vec<(String, &Value)> {
    let pairs = value.as_mapping().unwrap().iter();
    pairs
        .map(|(name, value)| (name.as_str().unwrap().to_owned(), value))
        .collect()
}

/// What nobody gave is empty, as on a runner.
fn filled(text: &str, values: &BTreeMap<String, String>) -> String {
    let value = |found: &Captures<'_>| values.get(&found[1]).cloned().unwrap_or_default();
    let expression = Regex::new(r"\$\{\{ ([a-z._-]+) \}\}").unwrap();
    expression.replace_all(text, value).into_owned()
}

/// Reads the file of outputs: `name=value`, or `name<<END` and lines up to `END`.
fn outputs(written: &str) -> BTreeMap<String, String> {
    let mut outputs = BTreeMap::new();
    let mut lines = written.lines();
    while let Some(line) = lines.next() {
        let multiple = line.split_once("<<");
        if let Some((name, end)) = multiple.filter(|(name, _)| !name.contains('=')) {
            let value: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
            outputs.insert(name.to_owned(), value.join("\n"));
        } else {
            let (name, value) = line.split_once('=').expect("an output");
            outputs.insert(name.to_owned(), value.to_owned());
        }
    }
    outputs
}

/// A value that was pasted into a script could be a command of it.
#[test]
fn no_script_holds_an_expression() {
    for step in document()["runs"]["steps"].as_sequence().unwrap() {
        let script = step["run"].as_str().unwrap();
        assert!(!script.contains("${{"), "{script}");
    }
}
