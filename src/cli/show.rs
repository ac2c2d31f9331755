//! `etcdplan show`: a saved plan in any form, a recovery also as commands, or what a run did. Contacts nobody.

use std::path::Path;

use crate::journal::Run;
use crate::plan::Plan;

use super::args::{PlanFormat, Show};
use super::console::Console;
use super::exit::Exit;
use super::failure::Failure;
use super::input;
use super::outcome;
use super::output::{self, Next};
use super::runbook;

/// Shows it. A refused plan is shown like any other.
pub(super) fn run(console: &Console, arguments: &Show) -> Result<Exit, Failure> {
    let Show {
        plan: path,
        format,
        write,
    } = arguments;
    let (plan, run) = read(path)?;
    // A run has done of it what it has done: what is left is for the next one to find.
    let by_hand = run.is_none().then(|| runbook::of(&plan)).flatten();
    let next = by_hand.as_deref().map(Next::ByHand);
    output::print(console, (&plan).into(), *format, write, next)?;
    if let (PlanFormat::Text, Some(run)) = (format, run) {
        console.result(&outcome::recorded(&run, console.stdout))?;
    }
    Ok(Exit::Done)
}

fn read(path: &Path) -> Result<(Plan, Option<Run>), Failure> {
    let is_journal = path.extension().is_some_and(|end| end == "jsonl");
    if !is_journal {
        return Ok((input::saved(path)?, None));
    }
    let shown = path.display();
    let run =
        Run::read(path).map_err(|error| Failure::error(format!("cannot read {shown}: {error}")))?;
    let run = run.ok_or_else(|| Failure::error(format!("{shown} tells of no run")))?;
    Ok((run.plan.clone(), Some(run)))
}
