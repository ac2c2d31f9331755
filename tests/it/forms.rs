//! Eight situations in every form, each checked by what reads it.

pub(crate) mod commonmark;

use etcdplan::plan::fleet::{Failed, Fleet, Problem};
use etcdplan::plan::{self, Options, Plan, Source};
use etcdplan::render::{self, Subject, View};
use etcdplan::version::Version;
use insta::assert_snapshot;
use regex::Regex;
use serde_json::Value;

use crate::notation;

fn plan(live: &str, wanted: &str) -> Plan {
    let live = notation::live(live, Version::new(3, 5, 30));
    let options = Options {
        source: Source {
            file: "clusters/prod.yaml".to_owned(),
            sha256: "0".repeat(64),
        },
        ..Options::default()
    };
    plan::build(&notation::wanted(wanted), &live, &options)
}

/// A cluster that grows, one that is as its file says, and one that nobody reaches.
fn fleet() -> Fleet {
    let plans = vec![
        plan("voters=(m1* m2 m3)", "m1 m2 m3 m4 m5"),
        plan("voters=(m1* m2 m3)", "m1 m2 m3"),
    ];
    let unreachable = Problem {
        code: Some("E0402".to_owned()),
        message: "no endpoint answers".to_owned(),
        details: vec!["http://10.0.9.1:2379: connection refused  [E0410]".to_owned()],
        ways_out: Vec::new(),
        line: None,
    };
    let failed = Failed {
        file: "clusters/lost.yaml".to_owned(),
        problems: vec![unreachable],
    };
    Fleet::new(plans, vec![failed])
}

/// Every situation, and whether its plan has changes, removes a member, and is refused.
struct Situation {
    name: &'static str,
    plan: Plan,
    destroys: bool,
}

fn situations() -> Vec<Situation> {
    let three = "voters=(m1* m2 m3)";
    let dead = "voters=(m1* m2 m3!)";
    [
        ("grow", plan(three, "m1 m2 m3 m4 m5"), false),
        ("dead member", plan(dead, "m1 m2 m4"), true),
        ("same name", plan(three, "m1 m2 m3@9/discard"), true),
        (
            "readdress the leader",
            plan(three, "m1@9/inPlace m2 m3"),
            false,
        ),
        ("refusal", plan(dead, "m1 m3"), false),
        ("no changes", plan(three, "m1 m2 m3"), false),
        ("mixed", plan(three, "m1 m2:2390 m4"), true),
    ]
    .map(|(name, plan, destroys)| Situation {
        name,
        plan,
        destroys,
    })
    .into()
}

/// Those forms that a person reads, as files of their own.
fn forms(subject: Subject<'_>) -> [(&'static str, String); 6] {
    [
        ("text", render::text(subject, &View::default())),
        ("markdown", render::markdown(subject)),
        ("mermaid", render::mermaid(subject)),
        ("dot", render::dot(subject)),
        ("github", render::annotations(subject)),
        ("gitlab", render::gitlab(subject)),
    ]
}

#[test]
fn every_form_of_every_situation() {
    let situations = situations();
    let fleet = fleet();
    let plans = situations.iter().map(|s| (s.name, Subject::Plan(&s.plan)));
    for (name, subject) in plans.chain([("fleet", Subject::Fleet(&fleet))]) {
        for (form, text) in forms(subject) {
            assert!(text.lines().count() <= 80, "{name}, {form}:\n{text}");
            assert_snapshot!(format!("{name} {form}").replace(' ', "_"), text);
        }
    }
}

#[test]
fn comments_are_markdown() {
    let situations = situations();
    let fleet = fleet();
    let plans = situations.iter().map(|s| (s.name, Subject::Plan(&s.plan)));
    for (name, subject) in plans.chain([("fleet", Subject::Fleet(&fleet))]) {
        let found = commonmark::read(&render::markdown(subject));
        assert_eq!(found.problems, [""; 0], "{name}");
        assert_eq!(found.titles, 1, "{name}");
        for plan in subject.plans() {
            let rows = plan.steps.len() + 1;
            let has_table = plan.steps.is_empty() || found.tables.contains(&rows);
            assert!(has_table, "{name}: {:?}, not {rows}", found.tables);
        }
    }
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
    let comment = render::markdown(&plan);
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
