//! A comment, read as GitHub reads it.

use comrak::nodes::NodeValue;
use comrak::{Arena, Options, parse_document};

/// What a comment consists of.
#[derive(Debug, Default)]
pub(crate) struct Comment {
    /// What should not be in it: markup that nobody meant.
    pub(crate) problems: Vec<String>,
    /// Headings of the highest kind.
    pub(crate) titles: usize,
    /// For each table, its rows below the head.
    pub(crate) tables: Vec<usize>,
}

/// HTML that a comment may hold: its marker, what breaks links, folds, and breaks of lines.
const HTML: [&str; 8] = [
    "<!---->",
    "<details>",
    "</details>",
    "<summary>",
    "</summary>",
    "<br>",
    "Graph",
    "Reasons",
];

/// Parses a comment.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what else there is shows text"
)]
pub(crate) fn read(text: &str) -> Comment {
    let arena = Arena::new();
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    options.extension.tasklist = true;
    options.extension.footnotes = true;
    options.extension.alerts = true;
    options.extension.math_dollars = true;
    let root = parse_document(&arena, text, &options);
    let mut comment = Comment::default();
    for node in root.descendants() {
        let data = node.data.borrow();
        match &data.value {
            NodeValue::Heading(heading) => comment.titles += usize::from(heading.level == 3),
            NodeValue::Table(_) => comment.tables.push(node.children().count() - 1),
            NodeValue::HtmlBlock(block) => html(&block.literal, &mut comment.problems),
            NodeValue::HtmlInline(literal) => html(literal, &mut comment.problems),
            NodeValue::Link(link) => comment.problems.push(format!("a link to {}", link.url)),
            NodeValue::Image(link) => comment.problems.push(format!("a picture {}", link.url)),
            NodeValue::Strikethrough
            | NodeValue::TaskItem(_)
            | NodeValue::Math(_)
            | NodeValue::FootnoteReference(_)
            | NodeValue::ThematicBreak => {
                comment.problems.push(format!("{:?}", data.value));
            }
            _ => {}
        }
    }
    if text.contains("<!-- etcdplan:v1") && !text.starts_with("<!-- etcdplan:v1 ") {
        comment
            .problems
            .push("the marker is not at the beginning".to_owned());
    }
    comment
}

fn html(literal: &str, problems: &mut Vec<String>) {
    let mut rest = literal.to_owned();
    if let Some((marker, tail)) = literal.split_once(" -->")
        && let Some(words) = marker.strip_prefix("<!-- etcdplan:v1 ")
        && words
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || " =._%-".contains(c))
        && !words.contains("--")
    {
        rest = tail.to_owned();
    }
    for allowed in HTML {
        rest = rest.replace(allowed, "");
    }
    rest = rest.replace("Difference: live (-), wanted (+)", "");
    if !rest.trim().is_empty() {
        problems.push(format!("HTML: {rest:?}"));
    }
}

#[test]
fn what_is_planted_is_found() {
    for planted in [
        "[a](http://b)",
        "![a](b)",
        "see http://b.example",
        "www.b.example",
        "<b>a</b>",
        "<script>",
        "a\n\n<!-- etcdplan:v1 x -->",
        "~~a~~",
        "- [ ] a",
    ] {
        assert!(!read(planted).problems.is_empty(), "{planted}");
    }
    assert_eq!(read("### a\n\n### b").titles, 2);
}
