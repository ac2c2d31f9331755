//! The `exec` driver: a program of the operator's for each action.
//!
//! Run without a shell, in the folder of the topology file, with standard
//! input closed. Its output is passed on, line by line. At its timeout the
//! whole process group gets TERM, then KILL.

mod lines;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::apply::HostError;
use crate::apply::host_action::HostAction;
use crate::host::SECRETS;
use crate::host::output::Output;
use crate::remains::Remnant;
use crate::render::plain::plain;
use crate::topology::{ExecDriver, HostActionKind};

use lines::Lines;

/// How long a program has to end after TERM: systemd's own default is longer,
/// and whoever waits here has waited a whole timeout already.
const TERM_TO_KILL: Duration = Duration::from_secs(10);

/// How often what was told to end is looked at.
const POLL: Duration = Duration::from_millis(10);

/// How long output is still read after the program has ended: an etcd that it
/// left running may hold the pipe open for ever.
const DRAIN: Duration = Duration::from_millis(50);

/// How long an action may take.
pub(super) fn limit(exec: &ExecDriver, kind: HostActionKind) -> Duration {
    match kind {
        HostActionKind::MoveData | HostActionKind::Restore | HostActionKind::ForceNew => {
            exec.move_data_timeout.0
        }
        HostActionKind::Start
        | HostActionKind::Stop
        | HostActionKind::Restart
        | HostActionKind::Wipe
        | HostActionKind::Check
        | HostActionKind::PutAside
        | HostActionKind::Relay
        | HostActionKind::EndRelay => exec.timeout.0,
    }
}

/// Runs the program of an action.
pub(super) async fn run(
    program: &[String],
    action: &HostAction,
    folder: &Path,
    limit: Duration,
    output: &mut impl Output,
) -> Result<(), HostError> {
    let member = plain(action.member.as_str()).into_owned();
    let mut say = |_: Pipe, line: String| output.line(&format!("{member}: {}", plain(&line)));
    attended(program, action, folder, limit, &mut say).await
}

/// Runs the program that looks at a member's place, which prints what it finds.
pub(super) async fn check(
    program: &[String],
    action: &HostAction,
    folder: &Path,
    limit: Duration,
    output: &mut impl Output,
) -> Result<Remnant, HostError> {
    let member = plain(action.member.as_str()).into_owned();
    let mut found = String::new();
    let mut hear = |pipe: Pipe, line: String| match pipe {
        Pipe::Out => found.push_str(&line),
        Pipe::Err => output.line(&format!("{member}: {}", plain(&line))),
    };
    attended(program, action, folder, limit, &mut hear).await?;
    serde_json::from_str(&found).map_err(|error| HostError::Refused {
        reason: format!(
            "what `check` prints of {member} is not understood: {error}; `etcdplan inspect DIR` prints it"
        ),
    })
}

/// Where a program says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pipe {
    Out,
    Err,
}

/// Runs a program while somebody hears what it says.
async fn attended(
    program: &[String],
    action: &HostAction,
    folder: &Path,
    limit: Duration,
    say: &mut impl FnMut(Pipe, String),
) -> Result<(), HostError> {
    let [name, arguments @ ..] = program else {
        return Err(HostError::Refused {
            reason: "the action has no program".to_owned(),
        });
    };
    let spawn_error = |error: std::io::Error| HostError::Spawn {
        program: name.clone(),
        reason: error.to_string(),
    };
    let mut command = Command::new(executable(name, folder));
    for secret in SECRETS {
        command.env_remove(secret);
    }
    let mut child = command
        .args(arguments)
        .current_dir(folder)
        .envs(action.environment())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(spawn_error)?;
    let group = child
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .and_then(Pid::from_raw);
    let ended = timeout(limit, attend(&mut child, say)).await;
    match ended {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(HostError::Failed {
            program: name.clone(),
            status: status.to_string(),
        }),
        Ok(Err(error)) => Err(spawn_error(error)),
        Err(_) => {
            end(&mut child, group).await;
            Err(HostError::TimedOut {
                program: name.clone(),
                limit,
            })
        }
    }
}

/// `./start.sh` starts at the topology file; a bare name is looked up on `PATH`.
fn executable(name: &str, folder: &Path) -> PathBuf {
    if name.contains('/') {
        folder.join(name)
    } else {
        PathBuf::from(name)
    }
}

/// Passes on the output until the program ends.
async fn attend(
    child: &mut Child,
    say: &mut impl FnMut(Pipe, String),
) -> std::io::Result<std::process::ExitStatus> {
    let mut out = Lines::of(child.stdout.take());
    let mut err = Lines::of(child.stderr.take());
    let status = loop {
        tokio::select! {
            line = out.next() => say(Pipe::Out, line),
            line = err.next() => say(Pipe::Err, line),
            status = child.wait() => break status?,
        }
    };
    // What was written before the end is still in the pipes.
    let _ = timeout(DRAIN, async {
        loop {
            tokio::select! {
                line = out.next() => say(Pipe::Out, line),
                line = err.next() => say(Pipe::Err, line),
            }
        }
    })
    .await;
    Ok(status)
}

/// Ends a program with everything that it started and that stayed in its group.
async fn end(child: &mut Child, group: Option<Pid>) {
    let Some(group) = group else { return };
    // A group that is gone already needs no signal.
    let _ = kill_process_group(group, Signal::TERM);
    let gone = async {
        let _ = child.wait().await;
        while test_kill_process_group(group).is_ok() {
            sleep(POLL).await;
        }
    };
    if timeout(TERM_TO_KILL, gone).await.is_err() {
        let _ = kill_process_group(group, Signal::KILL);
        let _ = child.wait().await;
    }
}
