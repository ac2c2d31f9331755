//! Damaged topology files.

use etcdplan::cli::diagnostics;
use etcdplan::observation::{Observation, recording};
use etcdplan::plan::{self, Options};
use etcdplan::render::palette::Palette;
use etcdplan::render::{self, View};
use etcdplan::topology::{self, Code, Loaded, Problems};

use super::{Dice, Suspect, TEXTS, is_harmless};

/// Valid files: the examples, and one with every field.
const VALID: [&str; 6] = [
    include_str!("../../../examples/as-it-is.yaml"),
    include_str!("../../../examples/grow.yaml"),
    include_str!("../../../examples/move.yaml"),
    include_str!("../../../examples/replace.yaml"),
    include_str!("../../../examples/shrink.yaml"),
    "\
# größer: 北京 😀
apiVersion: etcdplan/v1
cluster: { name: 'größer', id: 782a54e9c720358f, version: \"3.5.30\" }
connect:
  endpoints: [https://10.0.4.11:2379]
  caFile: pki/ca.crt
  certFile: pki/client.crt
  keyFile: pki/client.key
  user: etcdplan
  passwordFile: pki/password
driver:
  kind: exec
  exec: { start: [./start.sh, now], stop: [./stop.sh], timeout: 2m, moveDataTimeout: 1h }
host: { dataDir: /var/lib/etcd, env: { ETCD_QUOTA_BACKEND_BYTES: \"8589934592\" } }
members:
  - name: infra0
    peerURLs: [https://10.0.4.11:2380]
    clientURLs: [https://10.0.4.11:2379]
    zone: eu-1a
    role: voter
    id: 5ee545002b0071b9
    data: auto
    protect: true
    host:
      address: 10.0.4.11
      walDir: /fast/etcd-wal
      listenPeerURLs: [https://0.0.0.0:2380]
      listenClientURLs: [https://0.0.0.0:2379]
      env: { ETCD_PEER_CERT_FILE: /etc/etcd/peer.crt }
      vars: { rack: b7 }
  - { name: 'infra1', peerURLs: ['https://10.0.4.12:2380'], clientURLs: [https://10.0.4.12:2379], zone: eu-1b }
  - &third
    name: infra2
    peerURLs: [\"https://[::1]:2380\"]
    clientURLs:
    - https://infra2.example:2379
    zone: eu-1c
policy:
  minCanLose: auto
  copyDataAbove: 50MiB
  maxLearnerLag: 1000
  backup: none
  wipeRemoved: false
  onFailedJoin: keep
  allowEvenVoters: false
  zoneSpread: warn
  stepTimeout: 10m
",
];

/// What may come to stand where a value did.
const VALUES: [&str; 34] = [
    "~",
    "null",
    "[]",
    "{}",
    "[[]]",
    "{ a: { b: c } }",
    "\"\"",
    "''",
    "3.5",
    "1e400",
    "-1",
    "0",
    ".nan",
    "99999999999999999999999999999999999999999",
    "true",
    "!include x",
    "!!binary aGk=",
    "*third",
    "&x y",
    "*nobody",
    "\"\\u001b[31m\\0\"",
    "'it''s'",
    "\"a\\\"b\" # c",
    "[a, 'b]', \"c]\"]",
    "http://[::1]:2380",
    "http://0.0.0.0:2380",
    "https://10.0.4.11:2380",
    "learner",
    "exec",
    "größer",
    "|\n  a\n  b",
    ">-\n  a b",
    "<<",
    "infra0",
];

/// What may come to stand where a key did.
const KEYS: [&str; 14] = [
    "name",
    "peerURLs",
    "clientUrls",
    "<<",
    "? a",
    "\"quoted\"",
    "3",
    "~",
    "größe",
    "members",
    "id",
    "[a, b]",
    "x\u{2028}y",
    "",
];

/// What may come in between.
const PIECES: [&str; 34] = [
    ":",
    ": ",
    "#",
    " #",
    "[",
    "]",
    "{",
    "}",
    "&a ",
    "*a",
    "!",
    "|",
    ">",
    "'",
    "\"",
    "\\",
    "%",
    "@",
    "`",
    ",",
    "-",
    "- ",
    "? ",
    "\n",
    "\r",
    "\t",
    " ",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "é",
    "😀",
    "\u{0}",
    "\u{1b}[2J",
];

/// A valid text, damaged once, twice, or three times.
fn damaged(dice: &mut Dice) -> String {
    let mut text = (*dice.one_of(&VALID)).to_owned();
    for _ in 0..=dice.below(3) {
        text = match dice.below(14) {
            0..=5 => with_value(dice, &text),
            6..=8 => with_key(dice, &text),
            9..=11 => with_lines(dice, &text),
            12 => with_piece(dice, &text),
            _ => without_some(dice, &text),
        };
    }
    text
}

/// A text with a piece of it replaced.
fn replaced(text: &str, from: usize, to: usize, piece: &str) -> String {
    let mut text = text.to_owned();
    text.replace_range(from..to, piece);
    text
}

/// Another value behind one of the colons.
fn with_value(dice: &mut Dice, text: &str) -> String {
    let colons: Vec<usize> = text.match_indices(": ").map(|(at, _)| at + 2).collect();
    if colons.is_empty() {
        return text.to_owned();
    }
    let start = *dice.one_of(&colons);
    let (_, rest) = text.split_at(start);
    let length = rest.find(['\n', ',', '}']).unwrap_or(rest.len());
    let value = *dice.one_of(&VALUES);
    replaced(text, start, start + length, value)
}

/// Another key before one of the colons.
fn with_key(dice: &mut Dice, text: &str) -> String {
    let colons: Vec<usize> = text.match_indices(':').map(|(at, _)| at).collect();
    if colons.is_empty() {
        return text.to_owned();
    }
    let end = *dice.one_of(&colons);
    let (before, _) = text.split_at(end);
    let start = before.rfind([' ', '\n', '{']).map_or(0, |at| at + 1);
    let key = *dice.one_of(&KEYS);
    replaced(text, start, end, key)
}

/// A line that is gone, twice there, elsewhere, or indented otherwise.
fn with_lines(dice: &mut Dice, text: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if lines.is_empty() {
        return String::new();
    }
    let (one, other) = (dice.below(lines.len()), dice.below(lines.len()));
    match dice.below(5) {
        0 => drop(lines.remove(one)),
        1 => lines.insert(other, lines[one].clone()),
        2 => lines.swap(one, other),
        3 => lines[one] = format!("  {}", lines[one]),
        _ => {
            let line = &lines[one];
            lines[one] = line.strip_prefix(' ').unwrap_or(line).to_owned();
        }
    }
    lines.join("\n") + "\n"
}

/// The beginning of a character, at or before a byte.
fn boundary(text: &str, byte: usize) -> usize {
    let mut before = (0..=byte.min(text.len())).rev();
    before.find(|at| text.is_char_boundary(*at)).unwrap()
}

fn with_piece(dice: &mut Dice, text: &str) -> String {
    let at = boundary(text, dice.below(text.len() + 1));
    let piece = *dice.one_of(&PIECES);
    replaced(text, at, at, piece)
}

/// More than a line that is gone seldom leaves anything of a file.
fn without_some(dice: &mut Dice, text: &str) -> String {
    let start = boundary(text, dice.below(text.len() + 1));
    let end = boundary(text, start + dice.below(40)).max(start);
    replaced(text, start, end, "")
}

/// Every problem has its places in the text, and is told in every form.
fn is_told(problems: &Problems, bytes: usize) {
    for problem in &problems.list {
        assert!(
            !problem.message.is_empty() && !problem.help.is_empty(),
            "{problem:?}"
        );
        for label in &problem.labels {
            assert!(
                problems.text.get(label.span.clone()).is_some(),
                "{problem:?}"
            );
        }
    }
    let notices = diagnostics::notices(problems);
    assert_eq!(notices.len(), problems.list.len());
    for (notice, problem) in notices.iter().zip(&problems.list) {
        let text = notice.text(Palette::Plain);
        assert!(is_harmless(&text), "{text:?}");
        assert!(text.contains(problem.code.as_str()), "{text}");
        assert_eq!(
            text.contains("t.yaml"),
            !problem.labels.is_empty(),
            "{text}"
        );
        let command = render::github(notice);
        assert_eq!(command.lines().count(), 1, "{command}");
        assert!(is_harmless(&command), "{command:?}");
        serde_json::to_string(notice).unwrap();
        for range in &notice.ranges {
            assert!(
                range.start.byte <= range.end.byte && range.end.byte <= bytes,
                "{range:?}"
            );
            assert!(
                range.start.line >= 1 && range.start.column >= 1,
                "{range:?}"
            );
            assert!((range.start.line, range.start.column) <= (range.end.line, range.end.column));
        }
    }
}

/// Whatever is left of a file, a plan can be made of it.
fn is_planned(loaded: &Loaded, live: &Observation) {
    let plan = plan::build(&loaded.topology, live, &Options::default());
    let text = render::text(&plan, &View::default());
    assert!(is_harmless(&text), "{text:?}");
    assert!(!render::json(&plan).is_empty());
}

#[test]
fn no_topology_file_is_too_damaged() {
    let live = recording::read(include_str!("../../../examples/live/healthy.json")).unwrap();
    let mut dice = Dice::new(1);
    let (mut yaml, mut valid) = (0, 0);
    for _ in 0..TEXTS {
        let text = damaged(&mut dice);
        let _suspect = Suspect(&text);
        let loaded = topology::load("t.yaml", &text);
        let problems = match &loaded {
            Ok(loaded) => {
                valid += 1;
                is_planned(loaded, &live);
                &loaded.warnings
            }
            Err(problems) => {
                assert!(problems.errors() > 0);
                problems
            }
        };
        is_told(problems, text.len());
        let is_syntax = |problem: &topology::Problem| problem.code == Code::Syntax;
        yaml += usize::from(!problems.list.iter().any(is_syntax));
    }
    assert!(yaml >= TEXTS / 2, "{yaml} of {TEXTS} are YAML");
    assert!(valid >= TEXTS / 50, "{valid} of {TEXTS} are valid");
}

/// Bytes that are no text, and what stands before a text.
#[test]
fn no_bytes_are_too_damaged() {
    let mut dice = Dice::new(2);
    for _ in 0..TEXTS / 10 {
        let mut bytes = damaged(&mut dice).into_bytes();
        for _ in 0..=dice.below(3) {
            let (at, byte) = (dice.below(bytes.len() + 1), dice.below(256));
            bytes.insert(at, u8::try_from(byte).unwrap());
        }
        if dice.below(2) == 0 {
            bytes.splice(0..0, *b"\xef\xbb\xbf");
        }
        match topology::read("t.yaml", &bytes) {
            Ok(loaded) => is_told(&loaded.warnings, bytes.len()),
            Err(problems) => is_told(&problems, bytes.len()),
        }
    }
}
