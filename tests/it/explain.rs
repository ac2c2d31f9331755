//! `etcdplan explain`: pages of codes, however they are asked for.

use etcdplan::cli::explain::ALL;
use insta::assert_snapshot;
use serde_json::Value;

use crate::program::{Run, run_with};

fn explain(arguments: &[&str]) -> (i32, String, String) {
    let Run {
        code,
        stdout,
        stderr,
    } = run_with(&[&["explain"], arguments].concat(), &[]);
    (code, stdout, stderr)
}

#[test]
fn a_page_says_what_why_and_the_way_out() {
    let (code, told, errors) = explain(&["E0310"]);
    assert_eq!((code, errors.as_str()), (0, ""));
    assert_snapshot!(told);
}

#[test]
fn a_code_is_understood_however_it_is_written() {
    let page = explain(&["E0102"]).1;
    for word in ["e0102", "E102", "e102", "102", "[E0102]", "E0102:"] {
        assert_eq!(explain(&[word]).1, page, "{word}");
    }
    assert!(explain(&["w301"]).1.starts_with("W0301: "));
    let both = explain(&["E0102", "W0301"]).1;
    assert_eq!(both, format!("{page}\n\n{}", explain(&["W0301"]).1));
}

#[test]
fn an_unknown_code_is_wrong_usage() {
    let (code, told, errors) = explain(&["E0399"]);
    assert_eq!((code, told.as_str()), (64, ""));
    assert_snapshot!(errors);
    let (code, told, errors) = explain(&["E0310", "quorum", "--format", "json"]);
    assert_eq!((code, told.as_str()), (64, ""));
    let document: Value = serde_json::from_str(&errors).unwrap();
    assert_eq!(
        document["diagnostics"][0]["message"],
        "there is no code `quorum`"
    );
}

#[test]
fn alone_it_lists_every_code_in_a_line() {
    let (code, told, _) = explain(&[]);
    assert_eq!(code, 0);
    let lines: Vec<&str> = told.lines().filter(|line| line.starts_with("  ")).collect();
    assert_eq!(lines.len(), ALL.len());
    for page in ALL {
        let line = format!("  {}  {}", page.code, page.title());
        assert!(lines.contains(&line.as_str()), "{line}");
    }
}

#[test]
fn programs_read_it_as_json() {
    let listed: Value = serde_json::from_str(&explain(&["--format", "json"]).1).unwrap();
    assert_eq!(listed["codes"].as_array().unwrap().len(), ALL.len());
    assert_eq!(listed["codes"][0]["code"], ALL[0].code);
    let page: Value = serde_json::from_str(&explain(&["W0305", "--format", "json"]).1).unwrap();
    let page = &page["codes"][0];
    assert_eq!(page["severity"], "warning");
    assert_eq!(
        page["title"],
        "a member that the file keeps does not answer"
    );
    assert!(page["text"].as_str().unwrap().contains("Way out\n"));
}
