//! Topology files, good and bad.

use std::fmt::Write as _;

use etcdplan::topology::{Code, SIZE_LIMIT, load};

const GOOD: &str = "\
apiVersion: etcdplan/v1
cluster: { name: prod }
members:
  - name: m1
    peerURLs: [http://10.0.0.1:2380]
    clientURLs: [http://10.0.0.1:2379]
  - name: m2
    peerURLs: [http://10.0.0.2:2380]
    clientURLs: [http://10.0.0.2:2379]
  - name: m3
    peerURLs: [http://10.0.0.3:2380]
    clientURLs: [http://10.0.0.3:2379]
";

/// Every problem of a text: code, message, and each place as line, column, and the text there.
fn told(text: &str) -> String {
    let problems = match load("t.yaml", text) {
        Ok(loaded) => loaded.warnings,
        Err(problems) => problems,
    };
    let mut told = String::new();
    for problem in &problems.list {
        writeln!(
            told,
            "{} {} | {}",
            problem.code, problem.message, problem.help
        )
        .unwrap();
        for label in &problem.labels {
            let (line, column) = problems.line_and_column(label.span.start);
            let there = problems.text.get(label.span.clone()).unwrap();
            writeln!(told, "  {line}:{column} `{there}` {}", label.text).unwrap();
        }
    }
    told
}

#[test]
fn a_good_file_has_no_problem() {
    assert_eq!(told(GOOD), "");
    let topology = load("t.yaml", GOOD).unwrap().topology;
    assert_eq!(
        topology
            .members
            .iter()
            .map(|member| member.line)
            .collect::<Vec<_>>(),
        [4, 7, 10]
    );
    assert_eq!(topology.members[0].host.address, "10.0.0.1");
}

#[test]
fn form() {
    let bad = "\
apiVersion: etcdplan/v2
cluster: { name: prod, version: 3.5, id: !hex 12 }
cluster: { name: other }
driver: { kind: exce }
policy: { minCanLose: many, wipeRemoved: yes please }
members:
  - name: m1
    peerURL: [http://10.0.0.1:2380]
    clientURLs: http://10.0.0.1:2379
  - <<: x
    name: ~
    peerURLs: [1]
    clientURLs: []
";
    insta::assert_snapshot!(told(bad));
}

#[test]
fn values() {
    let bad = "\
apiVersion: etcdplan/v2
cluster: { name: prod, version: '3.5', id: zz }
driver: { kind: exec, process: { root: x }, exec: { start: [] , timeout: soon } }
policy: { copyDataAbove: much, stepTimeout: 5 minutes!, backup: before-apply }
members:
  - name: m1
    peerURLs: ['http://10.0.0.1:2380']
    clientURLs: [http://10.0.0.1:2379/path]
  - name: m1
    peerURLs: [http://10.0.0.1:2380]
    clientURLs: []
    id: 8e9e05c52164694d
  - name: m=3
    peerURLs: [10.0.0.3:2380]
    clientURLs: [http://10.0.0.3:2379]
    id: 8e9e05c52164694d
    role: learner
  - name: m4
    peerURLs: [http://10.0.0.4:2380]
    clientURLs: [http://10.0.0.4:2380]
    role: learner
";
    insta::assert_snapshot!(told(bad));
}

#[test]
fn voters_and_zones() {
    let learners = GOOD.replace("  - name: m", "  - role: learner\n    name: m");
    insta::assert_snapshot!(told(&learners));
    let zones = GOOD
        .replace("name: m1", "zone: a\n    name: m1")
        .replace("name: m2", "zone: a\n    name: m2")
        .replace("name: m3", "zone: b\n    name: m3");
    insta::assert_snapshot!(told(&zones));
    insta::assert_snapshot!(told(&format!("policy: {{ zoneSpread: require }}\n{GOOD}")));
}

#[test]
fn no_yaml() {
    insta::assert_snapshot!(told("a:\n  - b\n - c\n"));
    insta::assert_snapshot!(told("# nothing\n"));
    insta::assert_snapshot!(told("- a\n"));
    insta::assert_snapshot!(told(&format!("{GOOD}driver: {{ kind: ssh }}\n")));
    let large = format!("{GOOD}#{}", "x".repeat(SIZE_LIMIT));
    assert!(told(&large).starts_with(Code::TooLarge.as_str()));
}

#[test]
fn an_alias_bomb_ends() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let before = format!("*a{}, ", level - 1).repeat(10);
        writeln!(bomb, "a{level}: &a{level} [{before}]").unwrap();
    }
    assert!(told(&bomb).starts_with(Code::Syntax.as_str()));
}

mod mutations {
    use super::{GOOD, load};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// A damaged file never panics, and every place is inside the text.
        #[test]
        fn places_are_inside(at in 0..GOOD.len(), length in 0..12usize, piece in "[ \\-:#\\[\\]{}&*!|>'\"a-z0-9é\\n]{0,6}") {
            let mut text = GOOD.to_owned();
            text.replace_range(at..(at + length).min(GOOD.len()), &piece);
            let problems = match load("t.yaml", &text) {
                Ok(loaded) => loaded.warnings,
                Err(problems) => problems,
            };
            for problem in &problems.list {
                for label in &problem.labels {
                    prop_assert!(problems.text.get(label.span.clone()).is_some(), "{problem:?}");
                }
            }
        }
    }
}
