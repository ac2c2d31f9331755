//! Every code that can be printed has one meaning, a page for `explain`, and a test that prints it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Where the pages are.
const PAGES: &str = "src/cli/explain";

/// The files below a folder whose names end so.
fn files(folder: &str, ends: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(ROOT).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() {
                folders.push(path);
            } else if ends.iter().any(|end| name.ends_with(end)) && !name.starts_with('.') {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn name(path: &Path) -> String {
    path.strip_prefix(ROOT).unwrap().display().to_string()
}

/// The lines of a source that are no comments.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = (1..).zip(text.lines());
    lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Where a source gives a code to something: as a text of its own, or by `code(...)`.
fn given(path: &Path, text: &str) -> Vec<(String, String)> {
    let pattern = Regex::new(r#""([EW]\d{4})"|\bcode\(([EW]\d{4})\)"#).unwrap();
    let (text, _tests) = text.split_once("#[cfg(test)]").unwrap_or((text, ""));
    let mut found = Vec::new();
    for (number, line) in code(text) {
        for (_, [given]) in pattern
            .captures_iter(line)
            .map(|captures| captures.extract())
        {
            found.push((given.to_owned(), format!("{}:{number}", name(path))));
        }
    }
    found
}

/// Every code of the sources, and where it is given.
fn codes() -> BTreeMap<String, Vec<String>> {
    let mut codes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let is_source = |path: &PathBuf| {
        let name = name(path);
        !name.starts_with(PAGES) && !name.ends_with("/tests.rs")
    };
    for path in files("src", &[".rs"]).into_iter().filter(is_source) {
        for (code, place) in given(&path, &fs::read_to_string(&path).unwrap()) {
            codes.entry(code).or_default().push(place);
        }
    }
    codes
}

/// The pages: a code and a text each.
fn pages() -> BTreeMap<String, String> {
    let page = |path: PathBuf| {
        let code = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (code, fs::read_to_string(path).unwrap())
    };
    files(PAGES, &[".txt"]).into_iter().map(page).collect()
}

#[test]
fn a_code_has_one_meaning() {
    let codes = codes();
    assert!(codes.len() > 100, "{codes:?}");
    let several = codes.iter().filter(|(_, places)| places.len() > 1);
    let several: Vec<String> = several
        .map(|(code, places)| format!("{code} is given in {}", places.join(" and ")))
        .collect();
    assert!(
        several.is_empty(),
        "a code means one thing, and is written once in src/; take the next that is free:\n{}",
        several.join("\n")
    );
}

#[test]
fn a_code_has_a_page_and_a_page_a_code() {
    let (codes, pages) = (codes(), pages());
    let list = fs::read_to_string(Path::new(ROOT).join(PAGES).join("pages.rs")).unwrap();
    let mut amiss = Vec::new();
    for (code, places) in &codes {
        if !pages.contains_key(code) {
            amiss.push(format!(
                "{code} ({}) has no page: write {PAGES}/{code}.txt, and name it in {PAGES}/pages.rs",
                places.join(", ")
            ));
        } else if !list.contains(&format!("\"{code}\"")) {
            amiss.push(format!("name {code} in {PAGES}/pages.rs"));
        }
    }
    for code in pages.keys().filter(|code| !codes.contains_key(*code)) {
        amiss.push(format!(
            "nothing in src/ has the code {code}: delete {PAGES}/{code}.txt, and its name in {PAGES}/pages.rs"
        ));
    }
    assert!(amiss.is_empty(), "{}", amiss.join("\n"));
}

#[test]
fn pages_read_well() {
    let mention = Regex::new(r"\b[EW]\d{4}\b").unwrap();
    let (codes, mut titles) = (codes(), BTreeSet::new());
    for (code, text) in pages() {
        let (title, body) = text.split_once("\n\n").unwrap();
        let title = title
            .strip_prefix(&format!("{code}: "))
            .unwrap_or_else(|| panic!("{code}"));
        assert!(
            title.len() <= 70 && !title.ends_with('.'),
            "{code}: {title}"
        );
        assert!(titles.insert(title.to_owned()), "{code}: {title}");
        assert!(body.contains("\n\nWay out\n  "), "{code} names no way out");
        assert!(
            text.is_ascii() && text.ends_with('\n') && !text.ends_with("\n\n"),
            "{code}"
        );
        for line in text.lines() {
            assert!(
                line.len() <= 79 && line.trim_end() == line,
                "{code}: {line}"
            );
        }
        for mention in mention.find_iter(&text) {
            assert!(
                codes.contains_key(mention.as_str()),
                "{code}: {}",
                mention.as_str()
            );
        }
    }
}

/// Stories, snapshots, and what tests expect.
#[test]
fn every_code_is_printed_by_a_test() {
    let mut printed = String::new();
    for path in files("tests", &[".rs", ".txt", ".snap"]) {
        let text = fs::read_to_string(&path).unwrap();
        if !name(&path).ends_with("it/codes.rs") {
            printed.extend(code(&text).map(|(_, line)| format!("{line}\n")));
        }
    }
    let mut missing = codes();
    missing.retain(|code, _| !printed.contains(code.as_str()));
    assert!(missing.is_empty(), "no test prints {missing:?}");
}

#[test]
fn what_is_planted_is_found() {
    let given = |text: &str| -> Vec<String> {
        let path = Path::new(ROOT).join("src/planted.rs");
        given(&path, text)
            .into_iter()
            .map(|(code, _)| code)
            .collect()
    };
    assert_eq!(given("Self::No => \"E0999\","), ["E0999"]);
    assert_eq!(given("#[diagnostic(code(E0999), help(\"x\"))]"), ["E0999"]);
    assert_eq!(given("    // \"E0999\"\n/// see \"E0999\""), [""; 0]);
    assert_eq!(given("x(\"etcdplan explain E0999\")"), [""; 0]);
    assert_eq!(given("\n#[cfg(test)]\nmod tests { \"E0999\" }"), [""; 0]);
}
