//! The difference between what is live and what is wanted, line by line.
//!
//! Both sides are written as the members of a topology file, in the same
//! order, so that a line that differs is one that a person would edit.

use similar::{ChangeTag, TextDiff};

use crate::member::{MemberName, Role};
use crate::plan::{BaseMember, Plan};
use crate::url::Urls;

use super::page::{Page, Span};
use super::palette::Ink;
use super::plain::plain;
use super::roster::{Entry, roster};

/// On which side a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// On both.
    Kept,
    /// Only on the live side.
    Left,
    /// Only on the wanted side.
    Came,
}

/// A line of the difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// On which side it stands.
    pub(crate) mark: Mark,
    /// The line.
    pub(crate) text: String,
}

/// Writes the whole difference; the signs stand in a column of their own.
pub(crate) fn write(page: &mut Page, plan: &Plan) {
    let entries = roster(plan);
    page.gap();
    page.line(&[
        Span::new(Ink::Strong, "Difference"),
        Span::text("   - live   + wanted"),
    ]);
    for line in compare(&entries) {
        let (sign, ink) = match line.mark {
            Mark::Kept => (" ", Ink::Text),
            Mark::Left => ("-", Ink::Removed),
            Mark::Came => ("+", Ink::Added),
        };
        page.line(&[Span::new(ink, format!("  {sign} {}", line.text))]);
    }
}

/// The difference of one member.
pub(crate) fn of_member(entry: &Entry<'_>) -> Vec<Line> {
    compare(std::slice::from_ref(entry))
}

pub(super) fn compare(entries: &[Entry<'_>]) -> Vec<Line> {
    let live: String = entries.iter().map(live_side).collect();
    let wanted: String = entries.iter().map(wanted_side).collect();
    let difference = TextDiff::from_lines(&live, &wanted);
    let lines = difference.iter_all_changes().map(|change| Line {
        mark: match change.tag() {
            ChangeTag::Equal => Mark::Kept,
            ChangeTag::Delete => Mark::Left,
            ChangeTag::Insert => Mark::Came,
        },
        text: change.value().trim_end().to_owned(),
    });
    lines.collect()
}

fn live_side(entry: &Entry<'_>) -> String {
    let side = |live: &BaseMember| {
        written(
            live.name.as_ref(),
            &live.peer_urls,
            &live.client_urls,
            live.role,
        )
    };
    entry.live.map(side).unwrap_or_default()
}

fn wanted_side(entry: &Entry<'_>) -> String {
    match entry.change {
        None => live_side(entry),
        Some(_) => entry
            .wanted()
            .map(|facts| {
                // A file may leave client URLs out: the process keeps those it has.
                let kept = entry.live.filter(|_| facts.client_urls.is_empty());
                let clients = kept.map_or(&facts.client_urls, |live| &live.client_urls);
                written(facts.name.as_ref(), &facts.peer_urls, clients, facts.role)
            })
            .unwrap_or_default(),
    }
}

/// A member as an entry of a file.
fn written(name: Option<&MemberName>, peers: &Urls, clients: &Urls, role: Role) -> String {
    let list = |urls: &Urls| urls.to_strings().join(", ");
    // A name may hold a line break, which would end its line of the difference.
    let name = name.map_or_else(|| "(not started)".into(), |name| plain(name.as_str()));
    let role = match role {
        Role::Voter => "",
        Role::Learner => "  role: learner\n",
    };
    let peers = list(peers);
    let clients = list(clients);
    format!(
        "- name: {name}\n  peerURLs: [{}]\n  clientURLs: [{}]\n{role}",
        plain(&peers),
        plain(&clients)
    )
}
