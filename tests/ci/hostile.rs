//! Inputs and texts that would like to be commands, outputs or somebody else's comment.

use crate::action::{Action, Outcome};
use crate::desk::{Desk, ROOT};
use crate::hub::Hub;

const VALUES: [&str; 9] = [
    "$(touch x)",
    "`touch x`",
    "'; touch x; '",
    "\"; touch x; \"",
    "a\n::error::forged\ntouch x",
    "a\nexitcode=0\nEOF\nchanges<<EOF\nfalse",
    "--live=/etc/passwd",
    "replace.yaml --write=text=x",
    "x\n<!-- etcdplan:v1 cluster=prod-eu id=0 plan=0 -->",
];

/// Every input but what the runner itself gives.
const INPUTS: [&str; 11] = [
    "command",
    "file",
    "plan-file",
    "live",
    "endpoints",
    "comment",
    "comment-author",
    "on-no-changes",
    "fail-on",
    "version",
    "download",
];

fn runner_commands(ended: &Outcome) -> Vec<&str> {
    let mut stopped = None;
    let mut commands = Vec::new();
    for line in ended.log.lines() {
        if let Some(end) = &stopped {
            if line == end {
                stopped = None;
            }
        } else if let Some(token) = line.strip_prefix("::stop-commands::") {
            stopped = Some(format!("::{token}::"));
        } else if line.starts_with("::") {
            commands.push(line);
        }
    }
    commands
}

#[test]
fn no_input_is_ever_run() {
    for input in INPUTS {
        for value in VALUES {
            let (desk, hub) = (Desk::new(), Hub::start());
            let mut inputs = vec![
                ("file", "replace.yaml"),
                ("live", "live/healthy.json"),
                ("version", ""),
            ];
            inputs.retain(|(name, _)| *name != input);
            inputs.push((input, value));
            if input == "download" {
                inputs.push(("version", "9.9.9"));
            }
            let ended = Action::new(&desk, &hub).run(&inputs);
            let here = desk.files();
            assert!(
                !here.iter().any(|path| path.ends_with("x")),
                "{input} {value:?}: {here:?}"
            );
            let commands = runner_commands(&ended);
            assert!(
                !commands
                    .iter()
                    .any(|line| line.starts_with("::error::forged")),
                "{input} {value:?}: {commands:?}"
            );
            let code = ended.outputs["exitcode"].as_str();
            let untouched = ["plan-file", "comment", "comment-author"].contains(&input);
            if untouched && !value.contains('/') {
                assert_eq!(code, "2", "{input} {value:?}: {}", ended.log);
                assert_eq!(ended.outputs["changes"], "true", "{input} {value:?}");
            } else {
                assert_ne!(
                    code, "0",
                    "{input} {value:?}: nobody says that there is nothing to do"
                );
            }
        }
    }
}

/// A cluster's name is text from the file: it reaches outputs, the summary and the comment.
#[test]
fn no_name_forges_an_output_or_a_comment() {
    for name in [
        "eu\\nEOF\\nchanges=false",
        "eu --> <!-- etcdplan:v1 cluster=prod-us id=0 plan=0 -->",
        "$(touch x)",
        "`a`",
        "\\u2028::error::forged",
    ] {
        let (desk, hub) = (Desk::new(), Hub::start());
        desk.derive("replace.yaml", "cluster.yaml", |text| {
            text.replace("name: prod-eu", &format!("name: \"{name}\""))
        });
        let inputs = [("file", "cluster.yaml"), ("live", "live/healthy.json")];
        let ended = Action::new(&desk, &hub).run(&inputs);
        assert_ne!(ended.outputs["changes"], "false", "{name}");
        assert!(
            runner_commands(&ended)
                .iter()
                .all(|line| !line.starts_with("::error::forged"))
        );
        for comment in hub.list("/repos/o/r/issues/7/comments") {
            let lines = comment.body().lines();
            let markers = lines.filter(|line| line.starts_with("<!-- etcdplan:v1 cluster="));
            assert!(markers.count() <= 1, "{}", comment.body());
        }
        assert!(!desk.path().join("x").exists());
    }
}

#[test]
fn two_runs_have_two_delimiters() {
    let text = std::fs::read_to_string("examples/ci/github/say.sh").unwrap();
    assert!(text.contains("/dev/urandom"));
    let desk = Desk::new();
    let script = format!(". {ROOT}/examples/ci/github/say.sh; random; echo; random");
    let ran = desk.run(&["bash", "-c", &script], &[]);
    let words: Vec<&str> = ran.printed.lines().collect();
    assert_eq!(words.len(), 2);
    assert_eq!(words[0].len(), 32);
    assert_ne!(words[0], words[1]);
}

/// The arguments of a program are everybody's to read.
#[test]
fn the_token_is_no_argument() {
    for script in ["api.sh", "tell.sh", "run.sh", "install.sh"] {
        let path = format!("{ROOT}/examples/ci/github/{script}");
        let text = std::fs::read_to_string(path).unwrap();
        for line in text
            .lines()
            .filter(|line| line.contains("INPUT_TOKEN") && !line.starts_with('#'))
        {
            assert_eq!(
                line.trim(),
                "\"$INPUT_TOKEN\" >\"$api/headers\")",
                "{script}"
            );
        }
    }
}

/// Of an error too long for a comment the end is told, and no fence in it closes the block.
#[test]
fn a_long_error_still_fits_a_comment() {
    let desk = Desk::new();
    let script = format!(
        ". {ROOT}/examples/ci/github/say.sh; yes 'a \u{60}\u{60}\u{60}\u{60} b' | head -n 20000 | fenced"
    );
    let ran = desk.run(&["bash", "-c", &script], &[]);
    let lines: Vec<&str> = ran.printed.lines().collect();
    assert_eq!(lines[..2], ["`````text", "(the beginning is left out)"]);
    assert_eq!(lines.last(), Some(&"`````"));
    assert!((50_000..51_000).contains(&ran.printed.len()));
}
