//! Eight situations in every form, each checked by what reads it.

pub(crate) mod commonmark;
mod situations;

use etcdplan::render::{self, Subject, View};
use insta::assert_snapshot;
use regex::Regex;
use scraper::{ElementRef, Html, Selector};
use serde_json::Value;

use situations::{Situation, each, fleet, plan, situations};

/// Those forms that a person reads, as files of their own.
fn forms(subject: Subject<'_>) -> [(&'static str, String); 6] {
    [
        ("text", render::text(subject, &View::default())),
        ("markdown", render::markdown(subject, None)),
        ("mermaid", render::mermaid(subject)),
        ("dot", render::dot(subject)),
        ("github", render::annotations(subject)),
        ("gitlab", render::gitlab(subject)),
    ]
}

/// The page as it is read out: each heading, row, and drawing is a line.
fn read_out(page: &str) -> String {
    let page = Html::parse_document(page);
    let lines = Selector::parse("h1, h2, tr, desc").unwrap();
    let words = |element: ElementRef<'_>| {
        let words: Vec<&str> = element.text().flat_map(str::split_whitespace).collect();
        words.join(" ")
    };
    let lines: Vec<String> = page.select(&lines).map(words).collect();
    lines.join("\n")
}

#[test]
fn every_page_is_read_out() {
    each(|name, subject| {
        let text = read_out(&render::html(subject));
        assert!(text.lines().count() <= 80, "{name}:\n{text}");
        assert_snapshot!(format!("{name} html").replace(' ', "_"), text);
    });
}

#[test]
fn every_form_of_every_situation() {
    each(|name, subject| {
        for (form, text) in forms(subject) {
            assert!(text.lines().count() <= 80, "{name}, {form}:\n{text}");
            assert_snapshot!(format!("{name} {form}").replace(' ', "_"), text);
        }
    });
}

#[test]
fn comments_are_markdown() {
    each(|name, subject| {
        let found = commonmark::read(&render::markdown(subject, None));
        assert_eq!(found.problems, [""; 0], "{name}");
        assert_eq!(found.titles, 1, "{name}");
        for plan in subject.plans() {
            let rows = plan.steps.len() + 1;
            let has_table = plan.steps.is_empty() || found.tables.contains(&rows);
            assert!(has_table, "{name}: {:?}, not {rows}", found.tables);
        }
    });
}

/// What tfcmt looks for (`pkg/terraform/parser.go`), in both streams together.
#[test]
fn other_tools_find_their_lines() {
    let pattern = |text: &str| Regex::new(text).unwrap();
    let pass = pattern(r"(?m)^(Plan: \d|No changes.)");
    let fail = pattern(r"(?m)^([│|] )?(Error: )");
    let destroys = pattern(r"([1-9][0-9]* to destroy.)");
    for situation in situations() {
        let Situation {
            name,
            plan,
            destroys: expected,
        } = situation;
        let text = render::text(&plan, &View::default());
        let first = text.lines().find(|line| pass.is_match(line));
        assert_eq!(first.is_some(), plan.refusals.is_empty(), "{name}:\n{text}");
        let found = first.is_some_and(|line| destroys.is_match(line));
        assert_eq!(found, expected, "{name}:\n{text}");
        assert!(!fail.is_match(&text), "{name}:\n{text}");
    }
    // The first line that matches is that of all clusters together.
    let text = render::text(&fleet(), &View::default());
    let lines: Vec<&str> = text.lines().filter(|line| pass.is_match(line)).collect();
    assert_eq!(lines, ["Plan: 2 to add, 0 to change, 0 to destroy."]);
}

/// Field for field what GitLab's report takes.
#[test]
fn merge_requests_show_counts() {
    let report: Value = serde_json::from_str(&render::gitlab(&fleet())).unwrap();
    let counts = serde_json::json!({ "create": 2, "update": 0, "delete": 0 });
    assert_eq!(report, counts);
}

#[test]
fn a_comment_that_is_too_long_says_what_it_leaves_out() {
    let learners: Vec<String> = (10..210).map(|n| format!("m{n}")).collect();
    let live = format!("voters=(m1* m2 m3) learners=({})", learners.join(" "));
    let plan = plan(&live, "m1 m2 m3");
    assert_eq!((plan.changes.len(), plan.refusals.len()), (200, 0));
    let comment = render::markdown(&plan, None);
    assert!(comment.len() < render::COMMENT_LIMIT, "{}", comment.len());
    let found = commonmark::read(&comment);
    assert_eq!(found.problems, [""; 0]);
    let said = comment
        .lines()
        .find(|line| line.starts_with("**Left out here**"));
    let said = said.expect("it says what it leaves out");
    assert!(
        said.contains("the graph") && said.contains("the reasons"),
        "{said}"
    );
    // What is kept and what is left out are all of it.
    let steps = Regex::new(r"(\d+) of (\d+) steps").unwrap();
    if let Some(counts) = steps.captures(said) {
        let count = |n: usize| counts[n].parse::<usize>().unwrap();
        assert_eq!(count(2), plan.steps.len() + 1);
        assert!(
            found.tables.contains(&(count(2) - count(1))),
            "{:?}",
            found.tables
        );
    }
}
