//! The comment of a pull request.
//!
//! GitHub's Markdown, which GitLab reads too. What matters most comes first,
//! and what is long is folded. A comment holds 65,536 characters: beyond
//! [`LIMIT`] something is left out, and the comment says what.

mod comment;
mod escape;
mod fleet;

use crate::plan::{Diagnostic, Plan, Refusal, Step, StepId};
use crate::quorum::Standing;
use crate::url::Urls;

use super::count::counted;
use super::difference::{self, Mark};
use super::members;
use super::mermaid::mermaid;
use super::plain::plain;
use super::recovery;
use super::roster::{Entry, Fate, roster};
use super::steps::{cells, worst};
use super::subject::Subject;
use super::summary::{counts, outlook};
use super::title::title;
use super::zones;
use comment::Comment;
use escape::{cell, code, fence, marker, prose, verbatim};

/// How long a comment may be, in bytes.
pub const LIMIT: usize = 60_000;

/// The most steps whose graph can still be read.
const LARGEST_GRAPH: usize = 40;

/// Renders the comment; with the steps by hand, where they are given.
pub fn markdown<'a>(subject: impl Into<Subject<'a>>, by_hand: Option<&str>) -> String {
    let mut comment = Comment::new(LIMIT);
    match subject.into() {
        Subject::Plan(plan) => {
            comment.line(&first_line(plan));
            comment.line(&format!("### etcdplan: {}", heading(plan)));
            body(&mut comment, plan);
            folded(&mut comment, plan);
            if let Some(text) = by_hand {
                comment.block("the steps by hand", &details("By hand", &verbatim(text)));
            }
            footer(&mut comment, plan);
        }
        Subject::Fleet(fleet) => fleet::write(&mut comment, fleet),
    }
    comment.into_text()
}

/// By which the comment of a cluster is found again.
fn first_line(plan: &Plan) -> String {
    format!(
        "<!-- etcdplan:v1 cluster={} id={} plan={} -->",
        marker(&plan.cluster.name),
        plan.cluster.id_or_unknown(),
        marker(&plan.plan_id)
    )
}

/// `prod-eu` — 1 to add, 1 to destroy, 4 steps
fn heading(plan: &Plan) -> String {
    format!("{} — {}", code(&plan.cluster.name), counts(plan))
}

/// What must be read.
fn body(comment: &mut Comment, plan: &Plan) {
    if !plan.has_changes && plan.refusals.is_empty() {
        let file = code(&plan.source.file);
        comment.paragraph(&format!("No changes. The cluster is as {file} says."));
        warnings(comment, plan);
        return;
    }
    for refusal in &plan.refusals {
        comment.block("refusals", &refused(refusal));
    }
    warnings(comment, plan);
    if let Some(recovery) = &plan.recovery {
        let rows = recovery::rows(plan, recovery).into_iter();
        let rows = rows.map(|(label, words)| format!("- **{label}**: {}\n", prose(&words)));
        comment.block("recovery", &rows.collect::<String>());
    }
    let rows: Vec<String> = roster(plan).iter().flat_map(member).collect();
    let (open, close) = fence("diff", &rows);
    comment.rows("members", &open, rows, &close);
    steps(comment, plan);
    if plan.refusals.is_empty() {
        comment.paragraph(&prose(&outlook(plan)));
    }
    zones(comment, plan);
    if plan.clients.before != plan.clients.after && !plan.clients.after.is_empty() {
        let list = |urls: &Urls| {
            let urls: Vec<String> = urls.iter().map(|url| code(url.as_str())).collect();
            urls.join(" ")
        };
        let (before, after) = (list(&plan.clients.before), list(&plan.clients.after));
        comment.block(
            "client endpoints",
            &format!("Clients: {before} → {after}\n"),
        );
    }
}

/// A refusal as an alert: the rule, the numbers, and the way out.
fn refused(refusal: &Refusal) -> String {
    let Refusal {
        code: rule,
        member: _,
        message,
        details,
        ways_out,
    } = refusal;
    let mut lines = vec![
        "> [!CAUTION]".to_owned(),
        format!("> **Refused: {}** {}", prose(message), code(rule)),
    ];
    lines.extend(
        details
            .iter()
            .map(|detail| format!("> - {}", prose(detail))),
    );
    lines.extend(
        ways_out
            .iter()
            .map(|way| format!("> - Way out: {}", prose(way))),
    );
    lines.join("\n") + "\n"
}

fn warnings(comment: &mut Comment, plan: &Plan) {
    if plan.diagnostics.is_empty() {
        return;
    }
    let rows = plan.diagnostics.iter().flat_map(|warning| {
        let Diagnostic {
            code: rule,
            message,
            details,
            steps,
            line,
        } = warning;
        let mut places = vec![code(rule)];
        if !steps.is_empty() && !message.contains("step") {
            places.push(StepId::listed(steps));
        }
        places.extend(line.map(|line| code(&format!("{}:{line}", plan.source.file))));
        let head = format!("> - **{}** {}", prose(message), places.join(", "));
        let details = details
            .iter()
            .map(|detail| format!(">   - {}", prose(detail)));
        [head].into_iter().chain(details).collect::<Vec<_>>()
    });
    comment.rows("lines of warnings", "> [!WARNING]\n", rows.collect(), "");
}

