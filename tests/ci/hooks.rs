//! Atlantis and pre-commit, which run lines of their configuration.

use std::fs;
use std::path::Path;

use regex::Regex;
use serde_yaml::Value;

use crate::desk::{Desk, ROOT, Ran, variables};

fn yaml(path: &str) -> Value {
    let text = fs::read_to_string(Path::new(ROOT).join(path)).unwrap();
    serde_yaml::from_str(&text).unwrap()
}

/// Runs a stage of the workflow in the folder of the project, up to the step that fails.
fn atlantis(desk: &Desk, stage: &str) -> Ran {
    let server = yaml("examples/ci/atlantis/repos.yaml");
    let project = &yaml("examples/ci/atlantis/atlantis.yaml")["projects"][0];
    let workflow = project["workflow"].as_str().unwrap();
    assert!(
        server["repos"][0]["allowed_workflows"]
            .as_sequence()
            .unwrap()
            .contains(&workflow.into())
    );
    let environment = variables(&[
        ("PROJECT_NAME", project["name"].as_str().unwrap()),
        (
            "PLANFILE",
            desk.path().join("the plan.tfplan").to_str().unwrap(),
        ),
        ("DIR", project["dir"].as_str().unwrap()),
    ]);
    let mut all = Ran {
        code: 0,
        printed: String::new(),
    };
    for step in server["workflows"][workflow][stage]["steps"]
        .as_sequence()
        .unwrap()
    {
        let line = step["run"].as_str().unwrap();
        let ran = desk.run(
            &["sh", "-c", &format!("cd \"$DIR\" && {line}")],
            &environment,
        );
        all.printed += &ran.printed;
        all.code = ran.code;
        if ran.code != 0 {
            break;
        }
    }
    all
}

#[test]
fn atlantis_plans_shows_and_applies() {
    let desk = Desk::new();
    desk.make_unreachable(&["replace.yaml", "live/healthy.json", "live/infra2-dead.json"]);
    desk.write("clusters/prod-eu.yaml", &desk.read("replace.yaml"));
    desk.make_live("live/healthy.json");
    for _again in 0..2 {
        let ran = atlantis(&desk, "plan");
        assert_eq!(ran.code, 0, "{}", ran.printed);
        assert!(
            ran.printed
                .contains("\nPlan: 1 to add, 0 to change, 1 to destroy.\n")
        );
    }
    let ran = atlantis(&desk, "apply");
    assert_eq!(ran.code, 1);
    assert!(ran.printed.contains("[E0402]"), "{}", ran.printed);

    desk.make_live("live/infra2-dead.json");
    assert_eq!(atlantis(&desk, "plan").code, 3);
    desk.derive("clusters/prod-eu.yaml", "clusters/prod-eu.yaml", |text| {
        text.replace("4.14:2380", "4.14")
    });
    let ran = atlantis(&desk, "plan");
    assert_eq!(ran.code, 1);
    assert!(
        ran.printed.contains("1 error in prod-eu.yaml"),
        "{}",
        ran.printed
    );
}

/// pre-commit gives the changed files that match after the entry.
#[test]
fn pre_commit_checks_the_files_that_changed() {
    let hooks = yaml(".pre-commit-hooks.yaml");
    let hooks = hooks.as_sequence().unwrap();
    assert_eq!(hooks.len(), 2);
    let desk = Desk::new();
    desk.write("clusters/fine.yaml", &desk.read("replace.yaml"));
    desk.derive("replace.yaml", "clusters/bad.yaml", |text| {
        text.replace("4.14:2380", "4.14")
    });
    for hook in hooks {
        let entry: Vec<&str> = hook["entry"].as_str().unwrap().split(' ').collect();
        let run = |files: &[&str]| desk.run(&[&entry, files].concat(), &[]);
        assert_eq!(run(&["clusters/fine.yaml"]).code, 0);
        let ran = run(&["clusters/bad.yaml", "clusters/fine.yaml"]);
        assert_eq!(ran.code, 1);
        assert!(
            ran.printed.contains("E0112") && ran.printed.contains("clusters/fine.yaml is valid")
        );
        let files = Regex::new(hook["files"].as_str().unwrap()).unwrap();
        for (path, wanted) in [
            ("etcd.yaml", true),
            ("ops/etcd-prod.yml", true),
            ("ops/net.yaml", false),
            ("etcd/x.yaml", false),
        ] {
            assert_eq!(files.is_match(path), wanted, "{path}");
        }
    }
    let used = yaml("examples/ci/pre-commit/.pre-commit-config.yaml");
    let used = &used["repos"][0]["hooks"][0];
    assert!(hooks.iter().any(|hook| hook["id"] == used["id"]));
    assert!(
        Regex::new(used["files"].as_str().unwrap())
            .unwrap()
            .is_match("clusters/prod-eu.yaml")
    );
}
