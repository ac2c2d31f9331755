//! The page of a plan: whole, inert, and the same for those who see it and those who do not.

#[cfg(test)]
mod checks;
#[cfg(test)]
mod contrast;
#[cfg(test)]
mod plans;

use etcdplan::action::Kind;
use etcdplan::plan::fleet::{Failed, Fleet, Problem};
use etcdplan::plan::{ChangeAction, Diagnostic, Plan, Refusal, StepId, ZoneOutlook};
use etcdplan::render::html;
use insta::assert_snapshot;
use scraper::Html;

use crate::render::sketch::{change, cluster, standing, step};
use checks::{find, only, problems, text};
use plans::{dead, example, fleet, long, outage, pages, refused, unchanged};

/// No drawing of a timeline is wider: it fits a page of a screen.
const WIDEST: usize = 1152;

#[test]
fn every_page_is_whole() {
    for (name, page) in pages() {
        let problems = problems(&page);
        assert!(problems.is_empty(), "{name}: {problems:#?}");
    }
}

#[test]
fn what_is_wrong_is_found() {
    let page = html(&dead());
    assert!(problems(&page).is_empty());
    for (from, to) in [
        ("</table>", ""),
        ("<th scope=\"col\">", "<th>"),
        ("id=\"s2\"", "id=\"s1\""),
        ("id=\"s1\"", "id=\"s0\""),
        ("<h2 id=\"steps\">Steps</h2>", "<h4 id=\"steps\">Steps</h4>"),
        ("lang=\"en\"", ""),
        ("color-scheme: light dark", "color-scheme: dark"),
        ("default-src 'none'", "default-src *"),
        ("<main", "<script></script><main"),
        ("href=\"#members\"", "href=\"https://example.com/\""),
        ("<p>", "<p onclick=\"x\">"),
        ("tabindex=\"0\"", ""),
        ("role=\"img\"", ""),
        ("<td></td>", ""),
        ("<caption>", "<caption hidden"),
        ("</path>", ""),
    ] {
        let broken = page.replacen(from, to, 1);
        assert_ne!(broken, page, "{from}");
        assert!(!problems(&broken).is_empty(), "{from} as {to}");
    }
}

#[test]
fn the_same_plan_is_the_same_page() {
    assert_eq!(pages(), pages());
}

/// The headings of a page, in order.
fn headings(page: &Html) -> String {
    let all = find(page, "h1, h2, h3");
    let lines = all.iter().map(|heading| {
        let indent = match heading.value().name() {
            "h1" => "",
            "h2" => "  ",
            _ => "    ",
        };
        format!("{indent}{}\n", text(*heading))
    });
    lines.collect()
}

