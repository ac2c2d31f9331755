//! Backups without a cluster: files that are none, and every way in which there is none.

use std::fs;

use etcdplan::amount::Size;
use etcdplan::backup::BackupError;
use etcdplan::cli::failure::Failure;
use etcdplan::render::palette::Palette;
use insta::assert_snapshot;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::program::run_in;

/// The repository.
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The pages of a database, as far as they tell that it is one, and its digest.
pub(crate) fn backup() -> Vec<u8> {
    let mut bytes = vec![7; 1024];
    bytes[16..20].copy_from_slice(&0xED0C_DAED_u32.to_le_bytes());
    let digest = Sha256::digest(&bytes);
    bytes.extend(digest);
    bytes
}

#[test]
fn every_file_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let whole = backup();
    let mut changed = whole.clone();
    changed[600] ^= 1;
    let files = [
        ("whole.db", &whole[..]),
        ("changed.db", &changed),
        ("cut.db", &whole[..1000]),
        ("no-digest.db", &whole[..1024]),
        ("empty.db", b""),
        ("text.db", b"apiVersion: etcdplan/v1"),
    ];
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let mut arguments = vec!["backup", "verify", "missing.db"];
    arguments.extend(files.map(|(name, _)| name));
    let text = run_in(folder.path(), &arguments, &[]).told();
    arguments.extend(["--format", "json"]);
    let json = run_in(folder.path(), &arguments, &[]);
    assert_eq!(json.code, 1);
    assert_snapshot!(format!("{text}\n{}", json.stdout));
    serde_json::from_str::<Value>(&json.stderr).unwrap();
    let run = run_in(folder.path(), &["backup", "verify", "whole.db"], &[]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}

/// The digest is right here, and there is no database behind the first page's promise.
#[test]
fn a_program_that_does_not_read_it_is_believed() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("whole.db"), backup()).unwrap();
    let verify = |program: &str| {
        let arguments = ["backup", "verify", "--etcdutl", program, "whole.db"];
        run_in(folder.path(), &arguments, &[]).told()
    };
    assert_snapshot!([verify("/bin/false"), verify("/nowhere/etcdutl")].join("\n"));
}

#[test]
fn every_error_has_a_way_out() {
    let what = || "the backup from infra1".to_owned();
    let broken = |reason: &str| BackupError::Broken {
        member: "infra1".to_owned(),
        received: Size(5 << 20),
        reason: reason.to_owned(),
        is_denied: reason.contains("denied"),
    };
    let errors = [
        BackupError::NoSource,
        BackupError::NoRoom {
            folder: "/backups".to_owned(),
            free: Size(3 << 20),
            needed: Size(9 << 20),
        },
        BackupError::Unwritten {
            path: "/backups".to_owned(),
            reason: "No space left on device (os error 28)".to_owned(),
        },
        broken("transport error: connection reset"),
        broken("etcdserver: permission denied"),
        BackupError::Changed {
            what: what(),
            sent: "a9".repeat(32),
            found: "3c".repeat(32),
        },
    ];
    let notices = errors.map(Failure::from).into_iter();
    let notices = notices.flat_map(|failure| failure.notices);
    let texts: Vec<String> = notices.map(|notice| notice.text(Palette::Plain)).collect();
    assert_snapshot!(texts.join("\n"));
}

/// It stands first in every form, and its numbers are those of the cluster as it is.
#[test]
fn a_plan_begins_with_its_backup() {
    let folder = tempfile::tempdir().unwrap();
    let live = format!("{ROOT}/examples/live/healthy.json");
    let text = fs::read_to_string(format!("{ROOT}/examples/replace.yaml")).unwrap();
    let file = |name: &str, policy: &str| {
        fs::write(folder.path().join(name), format!("{text}{policy}\n")).unwrap();
    };
    file(
        "with.yaml",
        "policy: { backup: before-apply, backupDir: backups }",
    );
    file("without.yaml", "");
    let plan = |name: &str, format: &str| {
        let arguments = [
            "plan", "-f", name, "--live", &live, "-v", "--format", format,
        ];
        let run = run_in(folder.path(), &arguments, &[]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.stdout
    };
    let forms = ["text", "markdown", "mermaid", "dot"].map(|format| plan("with.yaml", format));
    assert_snapshot!(forms.join("\n----\n\n"));
    let parsed = |name: &str| -> Value { serde_json::from_str(&plan(name, "json")).unwrap() };
    let (with, without) = (parsed("with.yaml"), parsed("without.yaml"));
    let numbers = |plan: &Value| -> Vec<Value> {
        let steps = plan["steps"].as_array().unwrap().iter();
        let acts = steps.filter(|step| step["kind"] != "backup");
        acts.map(|step| json!([step["kind"], step["before"], step["lowest"], step["after"]]))
            .collect()
    };
    assert_eq!(numbers(&with), numbers(&without));
    assert_eq!(
        with["summary"]["minCanLose"],
        without["summary"]["minCanLose"]
    );
    let steps = with["steps"].as_array().unwrap();
    assert_eq!(steps[0]["kind"], "backup");
    assert_eq!(steps[0]["by"], "api");
    for step in &steps[1..] {
        assert_eq!(step["dependsOn"][0]["step"], "s1");
    }
}
