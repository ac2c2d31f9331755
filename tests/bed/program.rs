//! The program under test, run as a user runs it.

use std::env;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::Pid;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::Outcome;

/// No test takes this long; what does is stuck.
const PATIENCE: Duration = Duration::from_secs(240);

/// A line of output, and when it was read.
#[derive(Clone, Debug)]
pub struct Line {
    pub at: Instant,
    pub text: String,
}

/// A finished run.
#[derive(Clone, Debug)]
pub struct Run {
    pub command: String,
    pub code: Option<i32>,
    pub stdout: Vec<Line>,
    pub stderr: Vec<Line>,
    pub begun: Instant,
    pub ended: Instant,
}

/// A run under way.
#[derive(Debug)]
pub struct Running {
    command: String,
    child: Child,
    begun: Instant,
}

impl Running {
    /// Starts the program in the cluster's directory. `ETCDPLAN_PROGRAM` names another build of it.
    pub fn start(directory: &Path, arguments: &[&str]) -> Outcome<Self> {
        Self::start_with(directory, arguments, &[])
    }

    /// The same, with these variables in its environment.
    pub fn start_with(
        directory: &Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Outcome<Self> {
        let program = env::var("ETCDPLAN_PROGRAM")
            .unwrap_or_else(|_| env!("CARGO_BIN_EXE_etcdplan").to_owned());
        let begun = Instant::now();
        let child = Command::new(&program)
            .args(arguments)
            .current_dir(directory)
            .env("ETCDPLAN_STATE_DIR", directory.join("state"))
            .env("NO_COLOR", "1")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{program}: {error}"))?;
        Ok(Self {
            command: format!("etcdplan {}", arguments.join(" ")),
            child,
            begun,
        })
    }

    /// Its process, as long as it has not ended.
    pub fn pid(&self) -> Option<Pid> {
        Pid::from_raw(self.child.id()?.try_into().ok()?)
    }

    /// Waits for its end.
    pub async fn ended(mut self) -> Outcome<Run> {
        let stdout = lines(self.child.stdout.take());
        let stderr = lines(self.child.stderr.take());
        let ended = timeout(PATIENCE, async {
            tokio::join!(stdout, stderr, self.child.wait())
        })
        .await;
        let (stdout, stderr, status) =
            ended.map_err(|_| format!("`{}` did not end in {PATIENCE:?}", self.command))?;
        Ok(Run {
            command: self.command,
            code: status?.code(),
            stdout,
            stderr,
            begun: self.begun,
            ended: Instant::now(),
        })
    }
}

impl Run {
    /// Runs the program in the cluster's directory, to its end.
    pub async fn of(directory: &Path, arguments: &[&str]) -> Outcome<Self> {
        Running::start(directory, arguments)?.ended().await
    }

    pub fn stdout(&self) -> String {
        let lines: Vec<&str> = self.stdout.iter().map(|line| line.text.as_str()).collect();
        lines.join(
            "
",
        )
    }

    pub fn stderr(&self) -> String {
        let lines: Vec<&str> = self.stderr.iter().map(|line| line.text.as_str()).collect();
        lines.join("\n")
    }

    /// The run as a failure report shows it.
    pub fn told(&self) -> String {
        let code = self
            .code
            .map_or("a signal".to_owned(), |code| code.to_string());
        let mut told = format!("$ {}\n", self.command);
        for line in self.stdout.iter().chain(&self.stderr) {
            let after = line.at - self.begun;
            told += &format!("{:7.3}  {}\n", after.as_secs_f64(), line.text);
        }
        told + &format!("ended with {code} after {:?}\n", self.ended - self.begun)
    }

    pub fn expect(&self, code: i32) -> Outcome<()> {
        if self.code == Some(code) {
            return Ok(());
        }
        Err(format!(
            "`{}` ended with {:?} instead of {code}",
            self.command, self.code
        )
        .into())
    }

    /// From the beginning of the first step to the end of the last, as the log of apply tells
    /// (`12:10:02Z 1/4 start …`, `… 4/4 done …`).
    pub fn steps(&self) -> Outcome<(Instant, Instant)> {
        let mut first = None;
        let mut last = None;
        for line in &self.stderr {
            match word(&line.text) {
                Some("start") => first = first.or(Some(line.at)),
                Some("done" | "skipped") => last = Some(line.at),
                _ => {}
            }
        }
        first
            .zip(last)
            .ok_or_else(|| "apply told of no step".into())
    }
}

/// The word after the `1/4` of a line of the log.
fn word(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace().skip_while(|word| !is_count(word));
    words.nth(1)
}

fn is_count(word: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    word.split_once('/')
        .is_some_and(|(step, all)| number(step) && number(all))
}

async fn lines(stream: Option<impl AsyncRead + Unpin>) -> Vec<Line> {
    let mut read = Vec::new();
    let Some(stream) = stream else {
        return read;
    };
    let mut lines = BufReader::new(stream).lines();
    while let Ok(Some(text)) = lines.next_line().await {
        read.push(Line {
            at: Instant::now(),
            text,
        });
    }
    read
}
