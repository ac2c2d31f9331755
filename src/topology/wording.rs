//! How values, and what belongs in their place, are called.

use crate::topology::node::Node;

/// What belongs in a place.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// As it is called.
    pub(super) name: String,
    /// How it is written.
    pub(super) example: String,
}

impl Wanted {
    /// For these types, and the words of an enumeration.
    pub(super) fn new(types: &[&str], words: &[String]) -> Self {
        let named = types.iter().find(|name| **name != "null").copied();
        let words = words.join(", ");
        let (name, example) = match named {
            _ if !words.is_empty() && types.contains(&"integer") => {
                let either = format!("`{words}` or a number");
                (either.clone(), either)
            }
            _ if !words.is_empty() => {
                let one = format!("one of {words}");
                (one.clone(), one)
            }
            Some("array") => ("a list".to_owned(), "a list: [ … ]".to_owned()),
            Some("object") => {
                let example = "fields, each on a line of its own";
                ("a mapping".to_owned(), example.to_owned())
            }
            Some("boolean") => {
                let either = "true or false".to_owned();
                (either.clone(), either)
            }
            Some("integer") => ("a whole number".to_owned(), "a whole number".to_owned()),
            Some(_) | None => ("text".to_owned(), "text".to_owned()),
        };
        Self { name, example }
    }
}

/// What stands in a place.
pub(super) fn named(node: &Node) -> &'static str {
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
pub(super) fn example(name: &str) -> &'static str {
    match name {
        "apiVersion" => "etcdplan/v1",
        "peerURLs" => "[http://10.0.4.11:2380]",
        "clientURLs" => "[http://10.0.4.11:2379]",
        "kind" => "manual",
        _ => "…",
    }
}
