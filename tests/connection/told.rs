//! What etcdplan says, with what differs from run to run taken out.

use std::path::Path;
use std::process::{Command, Stdio};

use regex::Regex;

/// Runs `etcdplan status` and gives all that it prints, and how it ended.
pub(crate) fn status(endpoint: &str, arguments: &[&str]) -> String {
    status_with(endpoint, arguments, &[])
}

/// The same with variables set.
pub(crate) fn status_with(
    endpoint: &str,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> String {
    let all = [&["status", "--endpoints", endpoint], arguments].concat();
    let (results, errors) = run(&all, variables);
    results + &errors
}

/// Runs etcdplan and gives what it prints, as results and beside them, and how it ended.
pub(crate) fn run(arguments: &[&str], variables: &[(&str, &str)]) -> (String, String) {
    let ran = Command::new(env!("CARGO_BIN_EXE_etcdplan"))
        .args(arguments)
        .env_clear()
        .envs(std::env::var("PATH").map(|path| ("PATH", path)))
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let address = Regex::new(r"127\.\d+\.\d+\.\d+").unwrap();
    let text = |bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).unwrap();
        address.replace_all(&text, "ADDRESS").into_owned()
    };
    let code = ran.status.code().unwrap();
    let errors = format!("{}exit code {code}", text(ran.stderr));
    (text(ran.stdout), errors)
}

/// A path as an argument.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
