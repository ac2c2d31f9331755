//! `schemas/` is what the types say, and documents are as it says. `ETCDPLAN_REWRITE=1` writes
//! it again.

use std::fs;
use std::path::Path;

use etcdplan::observation::{Observation, recording};
use etcdplan::plan::fleet::Fleet;
use etcdplan::plan::{self, Options, Plan};
use etcdplan::render;
use etcdplan::topology::{self, document};
use schemars::Schema;
use serde_json::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn is_kept(name: &str, schema: &Schema) {
    let schema = serde_json::to_string_pretty(schema).unwrap() + "\n";
    let path = Path::new(ROOT).join("schemas").join(name);
    if std::env::var_os("ETCDPLAN_REWRITE").is_some() {
        fs::write(&path, &schema).unwrap();
    }
    assert_eq!(
        fs::read_to_string(path).unwrap(),
        schema,
        "run again with ETCDPLAN_REWRITE=1"
    );
}

#[test]
fn the_files_are_what_the_types_say() {
    is_kept("topology.v1.json", &document::schema());
    is_kept("plan.v1.json", &schemars::schema_for!(Plan));
    is_kept("fleet.v1.json", &schemars::schema_for!(Fleet));
    is_kept("observation.v1.json", &schemars::schema_for!(Observation));
}

/// What is wrong with a document, by a schema of `schemas/`.
fn problems(schema: &str, document: &Value) -> Vec<String> {
    let schema = fs::read_to_string(Path::new(ROOT).join("schemas").join(schema)).unwrap();
    let schema = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors = validator.iter_errors(document);
    errors.map(|error| error.to_string()).collect()
}

fn example(name: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join("examples").join(name)).unwrap()
}

/// Every topology of the examples, on every recording.
fn plans() -> Vec<Plan> {
    let mut plans = Vec::new();
    for live in ["live/healthy.json", "live/infra2-dead.json"] {
        let live = recording::read(&example(live)).unwrap();
        for file in ["as-it-is", "grow", "move", "replace", "shrink"] {
            let file = format!("{file}.yaml");
            let wanted = topology::load(&file, &example(&file)).unwrap().topology;
            plans.push(plan::build(&wanted, &live, &Options::default()));
        }
    }
    plans
}

#[test]
fn plans_are_as_the_schema_says() {
    let plans = plans();
    assert!(plans.iter().any(|plan| !plan.refusals.is_empty()));
    assert!(plans.iter().any(|plan| !plan.steps.is_empty()));
    for plan in plans {
        let mut document: Value = serde_json::from_str(&render::json(&plan)).unwrap();
        assert_eq!(problems("plan.v1.json", &document), [""; 0]);
        document["summary"]["steps"] = "many".into();
        assert_ne!(problems("plan.v1.json", &document), [""; 0]);
    }
}

#[test]
fn recordings_are_as_the_schema_says() {
    for name in ["live/healthy.json", "live/infra2-dead.json"] {
        let mut document: Value = serde_json::from_str(&example(name)).unwrap();
        assert_eq!(problems("observation.v1.json", &document), [""; 0]);
        document["members"][0]["role"] = "observer".into();
        assert_ne!(problems("observation.v1.json", &document), [""; 0]);
    }
}

#[test]
fn topologies_are_as_the_schema_says() {
    for name in ["as-it-is", "grow", "move", "replace", "shrink"] {
        let mut document: Value = serde_yaml::from_str(&example(&format!("{name}.yaml"))).unwrap();
        assert_eq!(problems("topology.v1.json", &document), [""; 0]);
        document["members"][0]["peerUrls"] = "http://10.0.4.11:2380".into();
        assert_ne!(problems("topology.v1.json", &document), [""; 0]);
    }
}
