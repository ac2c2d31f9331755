//! README.md is true: its commands print what it says, on a real etcd.
//!
//! A `console` block is a session that is run as it stands. Ids, times and the
//! like are replaced on both sides before they are compared.

#![cfg(test)]

mod session;

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use regex::Regex;
use tempfile::TempDir;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn readme() -> String {
    fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap()
}

/// A copy of the repository's folders that commands may write beside, and the programs that
/// they may call.
struct Desk {
    folder: TempDir,
    path: String,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for part in ["examples", "schemas"] {
            symlink(Path::new(ROOT).join(part), folder.path().join(part)).unwrap();
        }
        let program = Path::new(env!("CARGO_BIN_EXE_etcdplan")).parent().unwrap();
        let system = env::var("PATH").unwrap();
        let path = format!("{}:{}:{system}", program.display(), etcd().display());
        Self { folder, path }
    }

    fn run(&self, command: &str) -> Output {
        Command::new("sh")
            .args(["-c", &format!("exec 2>&1; {command}")])
            .current_dir(self.folder.path())
            .env("PATH", &self.path)
            .env("ETCDPLAN_STATE_DIR", self.folder.path().join("state"))
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.run("if [ -d sandbox ]; then etcdplan sandbox down; fi");
    }
}

/// The newest etcd that is there.
fn etcd() -> PathBuf {
    let mut found: Vec<PathBuf> = match env::var_os("ETCDPLAN_TEST_ETCD") {
        Some(list) => env::split_paths(&list).collect(),
        None => fs::read_dir(Path::new(ROOT).join("target/etcd"))
            .expect("an etcd: tests/servers/get unpacks some")
            .map(|entry| entry.unwrap().path())
            .collect(),
    };
    found.retain(|folder| folder.join("etcd").is_file());
    found.sort();
    found
        .pop()
        .expect("ETCDPLAN_TEST_ETCD names a folder with an etcd")
}

/// What no two runs share.
fn normalised(text: &str) -> String {
    [
        (r"\b[0-9a-f]{16}\b", "ID"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME"),
        (r"\b\d{8}T\d{6}Z\b", "TIME"),
        (r"\b[0-9a-f]{64}\b", "SHA256"),
        (r"\b\d{5} bytes\b", "BYTES"),
        (r"from +infra\d\n", "from MEMBER\n"),
        (r"\bindex \d+\b", "index INDEX"),
        (r"keys +\d+, read back by /\S+", "keys READ"),
        (r"\b3\.\d+(\.\d+)?\b", "VERSION"),
        (r"\b\d+(\.\d+)?(ms|s)\b", "DURATION"),
        (r"\b\d+(\.\d+)? [KM]iB\b", "SIZE"),
        (r" +", " "),
    ]
    .iter()
    .fold(text.trim_end().to_owned(), |text, (pattern, name)| {
        Regex::new(pattern)
            .unwrap()
            .replace_all(&text, *name)
            .into_owned()
    })
}

#[test]
fn every_session_is_as_printed() {
    let desk = Desk::new();
    let sessions = session::all(&readme());
    assert!(sessions.len() > 5, "the sessions of README.md are found");
    for session in sessions {
        let ran = desk.run(&session.command);
        assert_eq!(
            normalised(&String::from_utf8_lossy(&ran.stdout)),
            normalised(&session.printed),
            "README.md:{}: {}",
            session.line,
            session.command
        );
    }
}

/// The commands of `sh` blocks build and install: `tests/run` runs them.
#[test]
fn every_other_command_is_run_by_the_tests() {
    let script = fs::read_to_string(Path::new(ROOT).join("tests/run")).unwrap();
    for (line, command) in session::blocks(&readme(), "sh") {
        let command = command.trim();
        let is_run = command == "tests/run" || script.contains(command);
        assert!(is_run, "README.md:{line}: tests/run does not run {command}");
    }
}

#[test]
fn every_topology_is_valid() {
    let desk = Desk::new();
    for (line, text) in session::blocks(&readme(), "yaml") {
        fs::write(desk.folder.path().join("readme.yaml"), text).unwrap();
        let ran = desk.run("etcdplan validate readme.yaml");
        let told = String::from_utf8_lossy(&ran.stdout);
        assert!(ran.status.success(), "README.md:{line}: {told}");
    }
}

/// A link to a file of the repository leads somewhere.
#[test]
fn every_link_leads_somewhere() {
    let link = Regex::new(r"\]\(([^):]+)\)").unwrap();
    for (_, [path]) in link.captures_iter(&readme()).map(|found| found.extract()) {
        assert!(Path::new(ROOT).join(path).exists(), "README.md: {path}");
    }
}
