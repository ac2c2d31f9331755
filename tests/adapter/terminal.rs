//! What reaches a terminal while a plan is performed whose names are hostile.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::servers::{Program, free_network};

/// A sandbox that ends with the value.
struct Sandbox<'a> {
    folder: &'a Path,
}

impl Sandbox<'_> {
    fn etcdplan(&self, arguments: &[&str]) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_etcdplan"));
        let ran = command.args(arguments).current_dir(self.folder).output();
        let ran = ran.unwrap();
        let told = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{arguments:?}: {told}");
    }
}

impl Drop for Sandbox<'_> {
    fn drop(&mut self) {
        self.etcdplan(&["sandbox", "down"]);
    }
}

/// Turns the reading order, and is allowed in a name.
const NAME: &str = "evil\u{202e}name";

#[test]
fn a_line_that_is_redrawn_holds_nothing_that_acts() {
    let program = Program::newest().pop().expect("some version is here");
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox {
        folder: folder.path(),
    };
    let network = free_network();
    let (etcd, first) = (program.path.to_str().unwrap(), format!("{network}.1"));
    let up = ["sandbox", "up", "--members", "1", "--etcd", etcd];
    sandbox.etcdplan(&[&up[..], &["--first-address", &first]].concat());
    let file = folder.path().join("sandbox/topology.yaml");
    let text = fs::read_to_string(&file).unwrap();
    let text = text.replace("policy:\n", "policy:\n  allowEvenVoters: true\n");
    let member = format!(
        "  - name: \"{}\"\n    peerURLs: [http://{network}.2:2380]\n    clientURLs: [http://{network}.2:2379]\n",
        NAME.replace('\u{202e}', "\\u202e")
    );
    fs::write(&file, text + &member).unwrap();

    // A terminal of its own; what it is sent goes to standard output.
    let apply = format!(
        "{} apply -f sandbox/topology.yaml --yes --color always",
        env!("CARGO_BIN_EXE_etcdplan")
    );
    let ran = Command::new("script")
        .args(["--quiet", "--return", "--command", &apply, "/dev/null"])
        .current_dir(folder.path())
        .env("TERM", "xterm")
        .env("ETCDPLAN_STATE_DIR", folder.path().join("state"))
        .env_remove("CI")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let sent = String::from_utf8(ran.stdout).unwrap();
    assert!(ran.status.success(), "{sent}");
    assert!(sent.contains("Apply complete!"), "{sent}");
    assert!(sent.contains("evil\\u{202e}name"), "{sent}");
    // Colours and the redrawn line are the program's own.
    let own = regex::Regex::new("\u{1b}\\[((0|1|2|31|32|33)m|2K)|[\r\n]").unwrap();
    assert!(
        own.is_match(&sent) && sent.contains("\u{1b}[2K"),
        "{sent:?}"
    );
    let rest = own.replace_all(&sent, "");
    let acts = |c: char| c.is_control() || c == '\u{202e}';
    assert!(!rest.contains(acts), "{sent:?}");
}
