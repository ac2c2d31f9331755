//! The `etcdplan` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    etcdplan::cli::run().into()
}
