//! YAML text as a small tree of nodes, and the places of nodes in the text.
//!
//! The only module that names `serde_yaml`, whose author has stopped
//! developing it: replacing it is a change here and nowhere else. Mappings keep
//! their order and their duplicate keys, so that every problem of a file can
//! be told at once. It tells places only in errors, so every scalar, once
//! read, fails on purpose; the error is caught one level up, and its place
//! kept. A list or mapping begins before its first part.
//!
//! All of this takes time in proportion to the text: its parser does not where
//! brackets are nested, so these are counted first.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IgnoredAny, MapAccess, SeqAccess,
    VariantAccess as _, Visitor,
};

use crate::topology::lines::Lines;

/// A value in a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// Nothing, `~`, or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i128),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// Pairs, in the order of the file, duplicates kept.
    Map(Vec<(Node, Node)>),
    /// A tag, such as `!include`.
    Tag(String),
}

/// One step of a way through the tree, by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Turn {
    /// The key of a pair.
    Key(usize),
    /// The value of a pair.
    Value(usize),
    /// An item of a list.
    Item(usize),
}

/// Where a node begins, and its parts: of a list its items, of a mapping each
/// key and then its value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Places {
    /// In bytes of the text; absent where the parser does not say.
    pub(super) at: Option<usize>,
    parts: Vec<Places>,
}

impl Places {
    /// The place of the part that a turn leads to.
    pub(super) fn part(&self, turn: Turn) -> Option<&Self> {
        self.parts.get(match turn {
            Turn::Key(pair) => 2 * pair,
            Turn::Value(pair) => 2 * pair + 1,
            Turn::Item(item) => item,
        })
    }
}

/// Text that is no YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SyntaxError {
    /// What is wrong, in the parser's words.
    pub(super) message: String,
    /// Where, in bytes; absent where the parser does not say.
    pub(super) at: Option<usize>,
    /// Where what it was reading began, and what that is.
    pub(super) begun: Option<(usize, String)>,
    /// What to do about it.
    pub(super) help: &'static str,
}

/// How deep brackets may be nested: a topology has six levels, and the parser's
/// time grows with the depth at every token.
const DEEPEST: usize = 64;

/// Reads a text. Only whether it is YAML is judged here.
pub(super) fn parse(text: &str) -> Result<(Node, Places), SyntaxError> {
    if let Some(at) = too_deep(text) {
        let message = format!("more than {DEEPEST} brackets are open");
        return Err(SyntaxError {
            message,
            at: Some(at),
            begun: None,
            help: "a topology has six levels: close what is open, or name the topology file",
        });
    }
    let lines = Lines::of(text);
    let deserializer = serde_yaml::Deserializer::from_str(text);
    let seed = NodeSeed { lines: &lines };
    seed.deserialize(deserializer)
        .map_err(|error| told(&error, &lines))
}

/// The parser's words, taken apart: `a problem at line 6 column 1, while scanning
/// a quoted scalar at line 4 column 11`.
fn told(error: &serde_yaml::Error, lines: &Lines<'_>) -> SyntaxError {
    let whole = error.to_string();
    let (problem, context) = match whole.split_once(", while ") {
        Some((problem, context)) => (problem, Some(context)),
        None => (whole.as_str(), None),
    };
    let message = without_place(problem);
    let begun = context.and_then(|context| {
        let (doing, what) = without_place(context).split_once(' ')?;
        let at = place(context, lines).filter(|_| context.contains(" at line "))?;
        (doing == "parsing" || doing == "scanning").then(|| (at, what.to_owned()))
    });
    let help = if message.contains("repetition limit") {
        "write out what the aliases stand for: together they are more than can be read"
    } else {
        "look at the indentation, at quotes, and at the line before"
    };
    SyntaxError {
        message: message.to_owned(),
        at: error.location().map(|location| location.index()),
        begun,
        help,
    }
}

