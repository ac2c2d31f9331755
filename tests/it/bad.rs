//! `tests/bad`: for each diagnostic of topology files a bad file, and all that `validate` says of it.
//!
//! A file is called by its code: `E0102-unknown-field.yaml`. The snapshot beside it is what a
//! person sees; `INSTA_UPDATE=always` writes it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use etcdplan::topology::{Code, SIZE_LIMIT};

use crate::program::run_in;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bad");

/// A longer text is not read.
const LONGEST: usize = 80;

/// The one file that is made for the test: nobody wants a megabyte of it.
const LARGE: &str = "E0110-too-large";

/// The names of the files, without their ends.
fn names(end: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(FOLDER).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter_map(|name| Some(name.strip_suffix(end)?.to_owned()))
        .collect()
}

/// All that `validate` says of a file, and how it ends.
fn told(folder: &Path, name: &str) -> String {
    let run = run_in(folder, &["validate", &format!("{name}.yaml")], &[]);
    assert_eq!(run.stdout, "", "{name}");
    run.told()
}

#[test]
fn every_bad_file_is_told() {
    let large = tempfile::tempdir().unwrap();
    let text = format!("#{}", "x".repeat(SIZE_LIMIT));
    fs::write(large.path().join(format!("{LARGE}.yaml")), text).unwrap();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(FOLDER);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let _bound = settings.bind_to_scope();
    let files = names(".yaml");
    for name in files.iter().map(String::as_str).chain([LARGE]) {
        let folder = if name == LARGE {
            large.path()
        } else {
            Path::new(FOLDER)
        };
        let told = told(folder, name);
        let code = name.split('-').next().unwrap();
        assert!(told.contains(&format!("[{code}]")), "{name}: {told}");
        let expected = u8::from(code.starts_with('E'));
        assert!(
            told.ends_with(&format!("\nexit code {expected}\n")),
            "{name}: {told}"
        );
        let lines = told.lines().count();
        assert!(lines <= LONGEST, "{name} tells {lines} lines");
        insta::assert_snapshot!(name, told);
    }
}

#[test]
fn every_code_has_a_bad_file() {
    let files = names(".yaml");
    let mut names: Vec<&str> = files.iter().map(String::as_str).collect();
    names.push(LARGE);
    for code in Code::ALL {
        let begins = format!("{code}-");
        assert!(
            names.iter().any(|name| name.starts_with(&begins)),
            "tests/bad has no file {begins}….yaml"
        );
    }
    for name in &names {
        let is_code = |code: &Code| name.starts_with(&format!("{code}-"));
        assert!(
            Code::ALL.iter().any(is_code),
            "{name} is not called by a code"
        );
    }
    let snapshots = self::names(".snap");
    let orphans: Vec<_> = snapshots
        .iter()
        .filter(|name| !names.contains(&name.as_str()))
        .collect();
    assert!(orphans.is_empty(), "no file is told of in {orphans:?}");
}
