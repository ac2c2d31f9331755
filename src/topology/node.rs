//! YAML text as a small tree of nodes, and the places of nodes in the text.
//!
//! The only module that names `serde_yaml`, whose author has stopped
//! developing it: replacing it is a change here and nowhere else. Mappings keep
//! their order and their duplicate keys, so that every problem of a file can
//! be told at once. A position is found only when there is something to
//! report: the text is walked again along the path of the node, and the error
//! that ends the walk carries the place.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, IgnoredAny, MapAccess, SeqAccess,
    VariantAccess as _, Visitor,
};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// The key of a pair.
    Key(usize),
    /// The value of a pair.
    Value(usize),
    /// An item of a list.
    Item(usize),
}

/// Text that is no YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SyntaxError {
    /// What is wrong, in the parser's words.
    pub(super) message: String,
    /// Where, in bytes; absent where the parser does not say.
    pub(super) at: Option<usize>,
}

/// Reads a text. Only whether it is YAML is judged here.
pub(super) fn parse(text: &str) -> Result<Node, SyntaxError> {
    let deserializer = serde_yaml::Deserializer::from_str(text);
    NodeVisitor.deserialize(deserializer).map_err(|error| {
        let at = error.location().map(|location| location.index());
        let whole = error.to_string();
        let message = whole
            .rsplit_once(" at line ")
            .map_or(whole.as_str(), |(message, _)| message);
        SyntaxError {
            message: message.to_owned(),
            at,
        }
    })
}

/// Where the node at the end of a way begins, in bytes.
pub(super) fn position(text: &str, way: &[Turn]) -> Option<usize> {
    let deserializer = serde_yaml::Deserializer::from_str(text);
    let error = Walk { way }.deserialize(deserializer).err()?;
    error.location().map(|location| location.index())
}

struct NodeVisitor;

impl<'de> DeserializeSeed<'de> for NodeVisitor {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Integer(value.into()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Node, E> {
        Ok(Node::Integer(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(NodeVisitor)? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Node, A::Error> {
        let mut map = Vec::new();
        while let Some(key) = pairs.next_key_seed(NodeVisitor)? {
            map.push((key, pairs.next_value_seed(NodeVisitor)?));
        }
        Ok(Node::Map(map))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Node, A::Error> {
        let (tag, content) = data.variant::<String>()?;
        content.newtype_variant::<IgnoredAny>()?;
        Ok(Node::Tag(tag))
    }
}

/// Follows a way and fails at its end.
struct Walk<'w> {
    way: &'w [Turn],
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Walk<'_> {
    fn end<E: serde::de::Error>() -> Result<(), E> {
        Err(E::custom("here"))
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        Self::end()
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<(), E> {
        Self::end()
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
        Self::end()
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<(), E> {
        Self::end()
    }

    fn visit_i128<E: serde::de::Error>(self, _: i128) -> Result<(), E> {
        Self::end()
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        Self::end()
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<(), E> {
        Self::end()
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Self::end()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Some((Turn::Item(wanted), rest)) = self.way.split_first() else {
            return Self::end();
        };
        for _ in 0..*wanted {
            items.next_element::<IgnoredAny>()?;
        }
        items.next_element_seed(Walk { way: rest })?;
        Err(A::Error::custom("the way leads nowhere"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<(), A::Error> {
        let Some((turn, rest)) = self.way.split_first() else {
            return Self::end();
        };
        let (Turn::Key(wanted) | Turn::Value(wanted) | Turn::Item(wanted)) = *turn;
        for _ in 0..wanted {
            pairs.next_key::<IgnoredAny>()?;
            pairs.next_value::<IgnoredAny>()?;
        }
        if matches!(turn, Turn::Key(_)) {
            pairs.next_key_seed(Walk { way: &[] })?;
        } else {
            pairs.next_key::<IgnoredAny>()?;
            pairs.next_value_seed(Walk { way: rest })?;
        }
        Err(A::Error::custom("the way leads nowhere"))
    }
}
