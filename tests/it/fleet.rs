//! Plans of many clusters in one run: nothing hides behind the others.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Run, run_in};

/// Topology files, each with the recording of its cluster beside it in `live/`.
struct Clusters(TempDir);

impl Clusters {
    /// One that grows, one that is as it should be, and one that may not be changed as its file says.
    fn new() -> Self {
        let clusters = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(clusters.0.path().join("clusters")).unwrap();
        fs::create_dir_all(clusters.0.path().join("live")).unwrap();
        clusters
    }

    fn with(self, name: &str, example: &str, live: &str) -> Self {
        let copy = |from: &str, to: &str| {
            let from = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("examples")
                .join(from);
            fs::copy(from, self.0.path().join(to)).unwrap();
        };
        copy(&format!("{example}.yaml"), &format!("clusters/{name}.yaml"));
        copy(&format!("live/{live}.json"), &format!("live/{name}.json"));
        self
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.0.path().join(path), text).unwrap();
    }

    fn plan(&self, more: &[&str]) -> Run {
        let words = ["plan", "-f", "clusters", "--live", "live"];
        run_in(self.0.path(), &[&words, more].concat(), &[])
    }
}

#[test]
fn one_summary_and_one_code() {
    let same = Clusters::new()
        .with("a", "as-it-is", "healthy")
        .with("b", "as-it-is", "healthy");
    let run = same.plan(&["--detailed-exitcode"]);
    assert_snapshot!("no_changes", run.told());

    let changed = same.with("c", "grow", "healthy");
    assert_eq!(changed.plan(&[]).code, 0);
    let run = changed.plan(&["--detailed-exitcode"]);
    assert_eq!((run.code, run.stderr.as_str()), (2, ""));
    assert!(
        run.stdout.ends_with("\n3 clusters: 1 to change.\n"),
        "{}",
        run.stdout
    );

    let refused = changed.with("d", "replace", "infra2-dead");
    let run = refused.plan(&["--detailed-exitcode", "-q"]);
    assert_eq!(run.code, 3);
    assert_snapshot!("refused", run.stderr);

    refused.write("clusters/e.yaml", "members: [");
    refused.write("clusters/notes.txt", "no topology");
    refused.write("clusters/.hidden.yaml", "no topology");
    let run = refused.plan(&["--detailed-exitcode", "--format", "json"]);
    assert_eq!(run.code, 1);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_snapshot!("summary", format!("{:#}", document["summary"]));
    assert_eq!(document["plans"].as_array().unwrap().len(), 4);
    assert_eq!(document["failures"][0]["file"], "clusters/e.yaml");
}

#[test]
fn a_cluster_without_a_recording_hides_nothing() {
    let clusters = Clusters::new()
        .with("a", "grow", "healthy")
        .with("b", "as-it-is", "healthy");
    fs::remove_file(clusters.0.path().join("live/b.json")).unwrap();
    let run = clusters.plan(&[]);
    assert_eq!(run.code, 1);
    let shown = run.stdout.lines().rev().take(7).collect::<Vec<_>>();
    let shown: Vec<&str> = shown.into_iter().rev().collect();
    assert_snapshot!("without_a_recording", shown.join("\n") + "\n" + &run.stderr);
}

#[test]
fn each_plan_is_saved_by_itself() {
    let clusters = Clusters::new()
        .with("a", "grow", "healthy")
        .with("b.c", "as-it-is", "healthy");
    let run = clusters.plan(&["-o", "plans", "--write", "markdown=all.md"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for (name, code) in [("a", 2), ("b.c", 0)] {
        let shown = [
            "show",
            &format!("plans/{name}.plan.json"),
            "--format",
            "json",
        ];
        let shown: Value =
            serde_json::from_str(&run_in(clusters.0.path(), &shown, &[]).stdout).unwrap();
        assert_eq!(shown["hasChanges"], code == 2, "{name}");
    }
    let comment = fs::read_to_string(clusters.0.path().join("all.md")).unwrap();
    assert!(
        comment.starts_with("<!-- etcdplan:v1 fleet -->\n"),
        "{comment}"
    );
}

#[test]
fn files_are_named_one_by_one_too() {
    let clusters = Clusters::new()
        .with("a", "grow", "healthy")
        .with("b", "as-it-is", "healthy");
    let plan = |more: &[&str]| {
        run_in(
            clusters.0.path(),
            &[&["plan", "--live", "live"], more].concat(),
            &[],
        )
    };
    let both = plan(&["-f", "clusters/b.yaml", "-f", "clusters/a.yaml", "-q"]);
    assert!(
        both.stdout.starts_with("prod-eu: no changes;"),
        "{}",
        both.stdout
    );
    for (mistake, says) in [
        (
            &["-f", "clusters", "--endpoints", "http://10.0.0.1:2379"][..],
            "--endpoints is for one cluster",
        ),
        (
            &["-f", "clusters", "--restart", "all"],
            "--restart is for one cluster",
        ),
        (&["-f", "clusters", "-f", "-"], "-f - is for one cluster"),
    ] {
        let run = plan(mistake);
        assert_eq!(run.code, 64);
        assert!(run.stderr.contains(says), "{}", run.stderr);
    }
    let twice = plan(&["-f", "clusters/a.yaml", "-f", "clusters", "-o", "plans"]);
    assert_eq!(twice.code, 1);
    assert!(
        twice.stderr.contains("would both be plans/a.plan.json"),
        "{}",
        twice.stderr
    );
    assert!(!clusters.0.path().join("plans").exists());
    let empty = plan(&["-f", "live"]);
    assert_eq!(
        (empty.code, empty.stderr.as_str()),
        (1, "Error: live holds no .yaml file\n")
    );
}

/// However many at once, the document is the same.
#[test]
fn the_order_is_that_of_the_files() {
    let mut clusters = Clusters::new();
    for number in 10..60 {
        let example = ["grow", "as-it-is", "replace", "move", "shrink"][number % 5];
        clusters = clusters.with(&format!("c{number}"), example, "healthy");
    }
    let first = clusters.plan(&["--format", "json"]);
    let again = clusters.plan(&["--format", "json"]);
    assert_eq!(first.stdout, again.stdout);
    let document: Value = serde_json::from_str(&first.stdout).unwrap();
    let plans = document["plans"].as_array().unwrap();
    let files: Vec<&str> = plans
        .iter()
        .map(|plan| plan["source"]["file"].as_str().unwrap())
        .collect();
    assert_eq!(files.len(), 50);
    assert!(files.is_sorted(), "{files:?}");
}
