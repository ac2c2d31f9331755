//! Notices as workflow commands, which GitHub shows beside the lines of a change.
//!
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>

use super::notices::{Notice, Range, Severity};
use super::plain::plain;

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
    let mut property = |name: &str, value: &str| {
        properties.push(format!("{name}={}", in_property(&plain(value))));
    };
    if let Some(file) = file {
        property("file", file);
    }
    if let Some(Range { start, end, .. }) = ranges.first() {
        property("line", &start.line.to_string());
        property("endLine", &end.line.to_string());
        property("col", &start.column.to_string());
        property("endColumn", &end.column.to_string());
    }
    if let Some(code) = code {
        property("title", code);
    }
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
    let lines: Vec<_> = lines.iter().map(|line| plain(line)).collect();
    let space = if properties.is_empty() { "" } else { " " };
    format!(
        "::{command}{space}{}::{}\n",
        properties.join(","),
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
