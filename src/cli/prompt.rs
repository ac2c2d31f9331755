//! The question before anything is changed.

use crate::plan::Plan;
use crate::render::plain::plain;
use crate::render::{Notice, Question};

use super::console::{Console, Failure, Presence};
use super::exit::Exit;

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

/// Makes sure that a person wants the plan to be performed.
pub fn confirm(console: &Console, plan: &Plan, consent: Consent) -> Result<(), Failure> {
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
    let answer = console
        .ask(&format!("\n{}", plain(&question)))
        .map_err(|error| Failure::error(format!("cannot read the answer: {error}")))?;
    if answer.as_deref() == Some(wanted) {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Error,
        Notice::error("the answer was another one; nothing was changed"),
    ))
}
