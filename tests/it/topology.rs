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

/// A machine is reached where its first URL is, as it is written.
#[test]
fn the_first_url_tells_the_host() {
    let two = "peerURLs: [http://10.0.0.45:2380, http://10.0.0.145:2380]";
    let text = GOOD.replace("peerURLs: [http://10.0.0.1:2380]", two);
    let topology = load("t.yaml", &text).unwrap().topology;
    assert_eq!(topology.members[0].host.address, "10.0.0.45");
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

/// What some editors put first, and what only looks like another text.
#[test]
fn a_byte_order_mark_and_other_line_ends() {
    assert_eq!(told(&format!("\u{feff}{GOOD}")), "");
    assert_eq!(told(&GOOD.replace('\n', "\r\n")), "");
    let wrong = GOOD.replace("name: m2", "nome: m2").replace('\n', "\r\n");
    insta::assert_snapshot!(told(&format!("\u{feff}{wrong}")), @r"
    E0102 unknown field `nome` | did you mean `name`?
      7:5 `nome` not a field here
    ");
}

/// A problem of form does not hide the others.
#[test]
fn values_are_judged_where_the_form_is_wrong() {
    let bad = "\
apiVersion: etcdplan/v2
cluster: {}
policy: { minCanLose: 99999999999999999999, stepTimeout: soon }
members:
  - { name: m1, peerURLs: [http://10.0.0.1:2380], id: 1 }
  - { name: m=2, peerURLs: ['10.0.0.2:2380'], clientURLs: [http://10.0.0.1:2380] }
  - { name: m1, peerURLs: [], clientURLs: [[]], role: voter }
  - m4
";
    insta::assert_snapshot!(told(bad), @r"
    E0123 the version `etcdplan/v2` of the format is not known | write `apiVersion: etcdplan/v1`
      1:13 `etcdplan/v2` this version
    E0105 the field `name` is missing | add `name: …`
      2:10 `{}` it belongs in here
    E0104 99999999999999999999 is no number that fits here | write a number from 0 to 4294967295
      3:23 `99999999999999999999` this value
    E0122 `soon` is not a duration such as 90s or 10m | write a number with its unit: 90s, 10m, 1h
      3:58 `soon` this value
    E0105 the field `clientURLs` is missing | add `clientURLs: [http://10.0.4.11:2379]`
      5:5 `{ name: m1, peerURLs: [http://10.0.0.1:2380], id: 1 }` it belongs in here
    E0114 the name `m1` is used by two members | give one of them another name: the file tells them apart by it
      5:13 `m1` first here
      7:13 `m1` and again here
    E0111 http://10.0.0.1:2380 is used by two members | only one process can listen there; give `m=2` its own address
      5:28 `http://10.0.0.1:2380` `m1` uses it here
      6:60 `http://10.0.0.1:2380` and `m=2` again here
    E0104 a number stands where text belongs | write it in quotes
      5:55 `1` this value
    E0115 `=` cannot stand in a member's name: --initial-cluster could not be written | write what etcd is started with as --name, as in `name: infra0`
      6:13 `m=2` this name
    E0112 `10.0.0.2:2380` is no URL that etcd takes: the URL does not begin with http:// or https:// | write scheme, host and port, as in http://10.0.4.11:2380
      6:29 `'10.0.0.2:2380'` this URL
    E0113 the list has no URL | write at least one: [http://10.0.4.11:2380]
      7:27 `[]` an empty list
    E0104 a list stands where text belongs | write text
      7:43 `[[]]` this value
    E0104 text stands where a mapping belongs | write fields, each on a line of its own
      8:5 `m4` this value
    ");
}

/// What is wrong with an anchor is told once, and not for each of its aliases.
#[test]
fn an_alias_repeats_nothing() {
    let bad = GOOD
        .replace("- name: m1", "- &m\n    name: m1\n    nome: x")
        .replace("members:", "members:\n  - *m");
    let bad = bad.replace("members:\n  - *m\n", "members:\n") + "  - *m\n";
    assert_eq!(told(&bad).matches("E0102").count(), 1, "{}", told(&bad));
}

/// One address, whatever way it is written.
#[test]
fn addresses() {
    let bad = "\
apiVersion: etcdplan/v1
cluster: { name: x }
members:
  - { name: a, peerURLs: ['http://Host:2380'], clientURLs: ['http://10.0.0.1:2379'] }
  - { name: b, peerURLs: ['https://host.:2380'], clientURLs: ['http://[::ffff:10.0.0.1]:2379'] }
  - { name: c, peerURLs: ['http://10.0.0.1:02380'], clientURLs: ['http://10.0.0.4:2379'], id: 5ee5 }
  - { name: d, peerURLs: ['http://10.0.0.1:2380'], clientURLs: ['HTTP://10.0.0.5:2379'], id: 05EE5 }
  - { name: e, peerURLs: ['http://0.0.0.0:2380'], clientURLs: ['http://[::]:2379'] }
  - { name: f, peerURLs: ['http://10.0.0.6:0'], clientURLs: ['http://10.0.0.6:99999', 'http://10.0.0.6'] }
  - name: g
    peerURLs: ['http://10.0.0.7:2380']
    clientURLs: ['http://10.0.0.7:2379']
    host: { listenPeerURLs: ['http://0.0.0.0:2380'] }
";
    insta::assert_snapshot!(told(bad), @r"
    E0111 http://Host:2380 and https://host.:2380 are the same address | etcd refuses a peer URL that is already taken; give `b` its own address
      4:27 `'http://Host:2380'` `a` uses it here
      5:27 `'https://host.:2380'` and `b` again here
    E0111 http://10.0.0.1:2379 and http://[::ffff:10.0.0.1]:2379 are the same address | only one process can listen there; give `b` its own address
      4:61 `'http://10.0.0.1:2379'` `a` uses it here
      5:63 `'http://[::ffff:10.0.0.1]:2379'` and `b` again here
    E0111 http://10.0.0.1:02380 and http://10.0.0.1:2380 are the same address | etcd refuses a peer URL that is already taken; give `d` its own address
      6:27 `'http://10.0.0.1:02380'` `c` uses it here
      7:27 `'http://10.0.0.1:2380'` and `d` again here
    E0117 the id 0000000000005ee5 is used by two members | an id belongs to one member: delete one of the two
      6:95 `5ee5` first here
      7:94 `05EE5` and again here
    E0112 `HTTP://10.0.0.5:2379` is no URL that etcd takes: the URL's scheme is written in capital letters | write scheme, host and port, as in http://10.0.4.11:2380
      7:65 `'HTTP://10.0.0.5:2379'` this URL
    E0112 http://0.0.0.0:2380 names no host that others could reach | write the address that others use; every interface belongs in `host.listenPeerURLs` and `host.listenClientURLs`
      8:27 `'http://0.0.0.0:2380'` this URL
    E0112 http://[::]:2379 names no host that others could reach | write the address that others use; every interface belongs in `host.listenPeerURLs` and `host.listenClientURLs`
      8:64 `'http://[::]:2379'` this URL
    E0112 `http://10.0.0.6:0` is no URL that etcd takes: the URL's port is not a number from 1 to 65535 | write scheme, host and port, as in http://10.0.4.11:2380
      9:27 `'http://10.0.0.6:0'` this URL
    E0112 `http://10.0.0.6:99999` is no URL that etcd takes: the URL's port is not a number from 1 to 65535 | write scheme, host and port, as in http://10.0.4.11:2380
      9:62 `'http://10.0.0.6:99999'` this URL
    E0112 `http://10.0.0.6` is no URL that etcd takes: the URL has no port | write scheme, host and port, as in http://10.0.4.11:2380
      9:87 `'http://10.0.0.6'` this URL
    ");
}

/// Directories and variables that belong to somebody else.
#[test]
fn hosts() {
    let hosts = GOOD
        .replace(
            "name: m1",
            "name: m1\n    host: { address: Box, dataDir: /data//etcd/ }",
        )
        .replace(
            "name: m2",
            "name: m2\n    host: { address: box, env: { ETCD_NAME: x, A=B: y } }",
        );
    let more = "host: { dataDir: /data/etcd, env: { ETCD_FORCE_NEW_CLUSTER: 'true' } }\n";
    insta::assert_snapshot!(told(&format!("{hosts}{more}")), @r#"
    E0126 two members have the data directory /data/etcd on one host | give each its own `host.dataDir`; where these are two machines, its own `host.address`
      5:36 `/data//etcd/` `m1` has it
      8:11 `m2` and so has `m2`, by the defaults in `host`
    E0127 `ETCD_NAME` cannot be set here | delete it: `name:` says it
      9:34 `ETCD_NAME` this variable
    E0127 `A=B` cannot name a variable | write a name and its value: { ETCD_QUOTA_BACKEND_BYTES: "8589934592" }
      9:48 `A=B` this variable
    E0127 `ETCD_FORCE_NEW_CLUSTER` cannot be set here | delete it: it would begin another cluster
      15:37 `ETCD_FORCE_NEW_CLUSTER` this variable
    "#);
    let process = "driver: { kind: process }\nhost: { walDir: /wal }\n";
    let process = GOOD.replace("name: m1", "name: m1\n    host: { dataDir: /d }") + process;
    insta::assert_snapshot!(told(&process), @r"
    E0124 the driver `process` has no `dataDir` | delete it: data is kept below `process.root`
      5:22 `/d` this directory
    E0124 the driver `process` has no `walDir` | delete it: data is kept below `process.root`
      15:17 `/wal` this directory
    ");
}

/// Neither many members nor a hostile text takes more than a moment.
#[test]
#[expect(clippy::disallowed_methods, reason = "it is about time")]
fn any_text_takes_a_moment() {
    let member = |number: usize| {
        let (a, b) = (number / 250, number % 250);
        format!(
            "- {{ name: m{number}, peerURLs: ['http://10.0.{a}.{b}:2380'], \
             clientURLs: ['http://10.0.{a}.{b}:2379'] }}\n"
        )
    };
    let head = "apiVersion: etcdplan/v1\ncluster: { name: x }\nmembers:\n";
    let members: String = (0..3001).map(member).collect();
    let valid = format!("{head}{members}");
    let begun = std::time::Instant::now();
    assert_eq!(told(&valid), "");
    let bad = valid.replace("clientURLs", "clientUrls");
    let problems = load("t.yaml", &bad).unwrap_err();
    assert_eq!((problems.list.len(), problems.errors()), (100, 3001));
    for (open, close) in [
        ("[", "]"),
        ("{a: ", "}"),
        ("- ", ""),
        ("? ", ""),
        ("&a ", ""),
        ("!a ", ""),
    ] {
        let deep = format!("a: {}{}", open.repeat(40_000), close.repeat(40_000));
        assert!(load("t.yaml", &deep).is_err(), "{open}");
        assert!(load("t.yaml", &open.repeat(40_000)).is_err(), "{open}");
    }
    let wide = format!("a: [{}]", "[],".repeat(80_000));
    let aliases = format!("a: &a []\nb: [{}]", "*a,".repeat(80_000));
    let one_line = format!("{{{}}}", "é: x, ".repeat(40_000));
    let nulls = "~: ~\n".repeat(60_000);
    for text in [wide, aliases, one_line, nulls] {
        assert!(load("t.yaml", &text).is_err());
    }
    // In debug all of it takes three seconds on an idle machine; what grows with the square, many minutes.
    assert!(begun.elapsed().as_secs() < 300, "{:?}", begun.elapsed());
}
