//! Names and roles.

use super::{Case, Named};

pub const CASES: &[Named] = &[
    ("rename", |net| {
        let mut wanted = net.members(1..=2);
        wanted.push(net.member(3).named("renamed"));
        Case::new(net.members(1..=3), wanted)
    }),
    ("lasting-learner", |net| {
        let mut wanted = net.members(1..=3);
        wanted.push(net.member(4).learner());
        Case::new(net.members(1..=3), wanted)
    }),
    ("demote", |net| {
        let mut wanted = net.members(1..=3);
        wanted.push(net.member(4).learner());
        Case::new(net.members(1..=4), wanted)
    }),
];
