//! What etcdplan says, with what differs from run to run taken out.

use std::path::Path;
use std::process::Command;

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
    let ran = Command::new(env!("CARGO_BIN_EXE_etcdplan"))
        .args(["status", "--endpoints", endpoint])
        .args(arguments)
        .env_clear()
        .envs(std::env::var("PATH").map(|path| ("PATH", path)))
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = [&ran.stdout[..], &ran.stderr].concat();
    let text = String::from_utf8(text).unwrap();
    // As long as the longest, so that lines break where they would.
    let address = Regex::new(r"127\.\d+\.\d+\.\d+").unwrap();
    let text = address.replace_all(&text, "ADDRESS");
    format!("{text}exit code {}", ran.status.code().unwrap())
}

/// A path as an argument.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
