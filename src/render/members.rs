//! The members table: who stays, comes, leaves, and changes.

use crate::member::{MemberId, Role};
use crate::observation::Health;
use crate::plan::{BaseMember, ChangeAction, ChangeRecord, Plan};

use super::difference::{self, Mark};
use super::page::{Page, Span};
use super::palette::Ink;
use super::roster::{Entry, Fate, roster};

/// Names and URLs wider than this stand on a line of their own.
const WIDEST_NAME: usize = 20;
const WIDEST_URL: usize = 36;

/// Writes the table.
pub(crate) fn write(page: &mut Page, plan: &Plan) {
    let entries = roster(plan);
    let rows: Vec<Row<'_>> = entries.iter().map(Row::new).collect();
    let widest = |cells: &mut dyn Iterator<Item = usize>, limit: usize| {
        cells.filter(|width| *width <= limit).max().unwrap_or(0)
    };
    let names = widest(&mut rows.iter().map(|row| row.name.width()), WIDEST_NAME);
    let urls = widest(
        &mut rows.iter().flat_map(|row| row.urls.iter().map(Span::width)),
        WIDEST_URL,
    );
    page.gap();
    page.line(&[Span::new(Ink::Strong, "Members")]);
    for row in rows {
        row.write(page, names, urls);
    }
}

/// One row, cell by cell.
struct Row<'a> {
    entry: &'a Entry<'a>,
    ink: Ink,
    name: Span,
    /// The peer URLs; none where they change, since the lines below show both sides.
    urls: Vec<Span>,
    state: String,
    note: String,
}

impl<'a> Row<'a> {
    fn new(entry: &'a Entry<'a>) -> Self {
        let ink = match entry.fate {
            Fate::Same | Fate::Restored => Ink::Text,
            Fate::Changed => Ink::Changed,
            Fate::Removed => Ink::Removed,
            Fate::Added => Ink::Added,
        };
        let live = entry.live.map(|live| &live.peer_urls);
        let wanted = entry.wanted().map(|facts| &facts.peer_urls);
        let changes = matches!((live, wanted), (Some(live), Some(wanted)) if live != wanted);
        let shown = live.or(wanted).filter(|_| !changes);
        let urls = shown.map(|urls| urls.iter().map(|url| Span::new(ink, url.as_str())));
        Self {
            entry,
            ink,
            name: Span::new(ink, &entry.label),
            urls: urls.into_iter().flatten().collect(),
            state: state(entry, changes),
            note: note(entry),
        }
    }

    fn write(self, page: &mut Page, names: usize, urls: usize) {
        let mut left = vec![Span::new(self.ink, format!("  {} ", self.entry.sign()))];
        let margin = 4 + names + 3;
        push(page, &mut left, self.name, names, margin);
        let mut rest = self.urls.into_iter();
        if let Some(first) = rest.next() {
            push(page, &mut left, first, urls, margin + urls + 3);
        }
        left.push(Span::new(self.ink, self.state));
        let note = Some(self.note).filter(|note| !note.is_empty());
        page.row(left, note.map(Span::text).into_iter().collect());
        for url in rest {
            page.line(&[Span::text(" ".repeat(margin)), url]);
        }
        hunk(page, self.entry);
    }
}

/// Adds a cell to a line; where it is too wide, the line ends after it and the next one begins at the margin.
fn push(page: &mut Page, line: &mut Vec<Span>, cell: Span, width: usize, margin: usize) {
    if cell.width() > width {
        line.push(cell);
        page.line(line);
        *line = vec![Span::text(" ".repeat(margin))];
    } else {
        let missing = width - cell.width() + 3;
        line.extend([cell, Span::text(" ".repeat(missing))]);
    }
}

