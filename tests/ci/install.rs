//! How the action gets the program.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::action::{Action, Outcome};
use crate::desk::Desk;
use crate::hub::Hub;

const FOLDER: &str = "/o/etcdplan/releases/download/v9.9.9";

/// The name of the release of this machine.
fn archive() -> String {
    format!("etcdplan-9.9.9-{}-linux.tar.gz", std::env::consts::ARCH)
}

/// Publishes a release; `sums` makes its checksums of the right one.
fn publish(hub: &Hub, sums: impl Fn(String) -> String) {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(
        env!("CARGO_BIN_EXE_etcdplan"),
        folder.path().join("etcdplan"),
    )
    .unwrap();
    let made = Command::new("tar")
        .args(["-czf", "made.tar.gz", "etcdplan"])
        .current_dir(folder.path())
        .status()
        .unwrap();
    assert!(made.success());
    let summed = Command::new("sha256sum")
        .arg(folder.path().join("made.tar.gz"))
        .output()
        .unwrap();
    let digest = String::from_utf8(summed.stdout).unwrap();
    let digest = digest.split_whitespace().next().unwrap();
    let content = fs::read(folder.path().join("made.tar.gz")).unwrap();
    hub.serve_file(&format!("{FOLDER}/{}", archive()), content);
    let line = sums(format!("{digest}  {}\n", archive()));
    hub.serve_file(&format!("{FOLDER}/SHA256SUMS"), line.into_bytes());
}

fn run(hub: &Hub, version: &str) -> Outcome {
    let desk = Desk::new();
    let action = Action {
        repository: "o/etcdplan",
        ..Action::new(&desk, hub)
    };
    action.run(&[
        ("version", version),
        ("command", "validate"),
        ("file", "replace.yaml"),
    ])
}

#[test]
fn a_release_is_put_on_path() {
    let hub = Hub::start();
    publish(&hub, |line| {
        format!("{}  another.tar.gz\n{line}", "0".repeat(64))
    });
    for version in ["9.9.9", "v9.9.9"] {
        let ended = run(&hub, version);
        assert_eq!(ended.code, 0, "{}", ended.log);
        assert!(
            Path::new(ended.path.trim())
                .file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .starts_with("etcdplan-bin.")
        );
    }
}

#[test]
fn a_release_that_is_not_what_its_checksum_says_is_not_run() {
    let hub = Hub::start();
    for wrong in [
        |line: String| line.replacen(char::is_alphanumeric, "x", 1),
        |line: String| {
            line.replace(' ', "0 ")
                .replacen(char::is_alphanumeric, "", 1)
        },
        |line: String| line.replace("etcdplan-9", "etcdplan-8"),
        |_| String::new(),
    ] {
        publish(&hub, wrong);
        let ended = run(&hub, "9.9.9");
        assert_eq!(ended.code, 1, "{}", ended.log);
        assert_eq!(ended.path, "", "nothing is on PATH");
    }
}

#[test]
fn a_version_is_no_path() {
    let hub = Hub::start();
    for wrong in ["latest", "../../9.9.9", "9.9.9/../8.8.8", "9.9"] {
        assert_eq!(run(&hub, wrong).code, 1, "{wrong}");
    }
    assert_eq!(hub.take_calls(), Vec::<String>::new());
    // And one that is not there.
    assert_eq!(run(&hub, "9.9.9").code, 1);
}
