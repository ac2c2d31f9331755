//! Whether a file has the form of the schema: fields, types, and duplicates.
//!
//! The schema is generated from the types of `document`, so that this check,
//! the published schema, and the reader know the same fields. Every problem
//! is found; what has none can be read into the types without an error.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::spelling::nearest;
use crate::topology::finding::Finding;
use crate::topology::node::Node;
use crate::topology::path::Path;
use crate::topology::problem::Code;
use crate::topology::wording::{Wanted, example, named};

/// Holds a node against the schema.
pub(super) fn check(root: &Node, schema: &Value) -> Vec<Finding> {
    let mut checker = Checker::new(schema);
    checker.node(root, schema, &Path::default());
    checker.findings
}

/// The node as JSON, for reading into types.
pub(super) fn to_json(node: &Node) -> Value {
    match node {
        Node::Null | Node::Tag(_) => Value::Null,
        Node::Bool(value) => Value::Bool(*value),
        Node::Integer(value) => u64::try_from(*value).map_or_else(
            |_| i64::try_from(*value).map_or(Value::Null, Value::from),
            Value::from,
        ),
        Node::Float(value) => Value::from(*value),
        Node::Text(text) => Value::from(text.as_str()),
        Node::List(items) => items.iter().map(to_json).collect(),
        Node::Map(pairs) => {
            let field = |(key, value): &(Node, Node)| match key {
                Node::Text(name) => Some((name.clone(), to_json(value))),
                Node::Null
                | Node::Bool(_)
                | Node::Integer(_)
                | Node::Float(_)
                | Node::List(_)
                | Node::Map(_)
                | Node::Tag(_) => None,
            };
            Value::Object(pairs.iter().filter_map(field).collect::<Map<_, _>>())
        }
    }
}

/// Reads a schema.
#[derive(Debug)]
pub(super) struct Checker<'s> {
    schema: &'s Value,
    findings: Vec<Finding>,
}

impl<'s> Checker<'s> {
    /// With this schema, and nothing found yet.
    pub(super) fn new(schema: &'s Value) -> Self {
        Self {
            schema,
            findings: Vec::new(),
        }
    }

    fn node(&mut self, node: &Node, schema: &'s Value, path: &Path) {
        let schema = self.resolve(schema);
        match node {
            Node::Null => {
                let help = "write a value, or delete the key";
                self.findings.push(Finding::at(
                    Code::Null,
                    path.clone(),
                    "a value is missing",
                    "nothing here",
                    help,
                ));
            }
            Node::Tag(tag) => self.findings.push(Finding::at(
                Code::Tag,
                path.clone(),
                format!("the tag `{tag}` is not understood"),
                "a YAML tag",
                "write the value itself",
            )),
            Node::Map(pairs) if schema.get("properties").is_some() => {
                self.fields(pairs, schema, path);
            }
            Node::Map(pairs) if schema.get("additionalProperties").is_some() => {
                let item = schema.get("additionalProperties").unwrap_or(&Value::Null);
                self.keys(pairs, path);
                for (index, (_, value)) in pairs.iter().enumerate() {
                    self.node(value, item, &path.pair(index));
                }
            }
            Node::List(items) if schema.get("items").is_some() => {
                let item = schema.get("items").unwrap_or(&Value::Null);
                for (index, value) in items.iter().enumerate() {
                    self.node(value, item, &path.item(index));
                }
            }
            Node::Bool(_)
            | Node::Integer(_)
            | Node::Float(_)
            | Node::Text(_)
            | Node::List(_)
            | Node::Map(_) => {
                self.scalar(node, schema, path);
            }
        }
    }

