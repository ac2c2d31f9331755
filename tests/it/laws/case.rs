//! Any cluster, and any change of it.

use std::fmt;

use etcdplan::version::Version;
use proptest::prelude::*;

/// A live cluster, and what becomes of each member.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) version: Version,
    pub(crate) outage: bool,
    pub(crate) voters: Vec<(State, Fate)>,
    /// Which of the healthy voters leads.
    leader: prop::sample::Index,
    pub(crate) learner: Option<(State, Fate)>,
    pub(crate) added: usize,
    pub(crate) added_learner: bool,
}

/// How a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Healthy,
    Dead,
    Unstarted,
}

/// What the file says of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Kept,
    Gone,
    /// Another machine under the same name.
    Replaced,
    /// Another machine, the same data.
    Moved,
    /// Another port.
    Readdressed,
    Renamed,
    Demoted,
}

impl Case {
    fn healthy(&self) -> Vec<usize> {
        let voters = self.voters.iter().enumerate();
        voters
            .filter(|(_, (state, _))| *state == State::Healthy)
            .map(|(index, _)| index)
            .collect()
    }

    /// The cluster in notation.
    pub(crate) fn live(&self) -> String {
        let healthy = self.healthy();
        let leader = (!healthy.is_empty()).then(|| *self.leader.get(&healthy));
        let sign = |state: State| match state {
            State::Healthy => "",
            State::Dead => "!",
            State::Unstarted => "?",
        };
        let voters: Vec<String> = self
            .voters
            .iter()
            .enumerate()
            .map(|(index, (state, _))| {
                let leads = if leader == Some(index) { "*" } else { "" };
                format!("m{}{leads}{}", index + 1, sign(*state))
            })
            .collect();
        let learner = self
            .learner
            .map(|(state, _)| format!(" learners=(m{}{})", self.voters.len() + 1, sign(state)));
        format!(
            "voters=({}){}",
            voters.join(" "),
            learner.unwrap_or_default()
        )
    }

    /// The topology in notation.
    pub(crate) fn wanted(&self) -> String {
        let members = self.voters.iter().chain(&self.learner).enumerate();
        let mut words: Vec<String> = members
            .filter_map(|(index, (_, fate))| wanted(index + 1, *fate))
            .collect();
        // A lasting learner that is kept is still wanted as one, at times.
        for new in 0..self.added {
            let learner = self.added_learner && new == 0;
            words.push(format!(
                "m{}{}",
                30 + new,
                if learner { "/learner" } else { "" }
            ));
        }
        words.join(" ")
    }
}

fn wanted(number: usize, fate: Fate) -> Option<String> {
    let host = number + 10;
    match fate {
        Fate::Kept => Some(format!("m{number}")),
        Fate::Gone => None,
        Fate::Replaced => Some(format!("m{number}@{host}/discard")),
        Fate::Moved => Some(format!("m{number}@{host}/copy")),
        Fate::Readdressed => Some(format!("m{number}:2390")),
        Fate::Renamed => Some(format!("r{number}@{number}")),
        Fate::Demoted => Some(format!("m{number}/learner")),
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outage = if self.outage { " allow-outage" } else { "" };
        write!(
            f,
            "\nlive version={}\n{}\n----\n\nplan{outage}\n{}\n----\n",
            self.version,
            self.live(),
            self.wanted()
        )
    }
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        5 => Just(Fate::Kept),
        2 => Just(Fate::Gone),
        2 => Just(Fate::Replaced),
        1 => Just(Fate::Moved),
        1 => Just(Fate::Readdressed),
        1 => Just(Fate::Renamed),
        1 => Just(Fate::Demoted),
    ]
}

fn state() -> impl Strategy<Value = State> {
    prop_oneof![
        12 => Just(State::Healthy),
        2 => Just(State::Dead),
        1 => Just(State::Unstarted),
    ]
}

fn version() -> impl Strategy<Value = Version> {
    prop::sample::select(vec![
        Version::new(3, 4, 23),
        Version::new(3, 5, 16),
        Version::new(3, 5, 30),
        Version::new(3, 6, 14),
    ])
}

/// Any case whose cluster can decide.
pub(crate) fn cases() -> impl Strategy<Value = Case> {
    (
        version(),
        any_flag(4),
        prop::collection::vec((state(), fate()), 1..=6),
        any::<prop::sample::Index>(),
        prop::option::weighted(0.25, (state(), fate())),
        0..=2_usize,
        any_flag(6),
    )
        .prop_map(
            |(version, outage, voters, leader, learner, added, added_learner)| Case {
                version,
                outage,
                voters,
                leader,
                learner,
                added,
                added_learner,
            },
        )
        .prop_filter("a cluster that can decide", |case| {
            2 * case.healthy().len() > case.voters.len() && !case.wanted().is_empty()
        })
}

fn any_flag(one_in: u32) -> impl Strategy<Value = bool> {
    prop_oneof![one_in - 1 => Just(false), 1 => Just(true)]
}
