//! The program and its saved plans.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use insta::assert_snapshot;

use crate::program::{Run, run_in};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn etcdplan(arguments: &[&str]) -> Run {
    run_in(Path::new(ROOT), arguments, &[])
}

/// Saves the plan of an example in a folder, and gives its path and what was printed.
fn saved(folder: &Path, more: &[&str]) -> (String, Run) {
    let path = folder.join("grow.plan.json").to_str().unwrap().to_owned();
    let live = "examples/live/healthy.json";
    let words = [
        "plan",
        "-f",
        "examples/grow.yaml",
        "--live",
        live,
        "-o",
        &path,
    ];
    let run = etcdplan(&[&words, more].concat());
    (path, run)
}

#[test]
fn a_plan_is_saved_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let (path, run) = saved(folder.path(), &[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let hint = format!("To run: etcdplan apply {path}\n");
    assert!(run.stdout.contains(&hint), "{}", run.stdout);
    assert_eq!(run.stderr, format!("Saved to {path}.\n"));
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let shown = etcdplan(&["show", &path]);
    assert_eq!((shown.code, shown.stderr.as_str()), (0, ""));
    assert_eq!(shown.stdout, run.stdout.split("\nTo run: ").next().unwrap());
    let document = etcdplan(&["show", &path, "--format", "json"]).stdout;
    assert_eq!(document, fs::read_to_string(&path).unwrap());
}

#[test]
fn one_run_writes_every_form() {
    let folder = tempfile::tempdir().unwrap();
    let forms = [
        "text", "json", "markdown", "mermaid", "dot", "html", "github", "gitlab",
    ];
    let place = |form: &str| folder.path().join(form).to_str().unwrap().to_owned();
    let writes: Vec<String> = forms
        .iter()
        .map(|form| format!("--write={form}={}", place(form)))
        .collect();
    let writes: Vec<&str> = writes.iter().map(String::as_str).collect();
    let (path, run) = saved(folder.path(), &writes);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for form in forms {
        let written = fs::read_to_string(place(form)).unwrap();
        let shown = etcdplan(&["show", &path, "--format", form]).stdout;
        let (written, _hint) = written.split_once("\nTo run: ").unwrap_or((&written, ""));
        assert_eq!(written, shown, "{form}");
        assert!(!shown.is_empty(), "{form}");
    }
    let wrong = etcdplan(&["show", &path, "--write", "word=plan.doc"]);
    assert_eq!(wrong.code, 64);
    assert!(
        wrong.stderr.contains("`word` is no form of a plan"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn what_is_no_plan_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = saved(folder.path(), &[]);
    let text = fs::read_to_string(&path).unwrap();
    let told = |name: &str, text: &str, command: &str| {
        let file = folder.path().join(name);
        fs::write(&file, text).unwrap();
        let mut words = vec![command, name];
        words.extend((command == "apply").then_some("--yes"));
        run_in(folder.path(), &words, &[("HOME", "/nonexistent")]).told()
    };
    let fleet = "{\"formatVersion\": \"1.0\", \"plans\": [{}, {}]}";
    assert_snapshot!(told("a.yaml", "apiVersion: etcdplan/v1\n", "apply"));
    assert_snapshot!(told(
        "newer.json",
        &text.replacen("\"1.0\"", "\"2.0\"", 1),
        "show"
    ));
    assert_snapshot!(told(
        "changed.json",
        &text.replacen("10.0.4.1", "10.0.4.2", 1),
        "apply"
    ));
    assert_snapshot!(told("fleet.json", fleet, "apply"));
}

#[test]
fn a_saved_plan_is_what_it_is() {
    let both = etcdplan(&["apply", "a.plan.json", "-f", "a.yaml"]);
    assert_eq!(both.code, 64);
    let request = etcdplan(&["apply", "a.plan.json", "--replace", "m1"]);
    assert_eq!(request.code, 64);
    assert_eq!(etcdplan(&["apply", "--yes"]).code, 64);
}

#[test]
fn why_there_is_no_plan_stands_beside_the_lines() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.yaml"), "apiVersion: etcdplan/v2\n").unwrap();
    let words = ["plan", "-f", "a.yaml", "--format", "github"];
    let run = run_in(folder.path(), &words, &[]);
    assert_eq!(run.code, 1);
    let commands: Vec<&str> = run.stdout.lines().collect();
    assert!(!commands.is_empty());
    let is_command = |line: &&str| line.starts_with("::error file=a.yaml,");
    assert!(commands.iter().all(is_command), "{}", run.stdout);
    assert!(run.stderr.starts_with("Error: "), "{}", run.stderr);
}
