//! From the text of a file to its topology.

use serde::Deserialize as _;

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

/// What some editors put before everything else.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Reads a topology file.
///
/// # Errors
///
/// Every problem of the text at once, warnings among them.
pub fn load(file: &str, text: &str) -> Result<Loaded, Problems> {
    if text.len() > SIZE_LIMIT {
        let message = format!(
            "the file has {} bytes, and more than 1 MiB is no topology",
            text.len()
        );
        let help = "name the topology file";
        // The text is not kept: nobody wants to see a megabyte of it.
        let list = vec![whole(Code::TooLarge, message, help)];
        return Err(Problems::new(file, "", list));
    }
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let problem = |problem: Problem| Problems::new(file, text, vec![problem]);
    let (root, places) = match node::parse(text) {
        Ok((Node::Null, _)) => {
            let help = "`etcdplan schema topology` tells its form, and `etcdplan sandbox up` writes one to try";
            let message = "the file is empty".to_owned();
            return Err(problem(whole(Code::Empty, message, help)));
        }
        Ok(read) => read,
        Err(error) => return Err(problem(syntax(text, &error))),
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

/// The topology, where no finding is an error.
fn judge(root: &Node) -> (Option<Topology>, Vec<Finding>) {
    let schema = document::schema().to_value();
    let mut findings = structure::check(root, &schema);
    if !matches!(root, Node::Map(_)) {
        return (None, findings);
    }
    let mended = Mended::new(root, &schema, &findings);
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

fn syntax(text: &str, error: &node::SyntaxError) -> Problem {
    let at = error.at.unwrap_or(0).min(text.len());
    let start = (0..=at)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    let length = text
        .get(start..)
        .and_then(|rest| rest.chars().next())
        .map_or(0, char::len_utf8);
    Problem {
        code: Code::Syntax,
        message: format!("this is no YAML: {}", error.message),
        labels: vec![Label {
            span: start..start + length,
            text: "here".to_owned(),
        }],
        help: "look at the indentation, at quotes, and at the line before".to_owned(),
    }
}
