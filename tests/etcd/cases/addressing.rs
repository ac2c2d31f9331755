//! Members that keep their identity at another address.

use super::{Case, Named, Preparation};
use crate::bed::member::{Member, Net};

/// Enough above `policy.copyDataAbove` (50 MiB) that `data: auto` copies.
const LARGE: usize = 56;

pub const CASES: &[Named] = &[
    ("move-large", |net| {
        let mut wanted = net.members(1..=2);
        wanted.push(net.member(3).moved(net.host(13), None));
        Case::new(net.members(1..=3), wanted).after(Preparation::Filled(LARGE))
    }),
    ("move-all", |net| {
        Case::new(net.members(1..=3), moved(net, 1..=3)).led_by(net.member(2))
    }),
    ("move-only", |net| {
        Case::new(net.members([1]), moved(net, 1..=1)).with_outage()
    }),
    ("move-one-of-two", |net| {
        let mut wanted = moved(net, 2..=2);
        wanted.push(net.member(1));
        Case::new(net.members(1..=2), wanted).with_outage()
    }),
    ("readdress-one", |net| {
        let mut wanted = net.members(1..=2);
        wanted.push(net.member(3).peer_port(2390));
        Case::new(net.members(1..=3), wanted)
    }),
    ("readdress-beside-learner", |net| {
        let learner = net.member(4).learner();
        let mut wanted = net.members(1..=2);
        wanted.extend([net.member(3).peer_port(2390), learner.clone()]);
        Case::new(net.members(1..=3), wanted).after(Preparation::Joined(learner))
    }),
    ("readdress-all", |net| {
        let wanted = net
            .members(1..=3)
            .into_iter()
            .map(|member| member.peer_port(2390));
        Case::new(net.members(1..=3), wanted.collect()).led_by(net.member(2))
    }),
];

fn moved(net: &Net, numbers: impl Iterator<Item = u8>) -> Vec<Member> {
    numbers
        .map(|number| {
            net.member(number)
                .moved(net.host(number + 10), Some("copy"))
        })
        .collect()
}
