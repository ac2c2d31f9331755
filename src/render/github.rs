//! Notices as workflow commands, which GitHub shows beside the lines of a change.
//!
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>

use crate::plan::Summary;

use super::notices::{Notice, Range, Severity};
use super::plain::plain;
use super::subject::Subject;

/// Renders a notice as one line: `::error file=a.yaml,line=5,...::message`.
pub fn github(notice: &Notice) -> String {
    let Notice {
        severity,
        code,
        message,
        details,
        ways_out,
        file,
        ranges,
        excerpt: _,
    } = notice;
    let command = match severity {
        Severity::Warning => "warning",
        Severity::Refused | Severity::Error => "error",
    };
    let mut properties = Vec::new();
    properties.extend(file.iter().map(|file| ("file", file.clone())));
    if let Some(Range { start, end, .. }) = ranges.first() {
        let places = [
            ("line", start.line),
            ("endLine", end.line),
            ("col", start.column),
            ("endColumn", end.column),
        ];
        properties.extend(places.map(|(name, place)| (name, place.to_string())));
    }
    properties.extend(code.iter().map(|code| ("title", code.clone())));
    let mut lines = vec![message.clone()];
    lines.extend(ranges.iter().map(|range| {
        let Range { label, start, .. } = range;
        format!("line {}: {label}", start.line)
    }));
    lines.extend(details.iter().cloned());
    lines.extend(ways_out.iter().map(|way| format!("Way out: {way}")));
    lines.extend(
        code.iter()
            .map(|code| format!("More: etcdplan explain {code}")),
    );
    workflow(command, &properties, &lines)
}

/// Renders what people should see beside the files: refusals, warnings, and what the plans come to.
pub fn annotations<'a>(subject: impl Into<Subject<'a>>) -> String {
    let subject = subject.into();
    let mut text = String::new();
    for failed in subject.failures() {
        for problem in &failed.problems {
            let mut properties = place(&failed.file, problem.line);
            properties.extend(problem.code.iter().map(|code| ("title", code.clone())));
            let mut lines = vec![problem.message.clone()];
            lines.extend(problem.details.iter().cloned());
            lines.extend(problem.ways_out.iter().map(|way| format!("Way out: {way}")));
            text.push_str(&workflow("error", &properties, &lines));
        }
    }
    for plan in subject.plans() {
        let file = &plan.source.file;
        for refusal in &plan.refusals {
            text.push_str(&in_file("error", file, None, &Notice::from(refusal)));
        }
        for diagnostic in &plan.diagnostics {
            let notice = Notice::from(diagnostic);
            text.push_str(&in_file("warning", file, diagnostic.line, &notice));
        }
        let name = &plan.cluster.name;
        let what = if plan.has_changes {
            let Summary {
                add,
                change,
                destroy,
                ..
            } = plan.summary;
            format!("{name}: {add} to add, {change} to change, {destroy} to destroy.")
        } else {
            format!("{name}: no changes.")
        };
        let mut properties = place(file, None);
        properties.push(("title", "etcdplan".to_owned()));
        text.push_str(&workflow("notice", &properties, &[what]));
    }
    text
}

fn in_file(command: &str, file: &str, line: Option<usize>, notice: &Notice) -> String {
    let mut properties = place(file, line);
    properties.extend(notice.code.iter().map(|code| ("title", code.clone())));
    let mut lines = vec![notice.message.clone()];
    lines.extend(notice.details.iter().cloned());
    lines.extend(notice.ways_out.iter().map(|way| format!("Way out: {way}")));
    workflow(command, &properties, &lines)
}

fn place(file: &str, line: Option<usize>) -> Vec<(&'static str, String)> {
    let line = line.map(|line| ("line", line.to_string()));
    [("file", file.to_owned())]
        .into_iter()
        .chain(line)
        .collect()
}

/// One command; nothing in its texts ends it.
fn workflow(command: &str, properties: &[(&str, String)], lines: &[String]) -> String {
    let properties = properties.iter();
    let properties =
        properties.map(|(name, value)| format!("{name}={}", in_property(&plain(value))));
    let properties = properties.collect::<Vec<_>>().join(",");
    let space = if properties.is_empty() { "" } else { " " };
    let lines: Vec<_> = lines.iter().map(|line| plain(line)).collect();
    format!(
        "::{command}{space}{properties}::{}\n",
        in_message(&lines.join("\n"))
    )
}

/// What ends a command or begins another one, written out.
fn in_message(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The same, and what ends a property.
fn in_property(text: &str) -> String {
    in_message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Position;

    #[test]
    fn nothing_in_a_text_ends_the_command() {
        let place = |line, column, byte| Position { line, column, byte };
        let notice = Notice {
            code: Some("E0102".to_owned()),
            ways_out: vec!["100 %, or\r\n::error::none".to_owned()],
            file: Some("a,b:c\n%.yaml".to_owned()),
            ranges: vec![Range {
                file: "a".to_owned(),
                label: "here".to_owned(),
                start: place(5, 5, 90),
                end: place(5, 12, 97),
            }],
            ..Notice::error("unknown field `x::y`")
        };
        assert_eq!(
            github(&notice),
            "::error file=a%2Cb%3Ac\\u{a}%25.yaml,line=5,endLine=5,col=5,endColumn=12,title=E0102\
             ::unknown field `x::y`%0Aline 5: here%0A\
             Way out: 100 %25, or\\u{d}\\u{a}::error::none%0AMore: etcdplan explain E0102\n"
        );
        assert_eq!(github(&Notice::warning("so")), "::warning::so\n");
    }
}
