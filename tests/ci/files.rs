//! No example is forgotten.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::desk::ROOT;

fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(below(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn examples() -> Vec<PathBuf> {
    below(&Path::new(ROOT).join("examples/ci"))
}

/// What is sourced has no first line of its own, and is not executable.
#[test]
fn every_script_is_strict() {
    let scripts = examples();
    let scripts = scripts
        .iter()
        .filter(|path| path.extension().is_some_and(|end| end == "sh"));
    let mut seen = 0;
    for path in scripts {
        seen += 1;
        let text = fs::read_to_string(path).unwrap();
        let executable = fs::metadata(path).unwrap().permissions().mode() & 0o111 != 0;
        let strict =
            text.starts_with("#!/usr/bin/env bash\n") && text.contains("\nset -euo pipefail\n");
        let sourced = text.starts_with("# shellcheck shell=bash\n");
        assert!(
            if executable { strict } else { sourced },
            "{}",
            path.display()
        );
    }
    assert!(seen > 5);
}
