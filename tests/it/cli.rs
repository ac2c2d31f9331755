//! The program itself: what goes to which stream, and with which code it ends.

use std::process::{Command, Stdio};

use insta::assert_snapshot;

/// How a run ended.
struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

fn etcdplan(arguments: &[&str]) -> Run {
    etcdplan_with(arguments, &[])
}

fn etcdplan_with(arguments: &[&str], environment: &[(&str, &str)]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_etcdplan"))
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .output()
        .expect("the program was built for this test");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it prints UTF-8");
    Run {
        code: output.status.code().expect("it ends by itself"),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
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
        "observe",
        "status",
        "schema",
        "completions",
    ] {
        for flag in ["-h", "--help"] {
            let run = etcdplan(&[command, flag]);
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

    Usage: etcdplan plan --file <FILE> --detailed-exitcode

    For more information, try '--help'.
    ");
    assert_eq!(etcdplan(&["plan"]).code, 64);
    assert_eq!(etcdplan(&["observe", "--endpoints", "http://a"]).code, 64);
    let variable = [("ETCDPLAN_ENDPOINTS", "http://a")];
    let run = etcdplan_with(&["observe"], &variable);
    assert_eq!(run.code, 64);
    assert_snapshot!(run.stderr, @"
    Error: ETCDPLAN_ENDPOINTS: `http://a`: the URL has no port
    ");
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
    Error: cannot read missing.yaml: No such file or directory (os error 2)
    ");
}

#[test]
fn no_colour_without_a_terminal_unless_forced() {
    let missing = ["plan", "-f", "missing.yaml"];
    let coloured = |arguments: &[&str], environment: &[(&str, &str)]| {
        etcdplan_with(arguments, environment)
            .stderr
            .contains('\u{1b}')
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
    for shell in ["bash", "zsh", "fish"] {
        let run = etcdplan(&["completions", shell]);
        assert!(
            run.code == 0 && run.stdout.contains("detailed-exitcode"),
            "{shell}"
        );
    }
    for name in ["plan", "observation"] {
        let schema = etcdplan(&["schema", name]).stdout;
        let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
        assert!(schema["properties"]["formatVersion"].is_object(), "{name}");
    }
}
