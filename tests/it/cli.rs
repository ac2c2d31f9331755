//! The program itself: what goes to which stream, and with which code it ends.

use std::fs;

use etcdplan::observation::recording;
use etcdplan::plan::Plan;
use etcdplan::version::Version;
use insta::assert_snapshot;

use crate::notation;
use crate::program::{Run, run_with};

fn etcdplan(arguments: &[&str]) -> Run {
    run_with(arguments, &[])
}

#[test]
fn alone_it_introduces_itself() {
    let run = etcdplan(&[]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(run.stdout.lines().count() <= 12, "{}", run.stdout);
    assert_eq!(run.stdout.matches("\n  etcdplan ").count(), 3);
}

#[test]
fn help_begins_with_examples() {
    for command in [
        "plan",
        "apply",
        "show",
        "observe",
        "validate",
        "status",
        "sandbox",
        "sandbox up",
        "sandbox down",
        "explain",
        "schema",
        "completions",
        "adopt",
        "man",
    ] {
        for flag in ["-h", "--help"] {
            let words: Vec<&str> = command.split(' ').chain([flag]).collect();
            let run = etcdplan(&words);
            assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{command}");
            let start = format!("Examples:\n  etcdplan {command}");
            assert!(run.stdout.starts_with(&start), "{}", run.stdout);
            let longest = run.stdout.lines().map(str::len).max();
            assert!(longest <= Some(90), "{}", run.stdout);
        }
    }
    assert!(etcdplan(&["--help"]).stdout.contains("64  wrong usage"));
}

#[test]
fn a_mistake_is_64_and_says_what_was_meant() {
    let run = etcdplan(&["plan", "-f", "a.yaml", "--detailed-exit-code"]);
    assert_eq!((run.code, run.stdout.as_str()), (64, ""));
    assert_snapshot!(run.stderr, @"
    Error: unexpected argument '--detailed-exit-code' found

      tip: a similar argument exists: '--detailed-exitcode'

    Usage: etcdplan plan --file <FILE|DIR> --detailed-exitcode

    For more information, try '--help'.
    ");
    assert_eq!(etcdplan(&["plan"]).code, 64);
    assert_eq!(etcdplan(&["observe", "--endpoints", "http://a"]).code, 64);
    let variable = [("ETCDPLAN_ENDPOINTS", "http://a")];
    let run = run_with(&["observe"], &variable);
    assert_eq!(run.code, 64);
    assert_snapshot!(run.stderr, @"Error: ETCDPLAN_ENDPOINTS: `http://a`: the URL has no port");
}

#[test]
fn errors_are_json_where_json_was_asked_for() {
    let missing = ["plan", "-f", "missing.yaml", "--format", "json"];
    let mistaken = ["plan", "--format=json"];
    for (arguments, code) in [(&missing[..], 1), (&mistaken[..], 64)] {
        let run = etcdplan(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (code, ""));
        let document: serde_json::Value = serde_json::from_str(&run.stderr).unwrap();
        assert_eq!(document["diagnostics"][0]["severity"], "error");
    }
}

#[test]
fn errors_begin_with_a_fixed_word() {
    let run = etcdplan(&["plan", "-f", "missing.yaml"]);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    assert_snapshot!(run.stderr, @"
    Error: cannot read missing.yaml: No such file or directory (os error 2)  [E0130]
    More: etcdplan explain E0130
    ");
}

/// Every problem at once, each with its place and what to write.
#[test]
fn problems_of_a_file_are_shown_where_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("prod.yaml");
    let text = "apiVersion: etcdplan/v1
cluster: { name: prod }
members:
  - name: infra0
    peerURLs: [http://10.0.4.11]
    clientUrls: [http://10.0.4.11:2379]
";
    fs::write(&file, text).unwrap();
    let run = etcdplan(&["validate", file.to_str().unwrap()]);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    let told = run.stderr.replace(folder.path().to_str().unwrap(), "");
    assert_snapshot!(told, @r"
    Error: `http://10.0.4.11` is no URL that etcd takes: the URL has no port  [E0112]
       ,-[/prod.yaml:5:16]
     4 |   - name: infra0
     5 |     peerURLs: [http://10.0.4.11]
       :                ^^^^^^^^|^^^^^^^
       :                        `-- this URL
     6 |     clientUrls: [http://10.0.4.11:2379]
       `----
      Way out: write scheme, host and port, as in http://10.0.4.11:2380

    Error: unknown field `clientUrls`  [E0102]
       ,-[/prod.yaml:6:5]
     5 |     peerURLs: [http://10.0.4.11]
     6 |     clientUrls: [http://10.0.4.11:2379]
       :     ^^^^^|^^^^
       :          `-- not a field here
       `----
      Way out: did you mean `clientURLs`?

    2 errors in /prod.yaml. Nothing was contacted.
    More: etcdplan explain E0112 E0102
    ");
}

#[test]
fn no_colour_without_a_terminal_unless_forced() {
    let missing = ["plan", "-f", "missing.yaml"];
    let coloured = |arguments: &[&str], environment: &[(&str, &str)]| {
        run_with(arguments, environment).stderr.contains('\u{1b}')
    };
    let forced = ("CLICOLOR_FORCE", "1");
    assert!(!coloured(&missing, &[("TERM", "xterm-256color")]));
    assert!(coloured(&missing, &[forced]));
    assert!(!coloured(&missing, &[forced, ("NO_COLOR", "1")]));
    let always: Vec<&str> = missing.into_iter().chain(["--color", "always"]).collect();
    assert!(coloured(&always, &[("NO_COLOR", "1")]));
}

#[test]
fn nobody_answers_is_an_error_with_a_way_out() {
    // Nothing listens on port 1.
    let run = etcdplan(&["observe", "--endpoints", "127.0.0.1:1"]);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    assert!(
        run.stderr
            .starts_with("Error: no member of the cluster answers  [E0402]\n")
    );
    assert!(run.stderr.contains("etcdplan sandbox up"), "{}", run.stderr);
}

#[test]
fn completions_and_schemas_are_whole() {
    for (shell, part) in [
        ("bash", "ETCDPLAN_COMPLETE"),
        ("zsh", "ETCDPLAN_COMPLETE"),
        ("fish", "ETCDPLAN_COMPLETE"),
        ("elvish", "detailed-exitcode"),
        ("powershell", "detailed-exitcode"),
    ] {
        let run = etcdplan(&["completions", shell]);
        assert!(run.code == 0 && run.stdout.contains(part), "{shell}");
    }
    for name in ["topology", "plan", "observation"] {
        let schema = etcdplan(&["schema", name]).stdout;
        let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
        assert_eq!(schema["type"], "object", "{name}");
    }
}

/// A folder with a topology file of three members, and the recording of a cluster.
fn folder(live: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut file = "apiVersion: etcdplan/v1\ncluster: { name: prod-eu }\nmembers:\n".to_owned();
    for number in [1, 2, 4] {
        file = format!(
            "{file}  - name: m{number}
    peerURLs: [http://10.0.0.{number}:2380]
    clientURLs: [http://10.0.0.{number}:2379]\n"
        );
    }
    fs::write(folder.path().join("prod.yaml"), file).unwrap();
    let seen = notation::live(live, Version::new(3, 5, 30));
    fs::write(folder.path().join("live.json"), recording::write(&seen)).unwrap();
    folder
}

fn plan(folder: &tempfile::TempDir, more: &[&str]) -> Run {
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (file, live) = (path("prod.yaml"), path("live.json"));
    let mut arguments = vec!["plan", "-f", &file, "--live", &live];
    arguments.extend(more);
    etcdplan(&arguments)
}

#[test]
fn changes_are_2_only_where_that_was_asked_for() {
    let differs = folder("voters=(m1* m2 m3)");
    let run = plan(&differs, &[]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(
        run.stdout
            .contains("\nPlan: 1 to add, 0 to change, 1 to destroy.\n")
    );
    assert_eq!(plan(&differs, &["--detailed-exitcode"]).code, 2);
    let same = folder("voters=(m1* m2 m4)");
    let run = plan(&same, &["--detailed-exitcode"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(run.stdout.starts_with("No changes. prod-eu matches "));
    assert_eq!(run.stdout.lines().count(), 1);
}

#[test]
fn the_same_input_is_the_same_output() {
    let folder = folder("voters=(m1* m2 m3)");
    for format in ["text", "json"] {
        let arguments = ["--format", format];
        assert_eq!(
            plan(&folder, &arguments).stdout,
            plan(&folder, &arguments).stdout
        );
    }
    let json = plan(&folder, &["--format", "json"]).stdout;
    let document: Plan = serde_json::from_str(&json).unwrap();
    assert_eq!(etcdplan::render::json(&document), json);
}

#[test]
fn a_refusal_is_3_with_the_plan_on_stdout_and_its_first_line_on_stderr() {
    let folder = folder("voters=(m1* m2! m3)");
    let run = plan(&folder, &["--detailed-exitcode"]);
    assert_eq!(run.code, 3);
    assert!(run.stdout.contains("\nRefused: "), "{}", run.stdout);
    assert!(!run.stdout.contains("Plan: "), "{}", run.stdout);
    let (errors, more) = run.stderr.trim_end().rsplit_once('\n').unwrap();
    assert!(more.starts_with("More: etcdplan explain E03"), "{more}");
    for line in errors.lines() {
        assert!(
            line.starts_with("Error: refused: ") && line.ends_with(']'),
            "{line}"
        );
    }
    let run = plan(&folder, &["--format", "json"]);
    let document: Plan = serde_json::from_str(&run.stdout).unwrap();
    assert!(!document.applyable && !document.refusals.is_empty());
    let errors: serde_json::Value = serde_json::from_str(&run.stderr).unwrap();
    assert_eq!(errors["diagnostics"][0]["code"], document.refusals[0].code);
}

/// What is doubtful in the file stands in the plan, in every form of it, and is told once.
#[test]
fn warnings_of_the_file_are_in_the_plan() {
    let folder = folder("voters=(m1* m2 m3)");
    let file = folder.path().join("prod.yaml");
    let text = fs::read_to_string(&file).unwrap();
    let zones = text.replace("name: m1", "name: m1\n    zone: a");
    let zones = zones.replace("name: m2", "name: m2\n    zone: a");
    fs::write(&file, zones.replace("name: m4", "name: m4\n    zone: b")).unwrap();
    let run = plan(&folder, &[]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(run.stdout.contains("[W0201]"), "{}", run.stdout);
    let run = plan(&folder, &["--format", "json"]);
    let document: Plan = serde_json::from_str(&run.stdout).unwrap();
    let warning = &document.diagnostics[0];
    assert_eq!((warning.code.as_str(), warning.line), ("W0201", Some(5)));
    assert_eq!(run.stderr, "");
}

#[test]
fn quiet_and_verbose() {
    let folder = folder("voters=(m1* m2 m3)");
    let run = plan(&folder, &["-q"]);
    assert!(run.stdout.starts_with("Plan: 1 to add"), "{}", run.stdout);
    let run = plan(&folder, &["-v"]);
    assert!(run.stdout.contains("\nDifference "), "{}", run.stdout);
    assert_eq!(plan(&folder, &["-q", "-v"]).code, 64);
}

#[test]
fn a_request_for_a_member_that_is_not_there_is_refused() {
    let folder = folder("voters=(m1* m2 m4)");
    let run = plan(&folder, &["--restart", "m9"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    let run = plan(&folder, &["--restart", "all"]);
    assert!(
        run.stdout
            .contains("\nPlan: 0 to add, 3 to change, 0 to destroy.\n")
    );
    assert!(run.stdout.contains(" --restart all\n"), "{}", run.stdout);
}

#[test]
fn apply_never_acts_without_consent() {
    // Nothing listens at the client URLs: the refusal comes before any look.
    let folder = folder("voters=(m1* m2 m3)");
    let file = folder.path().join("prod.yaml").display().to_string();
    let run = etcdplan(&["apply", "-f", &file]);
    assert_eq!((run.code, run.stdout.as_str()), (64, ""));
    assert_snapshot!(run.stderr, @"
    Error: pass --yes to apply without a question
      there is nobody to ask: no terminal, CI, or --no-input
    ");
}
