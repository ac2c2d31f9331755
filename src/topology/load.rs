//! From the text of a file to its topology.

use std::sync::LazyLock;

use serde::Deserialize as _;
use serde_json::Value;

use crate::topology::document::{self, Document};
use crate::topology::finding::Finding;
use crate::topology::lines::Lines;
use crate::topology::mend::Mended;
use crate::topology::node::{self, Node, Places};
use crate::topology::path::Path;
use crate::topology::problem::{Code, Label, Problem, Problems};
use crate::topology::{Topology, structure, validate};

/// A larger file is no topology.
pub const SIZE_LIMIT: usize = 1 << 20;

/// A valid file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// What is wanted.
    pub topology: Topology,
    /// What people should know of the file.
    pub warnings: Problems,
}

/// How many problems of one file are told: more are of no use, and each takes its time.
const MOST: usize = 100;

/// The schema that every file is held against, made once.
static SCHEMA: LazyLock<Value> = LazyLock::new(|| document::schema().to_value());

/// What some editors put before everything else.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Reads the bytes of a topology file.
///
/// # Errors
///
/// That they are too many, or no text; else as [`load`].
pub fn read(file: &str, bytes: &[u8]) -> Result<Loaded, Problems> {
    if bytes.len() > SIZE_LIMIT {
        return Err(too_large(file));
    }
    str::from_utf8(bytes).map_or_else(
        |error| Err(no_text(file, bytes, error.valid_up_to())),
        |text| load(file, text),
    )
}

/// Reads the text of a topology file.
///
/// # Errors
///
/// Every problem of the text at once, warnings among them.
pub fn load(file: &str, text: &str) -> Result<Loaded, Problems> {
    if text.len() > SIZE_LIMIT {
        return Err(too_large(file));
    }
    let stripped = text.strip_prefix(BYTE_ORDER_MARK);
    let before_text = stripped.map_or(0, |rest| text.len() - rest.len());
    let placed = |problems| Problems {
        before_text,
        ..problems
    };
    let loaded = loaded(file, stripped.unwrap_or(text)).map_err(placed)?;
    Ok(Loaded {
        warnings: placed(loaded.warnings),
        ..loaded
    })
}

fn loaded(file: &str, text: &str) -> Result<Loaded, Problems> {
    let problem = |problem: Problem| Problems::new(file, text, vec![problem]);
    let (root, places) = match node::parse(text) {
        Ok((Node::Null, _)) => {
            let help = "`etcdplan adopt` writes one from a running cluster, and `etcdplan sandbox up` one to try";
            let message = "the file is empty".to_owned();
            return Err(problem(whole(Code::Empty, message, help)));
        }
        Ok(read) => read,
        Err(error) => return Err(problem(syntax(text, error))),
    };
    let (topology, findings) = judge(&root);
    let found = located(file, text, findings, &root, &places);
    match topology {
        Some(mut topology) => {
            let (lines, members) = (Lines::of(text), Path::default().field("members"));
            for (index, member) in topology.members.iter_mut().enumerate() {
                let (start, _) = members.item(index).find(&root, &places);
                member.line = lines.line(start);
            }
            Ok(Loaded {
                topology,
                warnings: found,
            })
        }
        None => Err(found),
    }
}

/// The text is not kept: nobody wants to see a megabyte of it.
fn too_large(file: &str) -> Problems {
    let message = "the file is larger than 1 MiB, and no topology is".to_owned();
    let list = vec![whole(Code::TooLarge, message, "name the topology file")];
    Problems::new(file, "", list)
}

/// Bytes that are no UTF-8, from a byte on.
fn no_text(file: &str, bytes: &[u8], at: usize) -> Problems {
    let problem = Problem {
        code: Code::NoText,
        message: format!("byte {at} and what follows it are no UTF-8 text"),
        labels: vec![Label {
            span: at..at,
            text: "from here on".to_owned(),
        }],
        help: "save the file as UTF-8; if it is no text at all, name the topology file".to_owned(),
    };
    Problems::new(file, &String::from_utf8_lossy(bytes), vec![problem])
}

/// The topology, where no finding is an error.
fn judge(root: &Node) -> (Option<Topology>, Vec<Finding>) {
    let mut findings = structure::check(root, &SCHEMA);
    if !matches!(root, Node::Map(_)) {
        return (None, findings);
    }
    let mended = Mended::new(root, &SCHEMA, &findings);
    match Document::deserialize(&mended.json) {
        Ok(document) => {
            let mut of_values = Vec::new();
            let topology = validate::check(&document, &mut of_values);
            let topology = topology.filter(|_| findings.is_empty());
            let told = of_values.into_iter();
            findings.extend(told.filter(|finding| mended.tells(finding, root)));
            (topology, findings)
        }
        Err(error) => {
            // The schema is made from the types, so this is a difference between the two.
            let help = "see `etcdplan schema topology`";
            let at = Path::default();
            let message = error.to_string();
            findings.push(Finding::at(
                Code::WrongType,
                at,
                message,
                "in this file",
                help,
            ));
            (None, findings)
        }
    }
}

/// The first problems in the order of the text, each once: an alias repeats what is wrong with
/// what it stands for.
fn located(
    file: &str,
    text: &str,
    mut findings: Vec<Finding>,
    root: &Node,
    places: &Places,
) -> Problems {
    findings.sort_by_cached_key(|finding| finding.start(root, places));
    let mut problems = Problems::new(file, text, Vec::new());
    for finding in findings {
        let is_error = !finding.is_warning();
        if problems.list.len() >= MOST {
            problems.untold_errors += usize::from(is_error);
            continue;
        }
        let problem = finding.located(root, places, text);
        if !problems.list.contains(&problem) {
            problems.list.push(problem);
        }
    }
    problems
}

fn whole(code: Code, message: String, help: &str) -> Problem {
    Problem {
        code,
        message,
        labels: Vec::new(),
        help: help.to_owned(),
    }
}

fn syntax(text: &str, error: node::SyntaxError) -> Problem {
    let start = place(text, error.at.unwrap_or(0));
    let there = text.get(start..).and_then(|rest| rest.chars().next());
    let mut labels = Vec::new();
    if let Some((at, what)) = error.begun {
        let at = place(text, at);
        labels.push(Label {
            span: at..at,
            text: format!("{what} begins here"),
        });
    }
    labels.push(Label {
        span: start..start + there.map_or(0, char::len_utf8),
        text: "here".to_owned(),
    });
    Problem {
        code: Code::Syntax,
        message: format!("this is no YAML: {}", error.message),
        labels,
        help: match there {
            Some('\t') => "indent with spaces: YAML takes no tabs".to_owned(),
            _ => error.help.to_owned(),
        },
    }
}

/// Where a reader gave up; at the end of what is there, where that is the end of the text.
fn place(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    let start = (0..=at).rev().find(|at| text.is_char_boundary(*at));
    let start = start.unwrap_or(0);
    match text.get(start..) {
        Some(rest) if rest.trim().is_empty() => text.trim_end().len(),
        Some(_) | None => start,
    }
}
