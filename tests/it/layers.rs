//! Who may import whom: downwards only.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules of each layer, from the bottom.
const LAYERS: [&[&str]; 8] = [
    &["amount", "member", "quorum", "spelling", "url", "version"],
    &["action", "backup", "observation", "remains", "topology"],
    &["diff", "model", "safety"],
    &["plan"],
    &["adopt", "render"],
    &["apply"],
    &["etcd", "host", "journal", "machine", "sandbox", "sim"],
    &["cli"],
];

/// What only some places may name.
const BANS: [(&str, &[&str]); 10] = [
    ("etcd_client::", &["etcd"]),
    ("petgraph::", &["plan/graph"]),
    ("serde_yaml::", &["topology/node"]),
    ("tokio::", &["etcd", "host", "sandbox", "cli"]),
    (
        "std::fs",
        &["etcd", "host", "journal", "machine", "sandbox", "cli"],
    ),
    ("std::env", &["etcd", "host", "machine", "sandbox", "cli"]),
    // Whoever writes past the console writes what a terminal obeys.
    ("::stdout()", &["cli/console"]),
    ("::stderr()", &["cli/console"]),
    ("Stdio::inherit", &[]),
    ("/dev/tty", &[]),
];

/// No file is longer, with its tests.
const LONGEST: usize = 400;

/// A source file: its module path below `src/`, and its text.
struct Source {
    module: String,
    text: String,
}

impl Source {
    fn top(&self) -> &str {
        self.module.split('/').next().unwrap()
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let module = path.strip_prefix(&root).unwrap().with_extension("");
                let module = module.to_str().unwrap().to_owned();
                found.push(Source {
                    module,
                    text: fs::read_to_string(path).unwrap(),
                });
            }
        }
    }
    found.sort_by(|a, b| a.module.cmp(&b.module));
    found
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// The top modules that a source names by `crate::`, or by `super::` where that is the crate,
/// also inside of braces.
fn imports(source: &Source) -> Vec<String> {
    let lines = source.text.lines();
    let code: Vec<&str> = lines
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let code = code.join("\n");
    // `super::` as often as this is the crate.
    let depth = source.module.split('/').count();
    let mut found = Vec::new();
    for root in ["crate::".to_owned(), "super::".repeat(depth)] {
        for (at, _) in code.match_indices(&root) {
            let is_deeper = code.get(..at).unwrap().ends_with("super::");
            if !is_deeper {
                found.extend(heads(code.get(at + root.len()..).unwrap()));
            }
        }
    }
    found.retain(|name| name != "super" && name != "self");
    found
}

/// The first names of a path, or of every path in a list in braces.
fn heads(text: &str) -> Vec<String> {
    let is_name = |c: &char| c.is_alphanumeric() || *c == '_';
    let Some(list) = text.strip_prefix('{') else {
        return vec![text.chars().take_while(is_name).collect()];
    };
    let (mut depth, mut part, mut parts) = (0, String::new(), Vec::new());
    for c in list.chars() {
        match c {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => parts.push(std::mem::take(&mut part)),
            _ => {}
        }
        part.push(c);
    }
    parts.push(part);
    let head = |part: &String| -> String {
        let part = part.trim_start_matches(|c: char| c == ',' || c.is_whitespace());
        part.chars().take_while(is_name).collect()
    };
    let heads = parts.iter().map(head);
    heads.filter(|name| !name.is_empty()).collect()
}

/// What breaks the rules in a source.
fn breaches(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    if matches!(source.top(), "lib" | "main") {
        return found;
    }
    let Some(own) = layer(source.top()) else {
        return vec![format!("{} belongs to no layer", source.top())];
    };
    for name in imports(source) {
        let upward = layer(&name).is_some_and(|other| other > own);
        // The executor knows nothing of how it is told.
        let told = source.top() == "apply" && name == "render";
        if upward || told {
            found.push(format!("{} imports {name}", source.module));
        }
    }
    for (name, allowed) in BANS {
        let named = source
            .text
            .lines()
            .any(|line| !line.trim_start().starts_with("//") && line.contains(name));
        let may = allowed
            .iter()
            .any(|place| source.module == *place || source.top() == *place);
        if named && !may {
            found.push(format!("{} names {name}", source.module));
        }
    }
    found
}

#[test]
fn imports_go_downwards() {
    let found: Vec<String> = sources().iter().flat_map(breaches).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_planted_breach_is_found() {
    let plant = |module: &str, text: &str| {
        breaches(&Source {
            module: module.into(),
            text: text.into(),
        })
    };
    assert_eq!(
        plant("model", "use crate::plan::Plan;"),
        ["model imports plan"]
    );
    assert_eq!(
        plant("safety/voting", "fn f() { crate::cli::run(); }"),
        ["safety/voting imports cli"]
    );
    assert_eq!(
        plant("apply", "use crate::{member, render};"),
        ["apply imports render"]
    );
    assert_eq!(
        plant("diff", "use super::plan::Plan;"),
        ["diff imports plan"]
    );
    assert_eq!(
        plant(
            "model",
            "use crate::{member::{Role, MemberId}, plan::Plan};"
        ),
        ["model imports plan"]
    );
    assert_eq!(
        plant(
            "model",
            "use crate::{\n    member::{self, MemberId},\n    plan,\n};"
        ),
        ["model imports plan"]
    );
    assert_eq!(
        plant("diff", "use super::{member, plan::Plan};"),
        ["diff imports plan"]
    );
    assert_eq!(
        plant("diff/classify", "use super::super::plan::Plan;"),
        ["diff/classify imports plan"]
    );
    assert_eq!(
        plant("diff/classify", "use super::super::{member, plan::Plan};"),
        ["diff/classify imports plan"]
    );
    assert_eq!(
        plant("diff/classify", "use super::plan::Plan; mod plan;"),
        [""; 0]
    );
    assert_eq!(
        plant("plan/order", "use petgraph::Graph;"),
        ["plan/order names petgraph::"]
    );
    assert_eq!(
        plant("cli/plan", "std::io::stderr().write_all(b\"\")"),
        ["cli/plan names ::stderr()"]
    );
    assert_eq!(plant("helpers", ""), ["helpers belongs to no layer"]);
    assert_eq!(plant("plan", "use crate::model::ClusterModel;"), [""; 0]);
}

#[test]
fn no_file_is_too_long() {
    let lines = |source: &Source| source.text.lines().count();
    let long: Vec<_> = sources()
        .iter()
        .filter(|source| lines(source) > LONGEST)
        .map(|s| s.module.clone())
        .collect();
    assert!(long.is_empty(), "longer than {LONGEST} lines: {long:?}");
}
