//! The graph of the steps, for Graphviz: `etcdplan plan -f FILE --format dot | dot -Tsvg`.

use crate::plan::Plan;

use super::mermaid::is_risky;
use super::plain::plain;
use super::subject::Subject;
use super::title::title;

/// Renders the graph; each cluster of a fleet is a frame of its own.
pub fn dot<'a>(subject: impl Into<Subject<'a>>) -> String {
    let mut lines = vec![
        "digraph plan {".to_owned(),
        "  node [shape=box, fontname=\"sans-serif\"];".to_owned(),
        "  edge [fontname=\"sans-serif\", fontsize=10];".to_owned(),
    ];
    match subject.into() {
        Subject::Plan(plan) => graph(&mut lines, plan, "", "  "),
        Subject::Fleet(fleet) => {
            for (index, plan) in fleet.plans.iter().enumerate() {
                let prefix = format!("c{}", index + 1);
                lines.push(format!("  subgraph cluster_{prefix} {{"));
                lines.push(format!("    label={};", quoted(&plan.cluster.name)));
                graph(&mut lines, plan, &prefix, "    ");
                lines.push("  }".to_owned());
            }
            for (index, failed) in fleet.failures.iter().enumerate() {
                let what = quoted(&format!("{}: no plan", failed.file));
                lines.push(format!("  f{} [label={what}];", index + 1));
            }
        }
    }
    lines.push("}\n".to_owned());
    lines.join("\n")
}

fn graph(lines: &mut Vec<String>, plan: &Plan, prefix: &str, margin: &str) {
    if plan.steps.is_empty() {
        let what = if plan.refusals.is_empty() {
            "no changes"
        } else {
            "refused"
        };
        let what = quoted(&format!("{}: {what}", plan.cluster.name));
        lines.push(format!("{margin}{prefix}none [label={what}];"));
    }
    for step in &plan.steps {
        let words = quoted(&format!("{} {}", step.id.0, title(plan, step)));
        let risk = if is_risky(step) { ", penwidth=3" } else { "" };
        lines.push(format!(
            "{margin}{prefix}{} [label={words}{risk}];",
            step.id
        ));
    }
    for step in &plan.steps {
        for dependency in &step.depends_on {
            let (before, after) = (dependency.step, step.id);
            let why = quoted(&dependency.why);
            lines.push(format!(
                "{margin}{prefix}{before} -> {prefix}{after} [label={why}];"
            ));
        }
    }
}

/// A text in quotes; what would end it, or begin an escape, is written out.
fn quoted(text: &str) -> String {
    format!(
        "\"{}\"",
        plain(text).replace('\\', "\\\\").replace('"', "\\\"")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_ends_it() {
        assert_eq!(quoted("a\"b\\N\n"), r#""a\"b\\N\\u{a}""#);
    }
}