fn without_place(text: &str) -> &str {
    text.rsplit_once(" at line ").map_or(text, |(text, _)| text)
}

/// Where too many brackets are open, those in quotes and comments counted too.
fn too_deep(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    text.bytes().position(|byte| {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        open > DEEPEST
    })
}

/// Reads a node, and keeps its place.
#[derive(Clone, Copy)]
struct NodeSeed<'l> {
    lines: &'l Lines<'l>,
}

impl<'de> DeserializeSeed<'de> for NodeSeed<'_> {
    type Value = (Node, Places);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let mut scalar = None;
        let visitor = NodeVisitor {
            seed: self,
            scalar: &mut scalar,
        };
        match deserializer.deserialize_any(visitor) {
            Ok(container) => Ok(container),
            Err(error) => match scalar {
                Some(node) => {
                    let at = place(&error.to_string(), self.lines);
                    let parts = Vec::new();
                    Ok((node, Places { at, parts }))
                }
                None => Err(error),
            },
        }
    }
}

/// The byte of `... at line 5 column 7`; the very first place goes without saying.
fn place(error: &str, lines: &Lines<'_>) -> Option<usize> {
    let Some((_, place)) = error.rsplit_once(" at line ") else {
        return Some(0);
    };
    let (line, column) = place.split_once(" column ")?;
    lines.byte(line.parse().ok()?, column.parse().ok()?)
}

struct NodeVisitor<'l, 's> {
    seed: NodeSeed<'l>,
    scalar: &'s mut Option<Node>,
}

impl NodeVisitor<'_, '_> {
    fn scalar<E: serde::de::Error>(self, node: Node) -> Result<(Node, Places), E> {
        *self.scalar = Some(node);
        Err(E::custom("here"))
    }
}

impl<'de> Visitor<'de> for NodeVisitor<'_, '_> {
    type Value = (Node, Places);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        self.scalar(Node::Null)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        self.scalar(Node::Null)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Self::Value, E> {
        self.scalar(Node::Bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Self::Value, E> {
        self.scalar(Node::Integer(value.into()))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Self::Value, E> {
        self.scalar(Node::Integer(value.into()))
    }

    fn visit_i128<E: serde::de::Error>(self, value: i128) -> Result<Self::Value, E> {
        self.scalar(Node::Integer(value))
    }

    fn visit_u128<E: serde::de::Error>(self, value: u128) -> Result<Self::Value, E> {
        self.scalar(Node::Integer(i128::try_from(value).unwrap_or(i128::MAX)))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Self::Value, E> {
        self.scalar(Node::Float(value))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Self::Value, E> {
        self.scalar(Node::Text(value.to_owned()))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Self::Value, A::Error> {
        let (tag, content) = data.variant::<String>()?;
        content.newtype_variant::<IgnoredAny>()?;
        self.scalar(Node::Tag(tag))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let (mut list, mut parts) = (Vec::new(), Vec::<Places>::new());
        while let Some((item, place)) = items.next_element_seed(self.seed)? {
            list.push(item);
            parts.push(place);
        }
        let first = parts.first().and_then(|place| place.at);
        let at = first.map(|first| self.seed.lines.before(first, &['[', '-']));
        Ok((Node::List(list), Places { at, parts }))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Self::Value, A::Error> {
        let (mut map, mut parts) = (Vec::new(), Vec::<Places>::new());
        while let Some((key, key_place)) = pairs.next_key_seed(self.seed)? {
            let (value, mut place) = pairs.next_value_seed(self.seed)?;
            // What is empty has no part that says where it is: it follows its key.
            let follows = || key_place.at.and_then(|key| self.seed.lines.after(key));
            place.at = place.at.or_else(follows);
            map.push((key, value));
            parts.extend([key_place, place]);
        }
        let first = parts.first().and_then(|place| place.at);
        let at = first.map(|first| self.seed.lines.before(first, &['{']));
        Ok((Node::Map(map), Places { at, parts }))
    }
}
