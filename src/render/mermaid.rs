//! The graph of the steps, as GitHub and GitLab draw it.
//!
//! An arrow says that one step comes after another, and why. A step during
//! which no member can be lost has a thick frame.

use std::fmt::Write as _;

use crate::plan::{Plan, Step};

use super::plain::plain;
use super::subject::Subject;
use super::title::title;

/// Renders the graph; each cluster of a fleet is a frame of its own.
pub fn mermaid<'a>(subject: impl Into<Subject<'a>>) -> String {
    let mut text = String::from("flowchart TD\n");
    match subject.into() {
        Subject::Plan(plan) => graph(&mut text, plan, "", "  "),
        Subject::Fleet(fleet) => {
            for (index, plan) in fleet.plans.iter().enumerate() {
                let prefix = format!("c{}", index + 1);
                line(
                    &mut text,
                    "  ",
                    &format!("subgraph {prefix}[{}]", label(&plan.cluster.name)),
                );
                graph(&mut text, plan, &prefix, "    ");
                line(&mut text, "  ", "end");
            }
            for (index, failed) in fleet.failures.iter().enumerate() {
                let what = format!("{}: no plan", failed.file);
                line(
                    &mut text,
                    "  ",
                    &format!("f{}[{}]", index + 1, label(&what)),
                );
            }
        }
    }
    if text.contains(":::risk\n") {
        line(
            &mut text,
            "  ",
            "classDef risk stroke:#d1242f,stroke-width:3px",
        );
    }
    text
}

fn graph(text: &mut String, plan: &Plan, prefix: &str, margin: &str) {
    if plan.steps.is_empty() {
        let what = if plan.refusals.is_empty() {
            "no changes"
        } else {
            "refused"
        };
        let node = format!(
            "{prefix}none[{}]",
            label(&format!("{}: {what}", plan.cluster.name))
        );
        line(text, margin, &node);
    }
    for step in &plan.steps {
        let words = format!("{} {}", step.id.0, title(plan, step));
        let risk = if is_risky(step) { ":::risk" } else { "" };
        line(
            text,
            margin,
            &format!("{prefix}{}[{}]{risk}", step.id, label(&words)),
        );
    }
    for step in &plan.steps {
        for dependency in &step.depends_on {
            let (before, after) = (dependency.step, step.id);
            let reasons: Vec<String> = dependency.why.split("; ").map(escaped).collect();
            let why = format!("\"{}\"", reasons.join("<br/>"));
            line(
                text,
                margin,
                &format!("{prefix}{before} -->|{why}| {prefix}{after}"),
            );
        }
    }
}

/// Whether no member can be lost during a step.
pub(super) fn is_risky(step: &Step) -> bool {
    step.lowest.can_lose() < 1
}

fn line(text: &mut String, margin: &str, content: &str) {
    text.push_str(margin);
    text.push_str(content);
    text.push('\n');
}

/// A text in quotes in which nothing is markup.
fn label(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// A text in which everything but letters, digits, and what stands in addresses is written as a
/// numbered entity.
fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for character in plain(text).chars() {
        let is_harmless = character.is_alphanumeric() || " .,:/-_()+'?!%=".contains(character);
        if is_harmless {
            safe.push(character);
        } else {
            // Writing to a string does not fail.
            let _ = write!(safe, "#{};", u32::from(character));
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_label_is_markup() {
        assert_eq!(
            label("a\"]; click s1 <b>`#\u{1b}"),
            "\"a#34;#93;#59; click s1 #60;b#62;#96;#35;#92;u#123;1b#125;\""
        );
    }
}
