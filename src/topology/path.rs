//! The way to a value in a file, by names: `members[2].peerURLs[0]`.

use std::fmt;
use std::ops::Range;

use crate::topology::node::{Node, Places, Turn};

/// The way to a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Path(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// The value of a field; of the last pair that has the key.
    Field(String),
    /// The value of a pair by its position, where keys may repeat.
    Pair(usize),
    /// The key of a pair.
    Key(usize),
    /// An item of a list.
    Item(usize),
}

impl Path {
    /// The value of a field below this.
    pub(super) fn field(&self, name: &str) -> Self {
        self.with(Part::Field(name.to_owned()))
    }

    /// The value of the pair at this position.
    pub(super) fn pair(&self, index: usize) -> Self {
        self.with(Part::Pair(index))
    }

    /// The key of the pair at this position.
    pub(super) fn key(&self, index: usize) -> Self {
        self.with(Part::Key(index))
    }

    /// An item of the list.
    pub(super) fn item(&self, index: usize) -> Self {
        self.with(Part::Item(index))
    }

    fn with(&self, part: Part) -> Self {
        Self(self.0.iter().cloned().chain([part]).collect())
    }

    /// The turns that lead to the value, if it is there.
    pub(super) fn way(&self, root: &Node) -> Option<Vec<Turn>> {
        let (way, _) = self.follow(root);
        (way.len() == self.0.len()).then_some(way)
    }

    /// Where the value begins in the text, and the value. What is not there has
    /// the place of the nearest value above it.
    pub(super) fn find<'n>(&self, root: &'n Node, places: &Places) -> (usize, &'n Node) {
        let (way, node) = self.follow(root);
        let mut place = places;
        let mut at = places.at;
        for turn in way {
            let Some(part) = place.part(turn) else { break };
            at = part.at.or(at);
            place = part;
        }
        (at.unwrap_or(0), node)
    }

    fn follow<'n>(&self, root: &'n Node) -> (Vec<Turn>, &'n Node) {
        let mut node = root;
        let mut way = Vec::new();
        for part in &self.0 {
            let Some((turn, next)) = part.turn(node) else {
                break;
            };
            way.push(turn);
            node = next;
        }
        (way, node)
    }
}

impl Part {
    fn turn<'n>(&self, node: &'n Node) -> Option<(Turn, &'n Node)> {
        match (self, node) {
            (Self::Field(name), Node::Map(pairs)) => {
                let at = pairs
                    .iter()
                    .rposition(|(key, _)| *key == Node::Text(name.clone()))?;
                pairs.get(at).map(|(_, value)| (Turn::Value(at), value))
            }
            (Self::Pair(at), Node::Map(pairs)) => {
                pairs.get(*at).map(|(_, value)| (Turn::Value(*at), value))
            }
            (Self::Key(at), Node::Map(pairs)) => {
                pairs.get(*at).map(|(key, _)| (Turn::Key(*at), key))
            }
            (Self::Item(at), Node::List(items)) => {
                items.get(*at).map(|item| (Turn::Item(*at), item))
            }
            (Self::Field(_) | Self::Pair(_) | Self::Key(_) | Self::Item(_), _) => None,
        }
    }
}

/// The bytes of a value that begins here: to the end of the scalar, or of its first line.
pub(super) fn span(text: &str, start: usize, node: &Node) -> Range<usize> {
    let start = (start..=text.len())
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(text.len());
    start..start + length(text.get(start..).unwrap_or(""), node)
}

/// How many bytes of the text belong to the node, as far as its first line goes.
fn length(rest: &str, node: &Node) -> usize {
    let line = rest.lines().next().unwrap_or("");
    let quoted = |quote: char| {
        line.chars()
            .skip(1)
            .position(|c| c == quote)
            .map(|at| at + 2)
    };
    let characters = match node {
        _ if line.starts_with('"') => quoted('"'),
        _ if line.starts_with('\'') => quoted('\''),
        Node::Text(value) if line.starts_with(value.as_str()) => return value.len(),
        Node::List(_) if line.starts_with('[') => {
            line.chars().position(|c| c == ']').map(|at| at + 1)
        }
        Node::Map(pairs) => match pairs.first() {
            Some((Node::Text(key), _)) if line.starts_with(key.as_str()) => return key.len(),
            Some(_) | None => None,
        },
        Node::Null => return 0,
        Node::Bool(_) | Node::Integer(_) | Node::Float(_) => line.find([' ', ',', ']', '}', '#']),
        Node::Text(_) | Node::List(_) | Node::Tag(_) => None,
    };
    let bytes = |characters: usize| line.chars().take(characters).map(char::len_utf8).sum();
    characters.map_or_else(|| line.trim_end().len(), bytes)
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.0.iter().enumerate() {
            match part {
                Part::Field(name) if index == 0 => f.write_str(name)?,
                Part::Field(name) => write!(f, ".{name}")?,
                Part::Item(at) => write!(f, "[{at}]")?,
                Part::Pair(_) | Part::Key(_) => {}
            }
        }
        Ok(())
    }
}