#[test]
fn what_matters_most_comes_first() {
    let page = |plan: &Plan| Html::parse_document(&html(plan));
    assert_snapshot!(headings(&page(&dead())), @"
    test
      Warnings
      Members
      Timeline
      Steps
      Order, and its reasons
      Clients
      Difference
    ");
    assert_snapshot!(headings(&page(&refused())), @"
    test
      Refusals
      Warnings
      Members
      Clients
      Difference
    ");
    assert_snapshot!(headings(&page(&unchanged())), @"
    test
      Members
    ");
    assert_snapshot!(headings(&page(&example("grow.yaml"))), @"
    prod-eu
      Warnings
      Members
      Timeline
      Zones
      Steps
      Order, and its reasons
      Clients
      Difference
    ");
    assert_snapshot!(headings(&Html::parse_document(&html(&fleet()))), @"
    5 clusters
      Without a plan
      Clusters
      test
        Members
      test
        Warnings
        Members
        Timeline
        Steps
        Order, and its reasons
        Clients
        Difference
      test
        Refusals
        Warnings
        Members
        Clients
        Difference
      test
        Warnings
        Members
        Timeline
        Steps
        Order, and its reasons
        Clients
        Difference
    ");
}

#[test]
fn a_refusal_has_its_code_its_numbers_and_the_way_out() {
    let plan = refused();
    let page = Html::parse_document(&html(&plan));
    let told = find(&page, ".refusal")
        .into_iter()
        .map(text)
        .collect::<String>();
    let Refusal {
        code,
        member: _,
        message,
        details,
        ways_out,
    } = &plan.refusals[0];
    let all = [code, message].into_iter().chain(details).chain(ways_out);
    for part in all {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(text(only(&page, "main")).contains("Nothing was changed."));
    // The file speaks of the member that is in the way.
    let mut plan = plan;
    plan.source.file = "a.yaml".to_owned();
    plan.refusals[0].member = Some(plan.changes[0].member.clone());
    plan.changes[0].line = Some(9);
    let page = Html::parse_document(&html(&plan));
    assert_eq!(text(find(&page, ".refusal .file")[0]), "a.yaml:9");
}

#[test]
fn a_warning_has_its_place_and_its_steps() {
    let mut plan = dead();
    plan.source.file = "a.yaml".to_owned();
    plan.diagnostics = vec![Diagnostic {
        code: "W0301".to_owned(),
        message: "no member can be lost".to_owned(),
        details: vec!["two of three".to_owned()],
        steps: vec![StepId(2), StepId(3)],
        line: Some(7),
    }];
    let page = Html::parse_document(&html(&plan));
    let told = text(only(&page, ".warning"));
    assert_eq!(
        told,
        "Warning: no member can be lost W0301 a.yaml:7 steps 2-3two of three"
    );
    assert_eq!(only(&page, ".warning a").attr("href"), Some("#s2"));
}

#[test]
fn drawings_say_their_numbers() {
    let told = |plan: &Plan| {
        let page = Html::parse_document(&html(plan));
        let all = find(&page, "svg.timeline > desc").into_iter().map(text);
        all.collect::<Vec<_>>().join("\n").replace(". ", ".\n")
    };
    assert_snapshot!(told(&dead()), @"
    Now: 3 voters, 2 healthy, quorum 2, can lose 0.
    Steps 1-3: 2 voters, all healthy, quorum 2, can lose 0.
    Step 4: 2 voters, all healthy, quorum 2, can lose 0; then 3 voters, all healthy, quorum 2, can lose 1.
    ");
    assert_snapshot!(told(&outage("voters=(m1*)", "m1")), @"
    Now: 1 voter, healthy, quorum 1, can lose 0.
    Step 1: 1 voter, 0 healthy, quorum 1, 1 too few for it; then 1 voter, healthy, quorum 1, can lose 0.
    ");
    assert_snapshot!(told(&example("replace.yaml")), @"
    Now: 3 voters, all healthy, quorum 2, can lose 1.
    Steps 1-2: 3 voters, all healthy, quorum 2, can lose 1.
    Steps 3-4: 4 voters, all healthy, quorum 3, can lose 1.
    Steps 5-6: 3 voters, all healthy, quorum 2, can lose 1.
    ");
}

/// What the lines of the drawing pass through; a step is 4 wide.
fn line(page: &Html, class: &str) -> String {
    let line = only(page, &format!("svg.timeline > path.{class}"));
    line.attr("d").unwrap().to_owned()
}

#[test]
fn the_worst_moment_is_a_dip() {
    let page = Html::parse_document(&html(&long(2)));
    // Now, then down by a third and up again, twice; a column is 104 wide.
    assert_eq!(
        line(&page, "healthy"),
        "M76 24H206V64H258V24H310V64H362V24H388"
    );
    assert_eq!(line(&page, "voters"), "M76 24H388");
    assert_eq!(line(&page, "quorum"), "M76 64H388");
    // Nothing can be lost while it is down: said by shade, by shape, and by word.
    let shades: Vec<_> = find(&page, "svg.timeline > rect.shade")
        .iter()
        .map(|shade| (shade.attr("x"), shade.attr("width")))
        .collect();
    assert_eq!(
        shades,
        [(Some("206"), Some("52")), (Some("310"), Some("52"))]
    );
    assert_eq!(find(&page, "svg.timeline path.risk").len(), 2);
    let cells: Vec<String> = find(&page, "td.risk").into_iter().map(text).collect();
    assert_eq!(cells, ["\u{25c6} 0\u{2192}1 nothing"; 2]);
}

#[test]
fn without_quorum_a_square_says_so() {
    let page = Html::parse_document(&html(&outage("voters=(m1*)", "m1")));
    assert_eq!(find(&page, "svg.timeline g rect.none").len(), 1);
    assert_eq!(
        text(only(&page, "td.none")),
        "\u{25a0} \u{2212}1\u{2192}0 no quorum"
    );
    assert!(text(only(&page, "main")).contains("Asked for: --allow-outage"));
}

#[test]
fn every_reason_is_told_twice() {
    let plan = example("replace.yaml");
    let page = Html::parse_document(&html(&plan));
    let list = text(only(&page, "ul.reasons"));
    let drawing: Vec<String> = find(&page, "svg.graph g > title")
        .into_iter()
        .map(text)
        .collect();
    let mut edges = 0;
    for step in &plan.steps {
        for dependency in &step.depends_on {
            let (before, why) = (dependency.step.0, &dependency.why);
            let line = format!("after step {before}: because {why}");
            assert!(list.contains(&line), "{line}");
            let title = format!("Step {} {line}", step.id.0);
            assert!(drawing.contains(&title), "{title}");
            edges += 1;
        }
        let row = only(&page, &format!("tr[id=s{}]", step.id.0));
        assert!(text(row).contains(&step.reason));
    }
    assert_eq!(edges, drawing.len());
}

#[test]
fn a_long_plan_fits_the_page() {
    for steps in [3, 12, 32, 33, 60, 800] {
        let page = Html::parse_document(&html(&long(steps)));
        let rows = find(&page, "svg.timeline");
        for row in &rows {
            let width: usize = row.attr("width").unwrap().parse().unwrap();
            assert!(width <= WIDEST, "{steps} steps: {width}");
        }
        // Now, and each step, in one row or another.
        assert_eq!(find(&page, "svg.timeline g").len(), steps + 1);
        assert_eq!(find(&page, "svg.graph g.mark").len(), steps);
    }
}

/// The tags of a page, in order.
fn shape(page: &str) -> Vec<String> {
    let page = Html::parse_document(page);
    let all = find(&page, "*");
    let names = all.iter().map(|element| element.value().name().to_owned());
    names.collect()
}

#[test]
fn hostile_text_is_only_text() {
    let hostile = [
        "\"><script>alert(1)</script>",
        "</title></style></svg><img src=x onerror=alert(1)>",
        "' onload='alert(1)",
        "&lt;b&gt; <!-- ]]> <![CDATA[",
        "javascript:alert(1)",
    ];
    let named = |name: &str| {
        let mut plan = cluster(&[name, "etcd-2", "etcd-3"]);
        plan.cluster.name = name.to_owned();
        plan.source.file = name.to_owned();
        plan.plan_id = name.to_owned();
        plan.created_at = name.to_owned();
        change(
            &mut plan,
            ChangeAction::Rename,
            Some(name),
            Some(("etcd-9", name)),
            Some(1),
        );
        let (all, down) = (standing(3, 3), standing(3, 2));
        step(&mut plan, Kind::Restart, name, down, all).reason = name.to_owned();
        step(&mut plan, Kind::Restart, name, down, all).depends_on[0].why = name.to_owned();
        for zone in ["a", name] {
            plan.zones.push(ZoneOutlook {
                zone: zone.to_owned(),
                now: 0,
                steps: vec![0, 0],
                end: 0,
            });
        }
        let lines = vec![name.to_owned()];
        plan.diagnostics.push(Diagnostic {
            code: name.to_owned(),
            message: name.to_owned(),
            details: lines.clone(),
            steps: vec![StepId(1), StepId(77)],
            line: Some(1),
        });
        let problem = Problem {
            code: Some(name.to_owned()),
            message: name.to_owned(),
            details: lines.clone(),
            ways_out: lines,
            line: Some(1),
        };
        let failed = Failed {
            file: name.to_owned(),
            problems: vec![problem],
        };
        html(&Fleet::new(vec![plan], vec![failed]))
    };
    let calm = shape(&named("calm"));
    for name in hostile {
        let page = named(name);
        assert_eq!(shape(&page), calm, "{name}");
        let problems = problems(&page);
        assert!(problems.is_empty(), "{name}: {problems:#?}");
        let page = Html::parse_document(&page);
        assert!(text(only(&page, "main")).contains(name), "{name}");
    }
}

#[test]
fn absurd_numbers_are_drawn_too() {
    let mut plan = long(3);
    for (voters, healthy) in [(0, 0), (0, usize::MAX), (usize::MAX, 0), (1000, 400)] {
        plan.steps[1].lowest = standing(voters, healthy);
        plan.steps[1].after = standing(healthy, voters);
        let problems = problems(&html(&plan));
        assert!(problems.is_empty(), "{problems:#?}");
    }
}
