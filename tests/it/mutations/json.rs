//! Damaged JSON documents.

use serde_json::{Value, json};

use super::Dice;

/// What may come to stand where a value did.
fn values() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(false),
        json!(0),
        json!(1),
        json!(-1),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1e300),
        json!(""),
        json!("x\u{1b}[2J\u{202e}\n`|%:,"),
        json!("größer 北京 😀"),
        json!("0000000000000000"),
        json!("ffffffffffffffff"),
        json!("1c97f4d50f4ecbd9"),
        json!("s0"),
        json!("s18446744073709551615"),
        json!("http://10.0.4.12:2380"),
        json!("https://[::1]:1"),
        json!("http://"),
        json!("voter"),
        json!("learner"),
        json!("unknown"),
        json!("no"),
        json!("unstarted"),
        json!("3.6.0"),
        json!("65535.65535.65535"),
        json!("18446744073709551615B"),
        json!("584542046090years"),
        json!([]),
        json!({}),
        json!([[]]),
        json!("x".repeat(2000)),
    ]
}

/// A value somewhere below this one, more often a deep one.
fn somewhere<'v>(dice: &mut Dice, value: &'v Value) -> &'v Value {
    let below: Vec<&Value> = match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(fields) => fields.values().collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    if below.is_empty() || dice.below(8) == 0 {
        return value;
    }
    let next = *dice.one_of(&below);
    somewhere(dice, next)
}

/// The same, to be changed.
fn somewhere_mut<'v>(dice: &mut Dice, value: &'v mut Value) -> &'v mut Value {
    let length = match value {
        Value::Array(items) => items.len(),
        Value::Object(fields) => fields.len(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    };
    if length == 0 || dice.below(8) == 0 {
        return value;
    }
    let at = dice.below(length);
    let next = match value {
        Value::Array(items) => &mut items[at],
        Value::Object(fields) => fields.values_mut().nth(at).unwrap(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => unreachable!(),
    };
    somewhere_mut(dice, next)
}

/// A document, damaged once, twice, or three times.
pub(super) fn damaged(dice: &mut Dice, document: &Value) -> String {
    let mut document = document.clone();
    let values = values();
    for _ in 0..=dice.below(3) {
        let other = somewhere(dice, &document).clone();
        let is_leaf = !other.is_array() && !other.is_object();
        let place = somewhere_mut(dice, &mut document);
        match (dice.below(6), place) {
            // A value of the document is more often of a type that fits.
            (0 | 1, place) if is_leaf => *place = other,
            (2, place) => *place = dice.one_of(&values).clone(),
            (_, Value::Array(items)) if !items.is_empty() => {
                let (one, other) = (dice.below(items.len()), dice.below(items.len()));
                match dice.below(3) {
                    0 => drop(items.remove(one)),
                    1 => items.insert(other, items[one].clone()),
                    _ => items.swap(one, other),
                }
            }
            (3, Value::Object(fields)) if !fields.is_empty() => {
                let name = fields.keys().nth(dice.below(fields.len())).unwrap().clone();
                fields.remove(&name);
            }
            (_, Value::Bool(value)) => *value = !*value,
            (_, Value::Number(number)) => *number = number_beside(dice, number),
            (_, Value::String(text)) => *text = text_beside(dice, text),
            (_, Value::Array(_) | Value::Object(_) | Value::Null) => {}
        }
    }
    let text = match dice.below(4) {
        0 => format!("{document:#}"),
        _ => document.to_string(),
    };
    if dice.below(8) > 0 {
        text
    } else {
        cut(dice, &text)
    }
}

fn number_beside(dice: &mut Dice, number: &serde_json::Number) -> serde_json::Number {
    let number = number.as_u64().unwrap_or(0);
    let beside = [
        number.wrapping_add(1),
        number.wrapping_sub(1),
        number.wrapping_mul(2),
        number ^ (1 << dice.below(64)),
        0,
        u64::MAX,
    ];
    (*dice.one_of(&beside)).into()
}

/// Another digit, letter, or none.
fn text_beside(dice: &mut Dice, text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    if characters.is_empty() {
        return "m".to_owned();
    }
    let at = dice.below(characters.len());
    match dice.below(3) {
        0 => drop(characters.remove(at)),
        1 => {
            characters[at] = *dice.one_of(&['0', '1', '9', 'f', ':', '/', '.', '😀', '\u{7}', ' ']);
        }
        _ => characters.insert(at, characters[at]),
    }
    characters.into_iter().collect()
}

/// A text that ends too early, or has something between.
fn cut(dice: &mut Dice, text: &str) -> String {
    let at = dice.below(text.len() + 1);
    let at = (at..=text.len())
        .find(|at| text.is_char_boundary(*at))
        .unwrap();
    let (before, after) = text.split_at(at);
    match dice.below(3) {
        0 => before.to_owned(),
        1 => format!(
            "{before}{}{after}",
            dice.one_of(&["\"", "{", "}", "[", ",", "\\", "\u{0}", "é"])
        ),
        _ => format!("{before}{}", after.get(1..).unwrap_or_default()),
    }
}