/// The lines of a member that stays which differ.
fn hunk(page: &mut Page, entry: &Entry<'_>) {
    // What finishing brings is what the file says: there is nothing to compare.
    let finishes = entry.change.map(|change| change.action) == Some(ChangeAction::Finish);
    if entry.fate != Fate::Changed || finishes {
        return;
    }
    for line in difference::of_member(entry) {
        let (sign, ink) = match line.mark {
            Mark::Kept => continue,
            Mark::Left => ("-", Ink::Removed),
            Mark::Came => ("+", Ink::Added),
        };
        let text = line.text.trim_start_matches(['-', ' ']);
        page.line(&[Span::new(ink, format!("      {sign} {text}"))]);
    }
}

/// What a member is now, or will be if it is not there yet.
pub(super) fn state(entry: &Entry<'_>, moves: bool) -> String {
    let Some(live) = entry.live else {
        return entry
            .wanted()
            .map(|facts| facts.role.to_string())
            .unwrap_or_default();
    };
    let BaseMember {
        id,
        name: _,
        peer_urls: _,
        client_urls: _,
        role,
        health,
        leader,
        version: _,
    } = live;
    let mut words = vec![if promoted(entry) {
        "learner -> voter".to_owned()
    } else {
        role.to_string()
    }];
    // What it will be it is not yet.
    if entry.fate == Fate::Restored {
        return role.to_string();
    }
    if *leader {
        words.push("leader".to_owned());
    }
    words.extend(health_words(*health).map(str::to_owned));
    let kept = if moves {
        kept(*id, entry.change)
    } else {
        String::new()
    };
    format!("{}{kept}", words.join(", "))
}

/// Whether a learner is to vote.
fn promoted(entry: &Entry<'_>) -> bool {
    let wanted = entry.wanted().map(|facts| facts.role);
    entry.live.map(|live| live.role) == Some(Role::Learner) && wanted == Some(Role::Voter)
}

fn kept(id: MemberId, change: Option<&ChangeRecord>) -> String {
    let data = match change.map(|change| change.action) {
        Some(ChangeAction::Move) => ", data copied",
        Some(ChangeAction::Readdress) => ", data in place",
        Some(
            ChangeAction::Add
            | ChangeAction::Finish
            | ChangeAction::Remove
            | ChangeAction::Replace
            | ChangeAction::Rename
            | ChangeAction::Upgrade
            | ChangeAction::Restart
            | ChangeAction::Demote,
        )
        | None => "",
    };
    format!("   id {id} kept{data}")
}

/// What to say of a member's health; nothing if it is well.
pub(crate) fn health_words(health: Health) -> Option<&'static str> {
    match health {
        Health::Healthy => None,
        Health::Dead => Some("no answer"),
        Health::Unknown => Some("health unknown"),
        Health::Unstarted => Some("not started"),
    }
}

/// Why a member is in the table with a sign, and the line of the file that says so.
pub(super) fn note(entry: &Entry<'_>) -> String {
    if entry.fate == Fate::Restored {
        return "begins the new cluster".to_owned();
    }
    let Some(change) = entry.change else {
        return String::new();
    };
    let line = change.line.map(|line| format!("line {line}"));
    let word = match change.action {
        // The signs and the lines below say it already.
        ChangeAction::Add | ChangeAction::Move | ChangeAction::Readdress => None,
        ChangeAction::Remove => Some("not in file"),
        ChangeAction::Replace if entry.fate == Fate::Removed => Some("replaced"),
        ChangeAction::Replace => Some("replacement"),
        ChangeAction::Demote if entry.fate == Fate::Removed => Some("comes back as a learner"),
        ChangeAction::Demote => Some("was a voter"),
        ChangeAction::Finish if promoted(entry) => None,
        ChangeAction::Finish => Some("finish"),
        ChangeAction::Rename => Some("rename"),
        ChangeAction::Upgrade => Some("upgrade"),
        ChangeAction::Restart => Some("restart"),
    };
    let line = line.filter(|_| entry.fate != Fate::Removed);
    let parts: Vec<String> = word.map(str::to_owned).into_iter().chain(line).collect();
    parts.join(", ")
}
