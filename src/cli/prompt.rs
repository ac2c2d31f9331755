//! The question before anything is changed.

use std::io;

use crate::plan::Plan;
use crate::render::plain::plain;
use crate::render::{Notice, Question};

use super::console::{Console, Presence};
use super::exit::Exit;
use super::failure::Failure;
use super::signals::Signals;

/// Whether the answer was given on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// `--yes`.
    Given,
    /// Somebody is to be asked.
    Asked,
}

/// Fails where somebody would have to be asked and nobody is there, whatever there is to do.
pub fn possible(console: &Console, consent: Consent) -> Result<(), Failure> {
    match (consent, console.presence) {
        (Consent::Given, _) | (Consent::Asked, Presence::Terminal) => Ok(()),
        (Consent::Asked, Presence::Log) => Err(Failure::new(
            Exit::Usage,
            Notice {
                details: vec!["there is nobody to ask: no terminal, CI, or --no-input".to_owned()],
                ..Notice::error("pass --yes to apply without a question")
            },
        )),
    }
}

/// Fails where each step is to be asked for, and nobody is there.
pub(super) fn pausing(console: &Console, pause: bool) -> Result<(), Failure> {
    match (pause, console.presence) {
        (false, _) | (true, Presence::Terminal) => Ok(()),
        (true, Presence::Log) => Err(Failure::new(
            Exit::Usage,
            Notice {
                details: vec!["there is nobody to ask: no terminal, CI, or --no-input".to_owned()],
                ..Notice::error("--pause asks before each step; to stop at one, pass --until")
            },
        )),
    }
}

/// Makes sure that a person wants the plan to be performed.
pub(super) async fn confirm(
    console: &Console,
    plan: &Plan,
    consent: Consent,
    signals: &mut Signals,
) -> Result<(), Failure> {
    if consent == Consent::Given {
        return Ok(());
    }
    let (question, wanted) = match Question::of(plan) {
        Question::ClusterName { why } => (
            format!("Type the name of the cluster to go on, since {why}: "),
            plan.cluster.name.as_str(),
        ),
        Question::Yes => (
            format!("Perform these steps on {}? Type yes: ", plan.cluster.name),
            "yes",
        ),
    };
    console.note("\n");
    let answer = ask(console, &question, signals).await?;
    if answer.as_deref() == Some(wanted) {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Error,
        Notice::error("the answer was another one; nothing was changed"),
    ))
}

/// Asks a question, and takes a line; `None` at the end of the input.
///
/// The answer is read aside, so that a signal is heard meanwhile: whoever waits
/// for a line that never comes does not hold up the end of the program.
pub(super) async fn ask(
    console: &Console,
    question: &str,
    signals: &mut Signals,
) -> Result<Option<String>, Failure> {
    console.note(&plain(question));
    let read = tokio::task::spawn_blocking(|| {
        let mut answer = String::new();
        let read = io::stdin().read_line(&mut answer)?;
        Ok::<_, io::Error>((read > 0).then(|| answer.trim().to_owned()))
    });
    let answer = signals.or_stop(read).await?;
    let answer = answer.unwrap_or_else(|error| Err(io::Error::other(error)));
    answer.map_err(|error| Failure::error(format!("cannot read the answer: {error}")))
}