/// The lines of a member in a difference: what stays has one, what changes may have more.
fn member(entry: &Entry<'_>) -> Vec<String> {
    let row = |sign: &str, urls: Option<&Urls>| {
        let urls = urls.map(ToString::to_string).unwrap_or_default();
        let facts = [
            entry.label.clone(),
            urls,
            members::state(entry, false),
            members::note(entry),
        ];
        let facts: Vec<_> = facts.into_iter().filter(|fact| !fact.is_empty()).collect();
        plain(&format!("{sign} {}", facts.join("   "))).into_owned()
    };
    let live = entry.live.map(|live| &live.peer_urls);
    let wanted = entry.wanted().map(|facts| &facts.peer_urls);
    match entry.fate {
        Fate::Changed if wanted.is_some_and(|wanted| live != Some(wanted)) => {
            vec![row("-", live), row("+", wanted)]
        }
        // What colours a line as changed.
        Fate::Changed => vec![row("!", live)],
        Fate::Same | Fate::Restored | Fate::Removed | Fate::Added => {
            vec![row(entry.sign(), live.or(wanted))]
        }
    }
}

fn steps(comment: &mut Comment, plan: &Plan) {
    let Some(first) = plan.steps.first() else {
        return;
    };
    let open = "| # | | step | voters | quorum | can lose |\n|--:|---|---|--:|--:|--:|\n";
    let now = format!("| | | *now* |{}", numbers(first.before, first.before));
    let rows = plan.steps.iter().map(|step| {
        format!(
            "| {} | {} | {} |{}",
            step.id.0,
            code(&step.kind.sign().to_string()),
            cell(&title(plan, step)),
            numbers(worst(step), step.after)
        )
    });
    comment.rows("steps", open, [now].into_iter().chain(rows).collect(), "");
}

fn zones(comment: &mut Comment, plan: &Plan) {
    let row = |row: &zones::Row<'_>| {
        let worst = cell(&row.worst);
        let worst = if row.is_fatal {
            format!("**{worst}**")
        } else {
            worst
        };
        format!(
            "| {} | {} | {worst} | {} |",
            code(row.zone),
            row.now,
            row.end
        )
    };
    let rows = zones::rows(plan).iter().map(row).collect();
    let open = "| zone that is lost | can lose now | at worst | in the end |\n|---|--:|--:|--:|\n";
    comment.rows("zones", open, rows, "");
}

fn numbers(during: Standing, after: Standing) -> String {
    let [voters, quorum, can_lose] = cells(during, after);
    let can_lose = if during.can_lose() < 1 {
        format!("**{can_lose}**")
    } else {
        can_lose
    };
    format!(" {voters} | {quorum} | {can_lose} |").replace("->", "→")
}

/// What only some will read.
fn folded(comment: &mut Comment, plan: &Plan) {
    if plan.steps.is_empty() {
        return;
    }
    reasons(comment, plan);
    if plan.steps.len() > LARGEST_GRAPH {
        comment.leave_out("the graph");
    } else {
        let graph = mermaid(Subject::Plan(plan));
        let text = format!("```mermaid\n{graph}```\n");
        comment.block("the graph", &details("Graph", &text));
    }
    let mut entries = roster(plan);
    entries.retain(|entry| !matches!(entry.fate, Fate::Same | Fate::Restored));
    let lines = difference::compare(&entries);
    let rows: Vec<String> = lines
        .iter()
        .map(|line| match line.mark {
            Mark::Kept => format!("  {}", line.text),
            Mark::Left => format!("- {}", line.text),
            Mark::Came => format!("+ {}", line.text),
        })
        .collect();
    let (open, close) = fence("diff", &rows);
    let text = format!("{open}{}\n{close}", rows.join("\n"));
    comment.block(
        "the difference",
        &details("Difference: live (-), wanted (+)", &text),
    );
}

/// Why each step is there, and comes where it does.
fn reasons(comment: &mut Comment, plan: &Plan) {
    let row = |step: &Step| {
        let after = step
            .depends_on
            .iter()
            .map(|dependency| format!("after {}: {}", dependency.step.0, cell(&dependency.why)));
        let after: Vec<String> = after.collect();
        format!(
            "| {} | {} | {} |",
            step.id.0,
            cell(&step.reason),
            after.join("<br>")
        )
    };
    let rows: Vec<String> = plan.steps.iter().map(row).collect();
    let table = format!("| # | why | when |\n|--:|---|---|\n{}\n", rows.join("\n"));
    comment.block("the reasons", &details("Reasons", &table));
}

fn details(summary: &str, text: &str) -> String {
    format!("<details><summary>{summary}</summary>\n\n{text}</details>\n")
}

fn footer(comment: &mut Comment, plan: &Plan) {
    let by_hand = match plan.summary.manual_steps {
        0 => String::new(),
        manual => format!(" {} by hand.", counted(manual, "step")),
    };
    comment.end(&format!(
        "Plan {} of {} for cluster {}, as it was seen {}.{by_hand} It is refused when it is applied if the members have changed since.\n",
        code(&plan.plan_id),
        code(&plan.source.file),
        code(&plan.cluster.id_or_unknown()),
        code(&plan.created_at),
    ));
}
