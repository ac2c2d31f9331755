//! A merge request of GitLab: the jobs of the two components, their inputs put in, as a runner does it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize as _;
use serde_json::json;
use serde_yaml::{Deserializer, Value};

use crate::desk::{Desk, ROOT, Ran, variables};
use crate::hub::{Hub, TOKEN};

const NOTES: &str = "/projects/5/merge_requests/9/notes";

/// The two documents of a template: what it takes, and its jobs.
fn template(name: &str) -> (Value, Value) {
    let path = Path::new(ROOT).join(format!("examples/ci/gitlab/templates/{name}.yml"));
    let text = fs::read_to_string(path).unwrap();
    let mut documents = Deserializer::from_str(&text).map(|one| Value::deserialize(one).unwrap());
    (documents.next().unwrap(), documents.next().unwrap())
}

/// Runs a job of the template; what runs after it, runs however it ended.
fn run(desk: &Desk, hub: &Hub, job: &str, inputs: &[(&str, &str)]) -> Ran {
    let (takes, jobs) = template(if job == "etcdplan-apply" {
        "apply"
    } else {
        "plan"
    });
    let mut given = BTreeMap::new();
    for (name, input) in takes["spec"]["inputs"].as_mapping().unwrap() {
        if let Some(default) = input["default"].as_str() {
            given.insert(name.as_str().unwrap(), default);
        }
    }
    given.extend(inputs.iter().copied());
    let mut environment = variables(&[
        ("CI_API_V4_URL", &hub.url),
        ("CI_PROJECT_ID", "5"),
        ("CI_MERGE_REQUEST_IID", "9"),
        ("ETCDPLAN_NOTE_TOKEN", TOKEN),
    ]);
    let job = &jobs[job];
    for (name, value) in job["variables"].as_mapping().into_iter().flatten() {
        let text = value["value"].as_str().or(value.as_str()).unwrap();
        let filled = given.iter().fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("$[[ inputs.{name} ]]"), value)
        });
        assert!(!filled.contains("$[["), "{filled}");
        environment.push((name.as_str().unwrap().to_owned(), filled));
    }
    let script = |name: &str| {
        let lines = job[name].as_sequence().into_iter().flatten();
        let lines: Vec<&str> = lines.map(|line| line.as_str().unwrap()).collect();
        let script = lines.join("\n");
        assert!(!script.contains("$[["), "an input is pasted into {name}");
        desk.run(&["sh", "-c", &script], &environment)
    };
    let mut ran = script("script");
    ran.printed += &script("after_script").printed;
    println!("{}", ran.printed);
    ran
}

/// A checkout whose `cluster.yaml` is one of the examples.
fn desk(example: &str) -> Desk {
    let desk = Desk::new();
    desk.write("cluster.yaml", &desk.read(example));
    desk
}

const HEALTHY: [(&str, &str); 2] = [("file", "cluster.yaml"), ("live", "live/healthy.json")];

#[test]
fn a_plan_is_a_widget_and_one_note() {
    let (desk, hub) = (desk("replace.yaml"), Hub::start());
    for number in 0..100 {
        hub.write(NOTES, "somebody", &format!("note {number}"));
    }
    assert_eq!(run(&desk, &hub, "etcdplan-plan", &HEALTHY).code, 0);
    let widget: serde_json::Value = serde_json::from_str(&desk.read("tfplan.json")).unwrap();
    assert_eq!(widget, json!({ "create": 1, "update": 0, "delete": 1 }));
    assert!(desk.read("plan.json").contains("\"planID\""));

    desk.write("cluster.yaml", &desk.read("grow.yaml"));
    run(&desk, &hub, "etcdplan-plan", &HEALTHY);
    let notes = hub.list(NOTES);
    assert_eq!(notes.len(), 101);
    assert!(
        notes[100]
            .body()
            .starts_with("<!-- etcdplan:v1 cluster=prod-eu ")
    );
    assert!(notes[100].body().contains("2 to add"));
}

