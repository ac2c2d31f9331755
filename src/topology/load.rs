//! From the text of a file to its topology.

use serde::Deserialize as _;

use crate::topology::document::{self, Document};
use crate::topology::finding::Finding;
use crate::topology::node::{self, Node};
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

/// Reads a topology file.
///
/// # Errors
///
/// Every problem of the text at once, warnings among them.
pub fn load(file: &str, text: &str) -> Result<Loaded, Problems> {
    let problems = |list: Vec<Problem>| Problems {
        file: file.to_owned(),
        text: text.to_owned(),
        list,
    };
    if text.len() > SIZE_LIMIT {
        let message = format!(
            "the file has {} bytes, and more than 1 MiB is no topology",
            text.len()
        );
        let help = "name the topology file";
        // The text is not kept: nobody wants to see a megabyte of it.
        let list = vec![whole(Code::TooLarge, message, help)];
        return Err(Problems {
            file: file.to_owned(),
            text: String::new(),
            list,
        });
    }
    let root = match node::parse(text) {
        Ok(Node::Null) => {
            let help = "`etcdplan schema topology` tells its form, and `etcdplan sandbox up` writes one to try";
            return Err(problems(vec![whole(
                Code::Empty,
                "the file is empty".to_owned(),
                help,
            )]));
        }
        Ok(root) => root,
        Err(error) => return Err(problems(vec![syntax(text, &error)])),
    };
    let schema = document::schema().to_value();
    let mut findings = structure::check(&root, &schema);
    let mut topology = None;
    if findings.is_empty() {
        match Document::deserialize(structure::to_json(&root)) {
            Ok(document) => topology = validate::check(&document, &mut findings),
            Err(error) => {
                // The schema is made from the types, so this is a difference between the two.
                let help = "see `etcdplan schema topology`";
                findings.push(Finding::at(
                    Code::WrongType,
                    Path::default(),
                    error.to_string(),
                    "in this file",
                    help,
                ));
            }
        }
    }
    let mut list: Vec<Problem> = findings
        .into_iter()
        .map(|finding| finding.located(&root, text))
        .collect();
    list.sort_by_key(|problem| problem.labels.iter().map(|label| label.span.start).min());
    let found = problems(list);
    match topology {
        Some(mut topology) => {
            for (index, member) in topology.members.iter_mut().enumerate() {
                let start = Path::default()
                    .field("members")
                    .item(index)
                    .span(&root, text)
                    .start;
                member.line = found.line_and_column(start).0;
            }
            Ok(Loaded {
                topology,
                warnings: found,
            })
        }
        None => Err(found),
    }
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
