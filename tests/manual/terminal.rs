//! Terminals: windows of a tmux server that belongs to one cluster.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::bed::Outcome;

/// Narrower than what is printed, as terminals are: lines are wrapped.
const COLUMNS: &str = "100";
const ROWS: &str = "40";

/// Fails if there are no terminals to be had.
pub(crate) fn available() -> Outcome<()> {
    let version = Command::new("tmux")
        .arg("-V")
        .stdout(Stdio::null())
        .status();
    match version {
        Ok(status) if status.success() => Ok(()),
        Ok(_) | Err(_) => Err("tmux is needed: tests/install tmux".into()),
    }
}

/// A window in which somebody works.
#[derive(Debug)]
pub(crate) struct Terminal {
    socket: PathBuf,
    name: String,
}

impl Terminal {
    /// Opens a window with a shell in this folder, with the programs of these folders.
    pub(crate) fn open(
        socket: &Path,
        name: &str,
        shell: &str,
        folder: &Path,
        path: &str,
    ) -> Outcome<Self> {
        let terminal = Self {
            socket: socket.to_owned(),
            // A dot parts a window from its pane in tmux's targets.
            name: name.replace('.', "-"),
        };
        let folder = folder.to_str().ok_or("a folder that is no text")?;
        let command =
            format!("exec env PATH='{path}' PS1='{name}$ ' HISTFILE=/dev/null CI= {shell}");
        terminal.tmux(&[
            "new-session",
            "-d",
            "-s",
            &terminal.name,
            "-x",
            COLUMNS,
            "-y",
            ROWS,
            "-c",
            folder,
            &command,
        ])?;
        Ok(terminal)
    }

    /// Pastes a text, as it is.
    pub(crate) fn paste(&self, text: &str) -> Outcome<()> {
        self.tmux(&["set-buffer", "-b", &self.name, "--", text])?;
        self.tmux(&["paste-buffer", "-d", "-b", &self.name, "-t", &self.name])?;
        Ok(())
    }

    /// Types a line.
    pub(crate) fn line(&self, text: &str) -> Outcome<()> {
        self.paste(&format!("{text}\n"))
    }

    /// Presses a key, by tmux's name for it.
    pub(crate) fn press(&self, key: &str) -> Outcome<()> {
        self.tmux(&["send-keys", "-t", &self.name, key]).map(drop)
    }

    /// Everything on the screen and above it, with wrapped lines made whole.
    pub(crate) fn text(&self) -> Outcome<String> {
        let pane = ["capture-pane", "-p", "-J", "-S", "-", "-t", &self.name];
        let text = self.tmux(&pane)?;
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        Ok(lines.join("\n").trim_end().to_owned())
    }

    fn tmux(&self, arguments: &[&str]) -> Outcome<String> {
        let output = Command::new("tmux")
            .arg("-S")
            .arg(&self.socket)
            // Nobody's own settings.
            .args(["-f", "/dev/null"])
            .args(arguments)
            .env_remove("TMUX")
            .stdin(Stdio::null())
            .output()?;
        if !output.status.success() {
            let told = String::from_utf8_lossy(&output.stderr);
            return Err(format!("tmux {}: {told}", arguments.join(" ")).into());
        }
        Ok(String::from_utf8(output.stdout)?)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.tmux(&["kill-session", "-t", &self.name]);
    }
}