#[test]
fn a_refusal_and_an_error_fail_the_job_and_are_told_in_the_same_note() {
    let (desk, hub) = (desk("replace.yaml"), Hub::start());
    let dead = [
        ("file", "cluster.yaml"),
        ("live", "live/infra2-dead.json"),
        ("on-no-changes", "delete"),
    ];
    assert_eq!(run(&desk, &hub, "etcdplan-plan", &dead).code, 3);
    assert!(hub.list(NOTES)[0].body().contains("refused"));
    // What an earlier job left is not there in the next.
    for name in ["plan.json", "plan.md", "plan.exitcode"] {
        fs::remove_file(desk.path().join(name)).unwrap();
    }
    desk.derive("replace.yaml", "cluster.yaml", |text| {
        text.replace("4.14:2380", "4.14")
    });
    assert_eq!(run(&desk, &hub, "etcdplan-plan", &HEALTHY).code, 1);
    let notes = hub.list(NOTES);
    assert_eq!(notes.len(), 1);
    assert!(notes[0].body().starts_with("### etcdplan: error"));
}

#[test]
fn without_changes_the_note_is_kept_updated_or_deleted() {
    for (choice, left) in [
        ("keep", Some("6 steps")),
        ("update", Some("No changes.")),
        ("delete", None),
    ] {
        let (desk, hub) = (desk("replace.yaml"), Hub::start());
        let inputs = [&HEALTHY[..], &[("on-no-changes", choice)]].concat();
        run(&desk, &hub, "etcdplan-plan", &inputs);
        desk.write("cluster.yaml", &desk.read("as-it-is.yaml"));
        run(&desk, &hub, "etcdplan-plan", &inputs);
        let notes = hub.list(NOTES);
        assert_eq!(notes.len(), usize::from(left.is_some()), "{choice}");
        if let Some(words) = left {
            assert!(notes[0].body().contains(words), "{choice}: {notes:?}");
        }
    }
}

#[test]
fn validate_marks_the_lines() {
    let (desk, hub) = (desk("replace.yaml"), Hub::start());
    let found =
        || -> serde_json::Value { serde_json::from_str(&desk.read("codequality.json")).unwrap() };
    assert_eq!(run(&desk, &hub, "etcdplan-validate", &HEALTHY).code, 0);
    assert_eq!(found(), json!([]));
    desk.derive("replace.yaml", "cluster.yaml", |text| {
        text.replace("4.14:2380", "4.14")
            .replace("name: infra0", "name: infra2")
    });
    let ran = run(&desk, &hub, "etcdplan-validate", &HEALTHY);
    assert_eq!(ran.code, 1);
    assert!(ran.printed.contains("[cluster.yaml:"), "{}", ran.printed);
    let found = found();
    let found = found.as_array().unwrap();
    assert_eq!(found.len(), 2, "{found:?}");
    assert_ne!(found[0]["fingerprint"], found[1]["fingerprint"]);
    for one in found {
        assert_eq!(one["location"]["path"], "cluster.yaml");
        assert!(
            one["location"]["lines"]["begin"].as_u64().unwrap() > 1,
            "{one}"
        );
        assert_eq!(one["severity"], "blocker");
        assert!(one["check_name"].as_str().unwrap().starts_with('E'));
    }
}

#[test]
fn apply_takes_the_plan_of_the_job_before() {
    let (desk, hub) = (desk("as-it-is.yaml"), Hub::start());
    run(&desk, &hub, "etcdplan-plan", &HEALTHY);
    let ran = run(&desk, &hub, "etcdplan-apply", &[("cluster", "prod-eu")]);
    assert_eq!((ran.code, ran.printed.as_str()), (0, "No changes.\n"));
    desk.write("cluster.yaml", &desk.read("replace.yaml"));
    desk.make_unreachable(&["cluster.yaml", "live/healthy.json"]);
    run(&desk, &hub, "etcdplan-plan", &HEALTHY);
    let ran = run(&desk, &hub, "etcdplan-apply", &[("cluster", "prod-eu")]);
    assert_eq!(ran.code, 1);
    assert!(ran.printed.contains("[E0402]"), "{}", ran.printed);
}

#[test]
fn hostile_inputs_are_file_names_and_nothing_else() {
    for value in [
        "$(touch x)",
        "`touch x`",
        "\"; touch x; \"",
        "'; touch x #",
        "a\ntouch x",
        "--format=json",
    ] {
        for (job, input) in [
            ("etcdplan-validate", "file"),
            ("etcdplan-plan", "file"),
            ("etcdplan-plan", "live"),
        ] {
            let (desk, hub) = (desk("replace.yaml"), Hub::start());
            let inputs = [&HEALTHY[..], &[(input, value)]].concat();
            assert_eq!(run(&desk, &hub, job, &inputs).code, 1, "{job} {value}");
            assert!(!desk.path().join("x").exists(), "{job} {value}");
        }
    }
}
