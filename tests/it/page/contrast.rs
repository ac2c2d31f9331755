//! The colours of the style sheet can be told apart: WCAG 2.2, AA, in the light and the dark.

use std::collections::BTreeMap;

const STYLE: &str = include_str!("../../../src/render/html/style.css");

/// Text, what it stands on.
const TEXTS: [(&str, &[&str]); 9] = [
    (
        "ink",
        &[
            "paper",
            "card",
            "came-paper",
            "left-paper",
            "changed-paper",
            "room",
        ],
    ),
    (
        "soft",
        &[
            "paper",
            "card",
            "came-paper",
            "left-paper",
            "changed-paper",
            "room",
        ],
    ),
    (
        "link",
        &["paper", "card", "changed-paper", "left-paper", "room"],
    ),
    (
        "came",
        &["paper", "card", "came-paper", "changed-paper", "room"],
    ),
    (
        "left",
        &["paper", "card", "left-paper", "changed-paper", "room"],
    ),
    ("changed", &["paper", "changed-paper", "room"]),
    ("risk", &["paper", "room"]),
    ("none", &["paper", "room"]),
    ("on-mark", &["risk", "none"]),
];

/// Lines and marks, what they stand on.
const SHAPES: [(&str, &[&str]); 5] = [
    ("healthy", &["paper", "room"]),
    ("quorum", &["paper", "room"]),
    ("edge", &["paper"]),
    ("risk", &["paper", "changed-paper"]),
    ("none", &["paper", "left-paper"]),
];

/// The colours that a rule for the root names.
fn colours(rule: &str) -> BTreeMap<&str, [f64; 3]> {
    let (rule, _) = rule.split_once('}').unwrap();
    let lines = rule.lines().filter_map(|line| {
        let (name, value) = line.trim().strip_prefix("--")?.split_once(": #")?;
        let value = value.strip_suffix(';').unwrap();
        let channel = |at: usize| u8::from_str_radix(value.get(at..at + 2).unwrap(), 16).unwrap();
        Some((name, [0, 2, 4].map(|at| f64::from(channel(at)) / 255.0)))
    });
    lines.collect()
}

fn luminance(colour: [f64; 3]) -> f64 {
    let linear = colour.map(|channel| {
        if channel <= 0.04045 {
            channel / 12.92
        } else {
            ((channel + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn black_on_white_is_21() {
    assert!((contrast([0.0; 3], [1.0; 3]) - 21.0).abs() < 1e-9);
}

#[test]
fn every_text_and_every_mark_can_be_seen() {
    // The third has the colours of the reader's own system.
    let schemes: Vec<_> = STYLE.split(":root {").skip(1).map(colours).collect();
    assert_eq!(schemes.len(), 3);
    assert!(schemes[2].is_empty());
    let mut found = Vec::new();
    for (colours, scheme) in schemes.iter().zip(["light", "dark"]) {
        for (pairs, least) in [(&TEXTS[..], 4.5), (&SHAPES[..], 3.0)] {
            for (front, backs) in pairs {
                for back in *backs {
                    let ratio = contrast(colours[front], colours[back]);
                    if ratio < least {
                        found.push(format!("{scheme}: {front} on {back} {ratio:.2}"));
                    }
                }
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}
