//! More voters, and fewer.

use super::{Case, Named, Preparation};

pub const CASES: &[Named] = &[
    ("1-to-2", |net| {
        Case::new(net.members([1]), net.members(1..=2))
    }),
    ("1-to-3", |net| {
        Case::new(net.members([1]), net.members(1..=3))
    }),
    ("3-to-5", |net| {
        Case::new(net.members(1..=3), net.members(1..=5))
    }),
    ("5-to-3", |net| {
        Case::new(net.members(1..=5), net.members(1..=3)).led_by(net.member(5))
    }),
    ("3-to-1", |net| {
        Case::new(net.members(1..=3), net.members([2])).led_by(net.member(3))
    }),
    ("finish-learner", |net| {
        Case::new(net.members(1..=2), net.members(1..=3))
            .after(Preparation::Registered(net.member(3)))
    }),
];
