//! The program, run without an environment and with nobody at its input.

use std::path::Path;
use std::process::{Command, Stdio};

/// How a run ended, and all that it printed.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs it in the folder of the tests.
pub(crate) fn run_with(arguments: &[&str], environment: &[(&str, &str)]) -> Run {
    run_in(Path::new("."), arguments, environment)
}

/// Runs it in this folder.
pub(crate) fn run_in(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_etcdplan"))
        .args(arguments)
        .current_dir(folder)
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

impl Run {
    /// Both streams, and how it ended.
    pub(crate) fn told(&self) -> String {
        format!("{}{}exit code {}\n", self.stdout, self.stderr, self.code)
    }
}
