//! What shells and `man` are given: completions that know the names of a file, and pages that can be read.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use etcdplan::cli::man;

fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_etcdplan"))
}

fn output(command: &mut Command) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command.stdin(Stdio::null()).output().unwrap();
    let told = String::from_utf8(stderr).unwrap();
    assert!(status.success(), "{command:?}: {told}");
    String::from_utf8(stdout).unwrap()
}

/// Whether a shell is on this machine.
fn has(shell: &str) -> bool {
    let found = Command::new(shell)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    found.is_ok()
}

/// A folder with a topology file of these members.
fn folder(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut text = "apiVersion: etcdplan/v1\ncluster: { name: a }\nmembers:\n".to_owned();
    for (name, number) in names.iter().zip(1..) {
        let name = serde_json::Value::from(*name);
        text = format!(
            "{text}  - name: {name}\n    peerURLs: [http://a:{number}1]\n    clientURLs: [http://a:{number}2]\n"
        );
    }
    fs::write(folder.path().join("prod.yaml"), text).unwrap();
    folder
}

const NAMES: [&str; 5] = ["infra1", "infra2", "$(reboot)", "other;ls", "\u{202e}x"];

/// A shell with the program on its `PATH`, in this folder.
fn shell(name: &str, folder: &Path) -> Command {
    let mut path = vec![program().parent().unwrap().to_owned()];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    let mut command = Command::new(name);
    command
        .current_dir(folder)
        .env("PATH", std::env::join_paths(path).unwrap());
    command
}

/// What bash offers for a line: the function is called as readline calls it.
fn in_bash(folder: &Path, words: &[&str]) -> Vec<String> {
    let script = r#"
        source <(etcdplan completions bash)
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_TYPE=9 COMP_LINE="$*" COMP_POINT=999
        _clap_complete_etcdplan etcdplan "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let mut bash = shell("bash", folder);
    bash.args(["--norc", "--noprofile", "-c", script, "bash"])
        .args(words);
    let offered = output(&mut bash);
    offered.lines().map(str::to_owned).collect()
}

#[test]
fn bash_offers_the_members_of_the_file() {
    let folder = folder(&NAMES);
    for words in [
        &["etcdplan", "plan", "-f", "prod.yaml", "--restart", ""][..],
        &[
            "etcdplan",
            "apply",
            "--file",
            "=",
            "prod.yaml",
            "--restart",
            "",
        ],
    ] {
        assert_eq!(
            in_bash(folder.path(), words),
            ["infra1", "infra2", "all"],
            "{words:?}"
        );
    }
    let replace = ["etcdplan", "plan", "-f", "prod.yaml", "--replace", "infra2"];
    assert_eq!(in_bash(folder.path(), &replace), ["infra2"]);
    let second = [
        "etcdplan",
        "plan",
        "-f",
        "prod.yaml",
        "--replace",
        "infra1,in",
    ];
    assert_eq!(
        in_bash(folder.path(), &second),
        ["infra1,infra1", "infra1,infra2"]
    );
    let none = ["etcdplan", "plan", "--replace", "in"];
    assert_eq!(in_bash(folder.path(), &none), [""]);
    let missing = ["etcdplan", "plan", "-f", "missing.yaml", "--replace", "in"];
    assert_eq!(in_bash(folder.path(), &missing), [""]);
}

#[test]
fn bash_offers_commands_flags_and_files() {
    let folder = folder(&NAMES);
    let commands = in_bash(folder.path(), &["etcdplan", "sta"]);
    assert_eq!(commands, ["status"]);
    let flags = in_bash(folder.path(), &["etcdplan", "plan", "--detailed"]);
    assert_eq!(flags, ["--detailed-exitcode"]);
    let files = in_bash(folder.path(), &["etcdplan", "plan", "-f", "pr"]);
    assert_eq!(files, ["prod.yaml"]);
    let formats = in_bash(folder.path(), &["etcdplan", "status", "--format", "p"]);
    assert_eq!(formats, ["prometheus"]);
    let codes = in_bash(folder.path(), &["etcdplan", "explain", "W02"]);
    assert_eq!(codes, ["W0201", "W0202"]);
}

#[test]
fn zsh_and_fish_ask_the_program_too() {
    let folder = folder(&NAMES);
    let words = ["etcdplan", "plan", "-f", "prod.yaml", "--restart", "in"];
    // As their scripts ask; the shells themselves are on few machines.
    for shell in ["zsh", "fish"] {
        let mut ask = Command::new(program());
        ask.current_dir(folder.path())
            .env("ETCDPLAN_COMPLETE", shell)
            .env("_CLAP_COMPLETE_INDEX", "5")
            .env("_CLAP_IFS", "\n")
            .arg("--")
            .args(words);
        let offered = output(&mut ask);
        let names: Vec<&str> = offered.lines().collect();
        assert_eq!(names, ["infra1", "infra2"], "{shell}");
    }
    if has("fish") {
        let script = "etcdplan completions fish | source; complete -C 'etcdplan plan -f prod.yaml --restart in'";
        let offered = output(shell("fish", folder.path()).args(["--no-config", "-c", script]));
        assert_eq!(offered.lines().collect::<Vec<_>>(), ["infra1", "infra2"]);
    }
    if has("zsh") {
        let script = "autoload -U compinit && compinit -u -D && source <(etcdplan completions zsh) && which _clap_dynamic_completer_etcdplan >/dev/null";
        output(shell("zsh", folder.path()).args(["-f", "-c", script]));
    }
}

#[test]
fn the_pages_are_written_and_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("man1");
    let mut write = Command::new(program());
    output(write.args(["man", into.to_str().unwrap()]));
    let written = fs::read_dir(&into).unwrap().count();
    assert_eq!(written, man::pages().unwrap().len());
    let main = output(Command::new(program()).arg("man"));
    assert_eq!(main, fs::read_to_string(into.join("etcdplan.1")).unwrap());
    assert!(
        main.contains(".SH \"EXIT STATUS\"") && main.contains("ETCDPLAN_STATE_DIR"),
        "{main}"
    );
    if has("groff") {
        for page in man::pages().unwrap() {
            let mut groff = Command::new("groff");
            groff
                .args(["-man", "-Tascii", "-ww"])
                .arg(into.join(&page.name));
            let output = groff.output().unwrap();
            let told = String::from_utf8_lossy(&output.stderr);
            assert!(
                output.status.success() && told.is_empty(),
                "{}: {told}",
                page.name
            );
        }
    }
}