    /// Follows references, and takes the one alternative that is not null.
    pub(super) fn resolve<'v>(&self, schema: &'v Value) -> &'v Value
    where
        's: 'v,
    {
        if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
            let definition = name
                .strip_prefix("#")
                .and_then(|pointer| self.schema.pointer(pointer));
            return definition.map_or(schema, |definition| self.resolve(definition));
        }
        if let Some(Value::Array(choices)) = schema.get("anyOf") {
            let real: Vec<_> = choices
                .iter()
                .filter(|choice| choice.get("type") != Some(&"null".into()))
                .collect();
            if let [only] = real.as_slice() {
                return self.resolve(only);
            }
        }
        schema
    }

    fn fields(&mut self, pairs: &[(Node, Node)], schema: &'s Value, path: &Path) {
        self.keys(pairs, path);
        let none = Map::new();
        let properties = schema
            .get("properties")
            .and_then(Value::as_object)
            .unwrap_or(&none);
        let mut meant = BTreeSet::new();
        for (index, (key, value)) in pairs.iter().enumerate() {
            let Node::Text(name) = key else { continue };
            match schema
                .get("properties")
                .and_then(|properties| properties.get(name))
            {
                Some(field) => self.node(value, field, &path.pair(index)),
                None if name == "<<" => {}
                None => {
                    let near = nearest(name, properties.keys().map(String::as_str));
                    meant.extend(near);
                    self.unknown(name, near, properties, &path.key(index));
                }
            }
        }
        let required = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        for name in required.filter_map(Value::as_str) {
            let is_there = |(key, _): &(Node, Node)| *key == Node::Text(name.to_owned());
            // Who misspelt it is told how it is written.
            if !pairs.iter().any(is_there) && !meant.contains(name) {
                let example = example(name);
                self.findings.push(Finding::at(
                    Code::MissingField,
                    path.clone(),
                    format!("the field `{name}` is missing"),
                    "it belongs in here",
                    format!("add `{name}: {example}`"),
                ));
            }
        }
    }

    /// Keys are text, stand once, and are no merge keys.
    fn keys(&mut self, pairs: &[(Node, Node)], path: &Path) {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, (key, _)) in pairs.iter().enumerate() {
            let at = path.key(index);
            let Node::Text(name) = key else {
                let help = "write the key in quotes";
                self.findings.push(Finding::at(
                    Code::WrongType,
                    at,
                    "a key is not text",
                    "this key",
                    help,
                ));
                continue;
            };
            if name == "<<" {
                let help = "write the fields out: what a reviewer sees is what is meant";
                self.findings.push(Finding::at(
                    Code::MergeKey,
                    at,
                    "merge keys are not understood",
                    "a merge key",
                    help,
                ));
                continue;
            }
            let first = *seen.entry(name).or_insert(index);
            if first != index {
                let message = format!("the key `{name}` stands twice");
                let finding = Finding::at(
                    Code::DuplicateKey,
                    path.key(first),
                    message,
                    "first here",
                    "delete one of the two",
                );
                self.findings.push(finding.and(at, "and again here"));
            }
        }
    }

    fn unknown(
        &mut self,
        name: &str,
        near: Option<&str>,
        properties: &Map<String, Value>,
        at: &Path,
    ) {
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "the fields here are {}",
                properties.keys().cloned().collect::<Vec<_>>().join(", ")
            ),
        };
        let message = format!("unknown field `{name}`");
        self.findings.push(Finding::at(
            Code::UnknownField,
            at.clone(),
            message,
            "not a field here",
            help,
        ));
    }

    fn scalar(&mut self, node: &Node, schema: &'s Value, path: &Path) {
        let words = self.words(schema);
        let types = types(schema, |schema| self.resolve(schema));
        let fits = match node {
            Node::Text(text) if !words.is_empty() => words.iter().any(|word| word == text),
            Node::Text(_) => types.contains(&"string"),
            Node::Bool(_) => types.contains(&"boolean"),
            Node::Integer(value) => {
                types.contains(&"integer") && *value >= 0 && *value <= i128::from(u32::MAX)
            }
            Node::Float(_) => types.contains(&"number"),
            Node::List(_) => types.contains(&"array"),
            Node::Map(_) => types.contains(&"object"),
            Node::Null | Node::Tag(_) => false,
        };
        if fits {
            return;
        }
        let wanted = Wanted::new(&types, &words);
        let (message, help) = match node {
            Node::Text(text) if !words.is_empty() => {
                let help = match nearest(text, words.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("write {}", wanted.example),
                };
                (format!("`{text}` is not understood here"), help)
            }
            Node::Integer(value) if types.contains(&"integer") => {
                let message = format!("{value} is no number that fits here");
                (message, format!("write a number from 0 to {}", u32::MAX))
            }
            Node::Integer(_) | Node::Float(_) | Node::Bool(_)
                if types.contains(&"string") && words.is_empty() =>
            {
                let message = format!("{} stands where text belongs", named(node));
                (message, "write it in quotes".to_owned())
            }
            Node::Null
            | Node::Tag(_)
            | Node::Bool(_)
            | Node::Integer(_)
            | Node::Float(_)
            | Node::Text(_)
            | Node::List(_)
            | Node::Map(_) => {
                let message = format!("{} stands where {} belongs", named(node), wanted.name);
                (message, format!("write {}", wanted.example))
            }
        };
        self.findings.push(Finding::at(
            Code::WrongType,
            path.clone(),
            message,
            "this value",
            help,
        ));
    }

    /// The words that an enumeration allows.
    pub(super) fn words<'v>(&self, schema: &'v Value) -> Vec<String>
    where
        's: 'v,
    {
        let schema = self.resolve(schema);
        let own = schema
            .get("enum")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let constant = schema.get("const").into_iter();
        let own = own
            .chain(constant)
            .filter_map(Value::as_str)
            .map(str::to_owned);
        let choices = ["oneOf", "anyOf"]
            .into_iter()
            .filter_map(|key| schema.get(key))
            .filter_map(Value::as_array);
        own.chain(choices.flatten().flat_map(|choice| self.words(choice)))
            .collect()
    }
}

/// Whether a value may be absent.
pub(super) fn allows_null(schema: &Value) -> bool {
    types(schema, |schema| schema).contains(&"null")
}

/// The types that a schema allows.
fn types<'s>(schema: &'s Value, resolve: impl Fn(&'s Value) -> &'s Value + Copy) -> Vec<&'s str> {
    let schema = resolve(schema);
    let own = match schema.get("type") {
        Some(Value::String(name)) => vec![name.as_str()],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        Some(_) | None => Vec::new(),
    };
    let choices = ["oneOf", "anyOf"]
        .into_iter()
        .filter_map(|key| schema.get(key))
        .filter_map(Value::as_array);
    own.into_iter()
        .chain(choices.flatten().flat_map(|choice| types(choice, resolve)))
        .collect()
}
