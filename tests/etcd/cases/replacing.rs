//! One member takes the place of another.

use super::{Case, Named, Preparation};

pub const CASES: &[Named] = &[
    ("replace-follower", |net| {
        Case::new(net.members(1..=3), net.members([1, 2, 4]))
    }),
    ("replace-leader", |net| {
        Case::new(net.members(1..=3), net.members([1, 2, 4])).led_by(net.member(3))
    }),
    ("replace-same-name", |net| {
        let mut wanted = net.members(1..=2);
        wanted.push(net.member(4).named("m3"));
        Case::new(net.members(1..=3), wanted)
    }),
    ("replace-dead", |net| {
        Case::new(net.members(1..=3), net.members([1, 2, 4]))
            .after(Preparation::Killed(net.member(3)))
    }),
    ("replace-two-dead", |net| {
        Case::new(net.members(1..=5), net.members([1, 2, 3, 6, 7]))
            .after(Preparation::Killed(net.member(4)))
            .after(Preparation::Killed(net.member(5)))
    }),
    ("replace-all", |net| {
        Case::new(net.members(1..=3), net.members(4..=6)).led_by(net.member(2))
    }),
    // One leaves, one is replaced under its name, and two are added.
    ("mixed", |net| {
        let mut wanted = net.members([1, 2, 6, 7]);
        wanted.push(net.member(5).named("m3"));
        Case::new(net.members(1..=4), wanted).led_by(net.member(4))
    }),
];
