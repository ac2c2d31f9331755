//! The members of a report as aligned rows, each with its reasons below it.

use textwrap::core::display_width;

use super::MemberReport;
use crate::amount::Size;
use crate::member::Role;
use crate::observation::Health;
use crate::render::plain::plain;

const HEADING: [&str; 8] = [
    "name",
    "id",
    "role",
    "health",
    "version",
    "database",
    "lag",
    "client URL",
];

/// How cells stand in their columns: numbers at the right.
const AT_RIGHT: [bool; 8] = [false, false, false, false, false, true, true, false];

type Row = [String; HEADING.len()];

/// The lines of the table. A name is not unique, so that the id stands beside it.
pub(super) fn table(members: &[MemberReport]) -> Vec<String> {
    let mut members: Vec<&MemberReport> = members.iter().collect();
    members.sort_by_key(|member| (member.name.is_none(), &member.name, member.id));
    let heading = HEADING.map(str::to_owned);
    let rows: Vec<Row> = members.iter().map(|member| row(member)).collect();
    let mut widths = HEADING.map(display_width);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = display_width(cell).max(*width);
        }
    }
    let mut lines = vec![line(&heading, &widths)];
    for (member, row) in members.iter().zip(&rows) {
        lines.push(line(row, &widths));
        let reasons = member.reasons.iter();
        lines.extend(reasons.map(|reason| format!("    {}", plain(reason))));
    }
    lines
}

fn row(member: &MemberReport) -> Row {
    let or_dash = |cell: Option<String>| cell.unwrap_or_else(|| "-".to_owned());
    let name = member
        .name
        .as_ref()
        .map(|name| plain(name.as_str()).into_owned());
    let role = match (member.role, member.leader) {
        (Role::Voter, true) => "leader",
        (Role::Voter, false) => "voter",
        (Role::Learner, _) => "learner",
    };
    let health = match member.health {
        Health::Healthy => "healthy",
        Health::Dead => "dead",
        Health::Unknown => "unknown",
        Health::Unstarted => "unstarted",
    };
    let advertised = (!member.client_urls.is_empty()).then(|| member.client_urls.to_string());
    let url = member.endpoint.clone().or(advertised);
    [
        or_dash(name),
        member.id.to_string(),
        role.to_owned(),
        health.to_owned(),
        or_dash(member.version.map(|version| version.to_string())),
        or_dash(member.db_size_bytes.map(|bytes| Size(bytes).to_string())),
        or_dash(member.lag.map(|lag| lag.to_string())),
        or_dash(url.map(|url| plain(&url).into_owned())),
    ]
}

fn line(row: &Row, widths: &[usize]) -> String {
    let mut line = String::new();
    for ((cell, width), at_right) in row.iter().zip(widths).zip(AT_RIGHT) {
        let gap = " ".repeat(width.saturating_sub(display_width(cell)));
        let (before, after) = if at_right {
            (gap.as_str(), "")
        } else {
            ("", gap.as_str())
        };
        line.extend([before, cell, after, "  "]);
    }
    line.trim_end().to_owned()
}
