//! Plans as files: what is read, and what is refused.

#[cfg(test)]
#[cfg(feature = "cli")]
mod program;

use etcdplan::observation::recording;
use etcdplan::plan::saved::{self, SavedPlanError};
use etcdplan::plan::{self, Options, Plan};
use etcdplan::{render, topology};
use serde_json::{Value, json};

fn plan() -> Plan {
    let file = "examples/grow.yaml";
    let text = std::fs::read_to_string(file).unwrap();
    let live = std::fs::read_to_string("examples/live/healthy.json").unwrap();
    let wanted = topology::load(file, &text).unwrap().topology;
    let live = recording::read(&live).unwrap();
    plan::build(&wanted, &live, &Options::default())
}

/// The plan with another content, and the id that belongs to it.
fn altered(alter: impl FnOnce(&mut Value)) -> String {
    let mut document = serde_json::to_value(plan()).unwrap();
    alter(&mut document);
    let mut content = document.clone();
    let fields = content.as_object_mut().unwrap();
    fields.remove("planID");
    fields.remove("createdAt");
    let hex = plan::sha256(content.to_string().as_bytes());
    document["planID"] = json!(hex.split_at(16).0);
    document.to_string()
}

#[test]
fn what_is_written_is_read() {
    // Where an entry stands in its file is no part of the document.
    let plan: Plan = serde_json::from_value(serde_json::to_value(plan()).unwrap()).unwrap();
    assert_eq!(saved::read(&render::json(&plan)).unwrap(), plan);
    // However it is laid out.
    let compact = serde_json::to_string(&plan).unwrap();
    assert_eq!(saved::read(&compact).unwrap(), plan);
}

#[test]
fn minor_versions_only_add() {
    let newer = altered(|document| {
        document["formatVersion"] = json!("1.9");
        document["mood"] = json!({ "steps": ["calm"] });
        document["steps"][0]["mood"] = json!(3);
    });
    let read = saved::read(&newer).unwrap();
    assert_eq!(read.steps, plan().steps);
    let older = altered(|document| {
        let fields = document.as_object_mut().unwrap();
        for later in ["requests", "zones"] {
            assert!(fields.remove(later).is_some(), "{later}");
        }
    });
    assert_eq!(saved::read(&older).unwrap().steps, plan().steps);
}

#[test]
fn a_newer_etcdplan_is_named() {
    let major = altered(|document| document["formatVersion"] = json!("2.0"));
    let kind = altered(|document| document["steps"][1]["kind"] = json!("teleport"));
    for (text, reason) in [
        (major, "format 2.0, and this one knows 1.0"),
        (kind, "step 2 is of the kind `teleport`"),
    ] {
        let error = saved::read(&text).unwrap_err();
        let reason = reason.to_owned();
        assert_eq!(error, SavedPlanError::Newer { reason });
    }
}

#[test]
fn a_changed_plan_is_refused() {
    let text = render::json(&plan());
    for (from, to) in [
        ("\"kind\": \"promote\"", "\"kind\": \"remove\""),
        ("10.0.4.14", "10.0.4.41"),
        ("\"applyable\": true", "\"applyable\": false"),
        ("\"hasChanges\": true", "\"hasChanges\": true, \"extra\": 1"),
    ] {
        assert!(text.contains(from), "{from}");
        let changed = text.replacen(from, to, 1);
        let error = saved::read(&changed).unwrap_err();
        assert!(matches!(error, SavedPlanError::Changed { .. }), "{error}");
    }
}

#[test]
fn other_files_are_no_plans() {
    for text in [
        "",
        "{",
        "[]",
        "apiVersion: etcdplan/v1\n",
        "{\"formatVersion\":\"x\"}",
        "3",
    ] {
        let error = saved::read(text).unwrap_err();
        assert!(matches!(error, SavedPlanError::Malformed { .. }), "{error}");
    }
    let fleet = "{\"formatVersion\":\"1.0\",\"plans\":[{},{}]}";
    let error = saved::read(fleet).unwrap_err();
    assert_eq!(error, SavedPlanError::Fleet { count: 2 });
}
