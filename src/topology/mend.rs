//! A file with problems of form, mended so far that its values can be judged too.
//!
//! All problems of a file are told at once. So what has the wrong form is left
//! out, or replaced by something empty where it must be there; what is then
//! found about these places themselves is not told ([`Mended::tells`]).

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::topology::finding::Finding;
use crate::topology::node::{Node, Turn};
use crate::topology::problem::Code;
use crate::topology::structure::{Checker, allows_null, to_json};

/// A file whose form is right, or was made right.
#[derive(Debug)]
pub(super) struct Mended {
    /// The file as JSON, for reading into types.
    pub(super) json: Value,
    /// What was replaced.
    wrong: BTreeSet<Vec<Turn>>,
    /// Whether anything was.
    whole: bool,
}

impl Mended {
    /// Mends a file, given what is wrong with its form.
    pub(super) fn new(root: &Node, schema: &Value, findings: &[Finding]) -> Self {
        let of_value =
            |finding: &&Finding| matches!(finding.code(), Code::Null | Code::Tag | Code::WrongType);
        let paths = findings.iter().filter(of_value).flat_map(Finding::paths);
        let wrong: BTreeSet<_> = paths.filter_map(|path| path.way(root)).collect();
        let checker = Checker::new(schema);
        let json = if findings.is_empty() {
            to_json(root)
        } else {
            mend(&checker, root, schema, &mut Vec::new(), &wrong)
        };
        Self {
            json,
            wrong,
            whole: findings.is_empty(),
        }
    }

    /// Whether something that was found about values is of the file, and not of the mending.
    pub(super) fn tells(&self, finding: &Finding, root: &Node) -> bool {
        // How many members vote, and where, is known when all members are.
        let counts = matches!(
            finding.code(),
            Code::NoVoter
                | Code::EvenVoters
                | Code::ZoneSpread
                | Code::ZoneSpreadWarning
                | Code::SeveralLearners
        );
        let stands = |way: Option<Vec<Turn>>| {
            way.is_some_and(|way| (0..=way.len()).all(|length| !self.is_wrong(&way, length)))
        };
        self.whole || (!counts && finding.paths().all(|path| stands(path.way(root))))
    }

    fn is_wrong(&self, way: &[Turn], length: usize) -> bool {
        way.get(..length)
            .is_some_and(|way| self.wrong.contains(way))
    }
}

fn mend(
    checker: &Checker<'_>,
    node: &Node,
    schema: &Value,
    way: &mut Vec<Turn>,
    wrong: &BTreeSet<Vec<Turn>>,
) -> Value {
    let schema = checker.resolve(schema);
    let mut part = |turn: Turn, node: &Node, schema: &Value| {
        way.push(turn);
        let mended = if wrong.contains(way) {
            neutral(checker, schema)
        } else {
            mend(checker, node, schema, way, wrong)
        };
        way.pop();
        mended
    };
    match (node, schema.get("properties"), schema.get("items")) {
        (Node::Map(pairs), Some(Value::Object(properties)), _) => {
            let mut fields = Map::new();
            for (at, (key, value)) in pairs.iter().enumerate() {
                let Node::Text(name) = key else { continue };
                if let Some(schema) = properties.get(name) {
                    let mended = part(Turn::Value(at), value, schema);
                    fields.insert(name.clone(), mended);
                }
            }
            let required = schema.get("required").and_then(Value::as_array);
            for name in required.into_iter().flatten().filter_map(Value::as_str) {
                if let Some(schema) = properties.get(name) {
                    let entry = fields.entry(name);
                    entry.or_insert_with(|| neutral(checker, schema));
                }
            }
            Value::Object(fields)
        }
        (Node::Map(pairs), None, _) => {
            let schema = schema.get("additionalProperties").unwrap_or(&Value::Null);
            let mut fields = Map::new();
            for (at, (key, value)) in pairs.iter().enumerate() {
                if let Node::Text(name) = key {
                    fields.insert(name.clone(), part(Turn::Value(at), value, schema));
                }
            }
            Value::Object(fields)
        }
        (Node::List(items), _, Some(schema)) => {
            let items = items.iter().enumerate();
            items
                .map(|(at, item)| part(Turn::Item(at), item, schema))
                .collect()
        }
        _ => to_json(node),
    }
}

/// What says nothing: absent where that is allowed, else empty.
fn neutral(checker: &Checker<'_>, schema: &Value) -> Value {
    if allows_null(schema) {
        return Value::Null;
    }
    let schema = checker.resolve(schema);
    if let Some(word) = checker.words(schema).into_iter().next() {
        return Value::String(word);
    }
    if schema.get("properties").is_some() {
        let (empty, none) = (Node::Map(Vec::new()), BTreeSet::new());
        return mend(checker, &empty, schema, &mut Vec::new(), &none);
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("array") => Value::Array(Vec::new()),
        Some("object") => Value::Object(Map::new()),
        Some("boolean") => Value::Bool(false),
        Some("integer" | "number") => Value::from(0),
        Some(_) | None => Value::String(String::new()),
    }
}
