//! Whether a file has the form of the schema: fields, types, and duplicates.
//!
//! The schema is generated from the types of `document`, so that this check,
//! the published schema, and the reader know the same fields. Every problem
//! is found; what has none can be read into the types without an error.

use serde_json::{Map, Value};

use crate::topology::finding::Finding;
use crate::topology::node::Node;
use crate::topology::path::Path;
use crate::topology::problem::Code;

/// Holds a node against the schema.
pub(super) fn check(root: &Node, schema: &Value) -> Vec<Finding> {
    let mut checker = Checker {
        schema,
        findings: Vec::new(),
    };
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

struct Checker<'s> {
    schema: &'s Value,
    findings: Vec<Finding>,
}

impl<'s> Checker<'s> {
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
    fn resolve(&self, schema: &'s Value) -> &'s Value {
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
        for (index, (key, value)) in pairs.iter().enumerate() {
            let Node::Text(name) = key else { continue };
            match schema
                .get("properties")
                .and_then(|properties| properties.get(name))
            {
                Some(field) => self.node(value, field, &path.pair(index)),
                None if name == "<<" => {}
                None => self.unknown(name, properties, &path.key(index)),
            }
        }
        let required = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        for name in required.filter_map(Value::as_str) {
            if !pairs
                .iter()
                .any(|(key, _)| *key == Node::Text(name.to_owned()))
            {
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
            } else if let Some(first) = pairs
                .iter()
                .take(index)
                .position(|(earlier, _)| earlier == key)
            {
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

    fn unknown(&mut self, name: &str, properties: &Map<String, Value>, at: &Path) {
        let help = match nearest(name, properties.keys()) {
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
        let (message, help) = match node {
            Node::Text(text) if !words.is_empty() => {
                let help = match nearest(text, words.iter()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("write one of {}", words.join(", ")),
                };
                (format!("`{text}` is not understood here"), help)
            }
            Node::Integer(_) | Node::Float(_) | Node::Bool(_)
                if types.contains(&"string") && words.is_empty() =>
            {
                (
                    format!("{} stands where text belongs", named(node)),
                    "write it in quotes".to_owned(),
                )
            }
            Node::Null
            | Node::Tag(_)
            | Node::Bool(_)
            | Node::Integer(_)
            | Node::Float(_)
            | Node::Text(_)
            | Node::List(_)
            | Node::Map(_) => {
                let wanted = wanted(&types, &words);
                (
                    format!("{} stands where {wanted} belongs", named(node)),
                    format!("write {wanted}"),
                )
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
    fn words(&self, schema: &'s Value) -> Vec<String> {
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

fn wanted(types: &[&str], words: &[String]) -> String {
    let named = types.iter().find(|name| **name != "null").copied();
    match named {
        _ if words.len() == 1 && types.contains(&"integer") => {
            format!("`{}` or a number", words.join(""))
        }
        _ if !words.is_empty() => format!("one of {}", words.join(", ")),
        Some("array") => "a list: [ … ]".to_owned(),
        Some("object") => "fields, each on a line of its own".to_owned(),
        Some("boolean") => "true or false".to_owned(),
        Some("integer") => "a whole number".to_owned(),
        Some(_) | None => "text".to_owned(),
    }
}

fn named(node: &Node) -> &'static str {
    match node {
        Node::Null => "nothing",
        Node::Bool(_) => "true or false",
        Node::Integer(_) | Node::Float(_) => "a number",
        Node::Text(_) => "text",
        Node::List(_) => "a list",
        Node::Map(_) => "a mapping",
        Node::Tag(_) => "a tag",
    }
}

/// What a missing field could look like.
fn example(name: &str) -> &'static str {
    match name {
        "apiVersion" => "etcdplan/v1",
        "peerURLs" => "[http://10.0.4.11:2380]",
        "clientURLs" => "[http://10.0.4.11:2379]",
        "kind" => "manual",
        _ => "…",
    }
}

/// The nearest of some words, if one is near enough to be meant.
fn nearest<'w>(word: &str, words: impl Iterator<Item = &'w String>) -> Option<&'w String> {
    let scored = words.map(|other| {
        (
            strsim::damerau_levenshtein(&word.to_lowercase(), &other.to_lowercase()),
            other,
        )
    });
    let (distance, best) = scored.min_by_key(|(distance, other)| (*distance, (*other).clone()))?;
    (distance <= 1 + word.chars().count() / 4).then_some(best)
}
