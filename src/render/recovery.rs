//! How a cluster comes back from a lost quorum, in a few lines.

use crate::action::Kind;
use crate::plan::recovery::{Recovery, Survivor, Way};
use crate::plan::{Plan, Step};

use super::page::{Page, Span};
use super::palette::Ink;

/// What `--force-new-cluster` risks.
const RISK: &str = "an old member that comes back with its data takes this cluster for its own: where the \
                    survivor is no longer where it was, both can take writes; watchers and caches see \
                    revisions go back";

/// Writes the section.
pub(super) fn write(page: &mut Page, plan: &Plan) {
    let Some(recovery) = &plan.recovery else {
        return;
    };
    page.gap();
    page.line(&[Span::new(Ink::Strong, "Recovery")]);
    for (label, words) in rows(plan, recovery) {
        page.paragraph(Span::padded(Ink::Text, format!("  {label}"), 15), &words);
    }
}

/// What is to be known of it, a label and words each.
pub(super) fn rows(plan: &Plan, recovery: &Recovery) -> Vec<(&'static str, String)> {
    let mut rows = vec![("why", recovery.reason.clone())];
    // A base that was seen has a fingerprint.
    if plan.base.fingerprint.is_empty() {
        let words = "as the file has them: nobody answers who could say";
        rows.push(("members", words.to_owned()));
    }
    if !recovery.lost.is_empty() {
        let lost: Vec<String> = recovery.lost.iter().map(ToString::to_string).collect();
        rows.push(("named lost", lost.join(", ")));
    }
    let first = recovery.survivors.iter().map(survivor);
    rows.extend(first.map(|words| ("left", words)));
    let missing = recovery.missing.iter().cloned();
    rows.extend(missing.map(|words| ("may be lost", words)));
    if let Some(rebirth) = &recovery.rebirth {
        if Some(rebirth.cluster_id) != plan.cluster.id {
            let old = plan.cluster.id_or_unknown();
            rows.push((
                "cluster id",
                format!("{old} becomes {}", rebirth.cluster_id),
            ));
        }
        let kept = format!("kept beside its place, as NAME{}", rebirth.aside);
        rows.push((
            "old data",
            match recovery.way {
                Way::InPlace => format!(
                    "that of {} is changed where it is, and no copy is made; the rest is {kept}",
                    rebirth.member
                ),
                Way::Start | Way::Relocate | Way::Restore => kept,
            },
        ));
    }
    match recovery.way {
        Way::Start => rows.push(("cluster id", "stays".to_owned())),
        Way::Relocate => {
            rows.push(("cluster id", "stays".to_owned()));
            let updates = plan.steps.iter().filter_map(|step| address(plan, step));
            rows.extend(updates.map(|words| ("address", words)));
        }
        Way::InPlace => {
            rows.push(("cluster id", "stays".to_owned()));
            rows.push(("risk", RISK.to_owned()));
        }
        Way::Restore => {}
    }
    rows
}

/// From where to where a member has moved.
fn address(plan: &Plan, step: &Step) -> Option<String> {
    let new = step.parameters.peer_urls.as_ref()?;
    let mut members = plan.base.members.iter();
    let old = members.find(|old| Some(old.id) == step.member_id)?;
    (step.kind == Kind::UpdatePeerUrls)
        .then(|| format!("{}: {} becomes {new}", step.member, old.peer_urls))
}

fn survivor(survivor: &Survivor) -> String {
    let runs = if survivor.running {
        "running"
    } else {
        "stopped"
    };
    format!("{}: {}, {runs}", survivor.name, survivor.last)
}
