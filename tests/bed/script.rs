//! Programs that a test writes and then runs.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

/// Writes a program by way of another process.
///
/// A file that is open for writing cannot be run, and a process that another thread starts in
/// that moment has it open until it becomes another program ("Text file busy").
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut install = Command::new("install")
        .args(["-m", "755", "/dev/stdin"])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()?;
    if let Some(mut input) = install.stdin.take() {
        input.write_all(text.as_bytes())?;
    }
    if install.wait()?.success() {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "cannot install {}",
        path.display()
    )))
}
