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
    /// The key of a field; of the last pair that has it.
    Name(String),
    /// An item of a list.
    Item(usize),
}

impl Path {
    /// The value of a field below this.
    pub(super) fn field(&self, name: &str) -> Self {
        self.with(Part::Field(name.to_owned()))
    }

    /// The key of a field below this, where the field itself is what is wrong.
    pub(super) fn name(&self, name: &str) -> Self {
        self.with(Part::Name(name.to_owned()))
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
        let last = |pairs: &[(Node, Node)], name: &str| {
            pairs
                .iter()
                .rposition(|(key, _)| matches!(key, Node::Text(key) if key == name))
        };
        match (self, node) {
            (Self::Field(name), Node::Map(pairs)) => {
                let at = last(pairs, name)?;
                pairs.get(at).map(|(_, value)| (Turn::Value(at), value))
            }
            (Self::Name(name), Node::Map(pairs)) => {
                let at = last(pairs, name)?;
                pairs.get(at).map(|(key, _)| (Turn::Key(at), key))
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
            (Self::Field(_) | Self::Name(_) | Self::Pair(_) | Self::Key(_) | Self::Item(_), _) => {
                None
            }
        }
    }
}

/// The bytes of a value that begins here: to its end, or to the end of its first line.
pub(super) fn span(text: &str, start: usize, node: &Node) -> Range<usize> {
    let start = (start..=text.len())
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(text.len());
    start..start + length(text.get(start..).unwrap_or(""), node)
}

/// How many bytes of the text belong to the node, as far as its first line goes.
fn length(rest: &str, node: &Node) -> usize {
    let line = rest.split(['\n', '\r']).next().unwrap_or("");
    let known = match node {
        _ if line.starts_with(['"', '\'', '[', '{']) => closed(line),
        Node::Text(value) if line.starts_with(value.as_str()) => Some(value.len()),
        Node::Map(pairs) => match pairs.first() {
            Some((Node::Text(key), _)) if line.starts_with(key.as_str()) => Some(key.len()),
            Some(_) | None => None,
        },
        Node::Null => {
            let word = line.get(..token(line).unwrap_or(line.len())).unwrap_or("");
            let is_word = matches!(word, "~" | "null" | "Null" | "NULL");
            Some(if is_word { word.len() } else { 0 })
        }
        Node::Bool(_) | Node::Integer(_) | Node::Float(_) | Node::Tag(_) => token(line),
        Node::Text(_) | Node::List(_) => None,
    };
    known.unwrap_or_else(|| without_comment(line).trim_end().len())
}

/// The bytes up to where what opens here is closed again.
fn closed(line: &str) -> Option<usize> {
    let mut open = 0_usize;
    let mut quote = None;
    let mut characters = line.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match (quote, character) {
            (Some('"'), '\\') => {
                characters.next();
            }
            // Twice, it stands for itself.
            (Some('\''), '\'') if characters.peek().is_some_and(|(_, next)| *next == '\'') => {
                characters.next();
            }
            (Some(begun), _) if begun == character => {
                quote = None;
                open -= 1;
            }
            (None, '"' | '\'') => {
                quote = Some(character);
                open += 1;
            }
            (None, '[' | '{') => open += 1,
            (None, ']' | '}') => open -= 1,
            (Some(_) | None, _) => {}
        }
        if open == 0 {
            return Some(at + character.len_utf8());
        }
    }
    None
}

/// The bytes of a word of the line's beginning, in a list or not.
fn token(line: &str) -> Option<usize> {
    line.find(|c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}'))
}

fn without_comment(line: &str) -> &str {
    line.split_once(" #").map_or(line, |(before, _)| before)
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.0.iter().enumerate() {
            match part {
                Part::Field(name) | Part::Name(name) if index == 0 => f.write_str(name)?,
                Part::Field(name) | Part::Name(name) => write!(f, ".{name}")?,
                Part::Item(at) => write!(f, "[{at}]")?,
                Part::Pair(_) | Part::Key(_) => {}
            }
        }
        Ok(())
    }
}
