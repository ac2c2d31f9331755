//! Any cluster, and any change of it.

use std::collections::BTreeSet;
use std::fmt;

use etcdplan::diff::Requests;
use etcdplan::member::MemberName;
use etcdplan::plan::Options;
use etcdplan::safety::Outage;
use etcdplan::topology::Topology;
use etcdplan::version::Version;
use proptest::prelude::*;

use crate::notation;

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
    /// Whether the file asks for the next patch version.
    pub(crate) upgraded: bool,
}

/// How a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Healthy,
    Dead,
    /// Frozen: it may or may not be alive.
    Unknown,
    Unstarted,
}

/// What the file says of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Kept,
    Gone,
    /// Another machine under the same name.
    Replaced,
    /// Another machine, and the file leaves it to us what becomes of the data.
    Auto,
    /// Another machine, the same data.
    Moved,
    /// Another address, and the data is there.
    Renumbered,
    /// Another port.
    Readdressed,
    Renamed,
    /// As it is, and its process is to be restarted.
    Restarted,
    Demoted,
    /// It goes, and another comes to its host.
    Usurped,
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
        let leader = self.has_quorum().then(|| *self.leader.get(&healthy));
        let sign = |state: State| match state {
            State::Healthy => "",
            State::Dead => "!",
            State::Unknown => "~",
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

    /// The topology.
    pub(crate) fn topology(&self) -> Topology {
        let mut topology = notation::wanted(&self.wanted());
        topology.cluster.version = self.target();
        topology
    }

    /// The version that every member is to run, if the file says.
    pub(crate) fn target(&self) -> Option<Version> {
        let Version {
            major,
            minor,
            patch,
        } = self.version;
        let next = Version::new(major, minor, patch + 1);
        self.upgraded.then_some(next)
    }

    /// What is asked for beyond the file.
    pub(crate) fn options(&self) -> Options {
        let outage = if self.outage {
            Outage::Allowed
        } else {
            Outage::Refused
        };
        let requests = Requests {
            restart: self.restarted(),
            ..Requests::default()
        };
        Options {
            requests,
            outage,
            ..Options::default()
        }
    }

    /// Once a plan was begun: a restart that was asked for is not asked for again.
    pub(crate) fn options_again(&self) -> Options {
        Options {
            requests: Requests::default(),
            ..self.options()
        }
    }

    fn restarted(&self) -> BTreeSet<MemberName> {
        let members = self.voters.iter().chain(&self.learner).zip(1..);
        let restarted = members.filter(|((_, fate), _)| *fate == Fate::Restarted);
        let name = |number: usize| MemberName::parse(&format!("m{number}")).unwrap();
        restarted.map(|(_, number)| name(number)).collect()
    }

    /// The machines that have another address, with both: of members that have data to keep.
    pub(crate) fn renumbered(&self) -> Vec<(String, String)> {
        let members = self.voters.iter().zip(1..);
        let renumbered = members
            .filter(|((state, fate), _)| *fate == Fate::Renumbered && *state != State::Unstarted);
        let host = |number: usize| format!("10.0.0.{number}");
        renumbered
            .map(|(_, number)| (host(number), host(number + 10)))
            .collect()
    }

    /// Whether its voters can decide.
    pub(crate) fn has_quorum(&self) -> bool {
        2 * self.healthy().len() > self.voters.len()
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
        Fate::Kept | Fate::Restarted => Some(format!("m{number}")),
        Fate::Gone => None,
        Fate::Replaced => Some(format!("m{number}@{host}/discard")),
        Fate::Auto => Some(format!("m{number}@{host}")),
        Fate::Renumbered => Some(format!("m{number}@{host}/inPlace")),
        Fate::Moved => Some(format!("m{number}@{host}/copy")),
        Fate::Readdressed => Some(format!("m{number}:2390")),
        Fate::Renamed => Some(format!("r{number}@{number}")),
        Fate::Demoted => Some(format!("m{number}/learner")),
        Fate::Usurped => Some(format!("n{number}@{number}:2390")),
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let restarted: Vec<_> = self.restarted().iter().map(ToString::to_string).collect();
        let restarted = restarted.join(",");
        let given = [
            self.outage.then(|| " allow-outage".to_owned()),
            (!restarted.is_empty()).then(|| format!(" restart=({restarted})")),
            self.target().map(|target| format!(" version={target}")),
        ];
        let given = given.into_iter().flatten().collect::<String>();
        write!(
            f,
            "\nlive version={}\n{}\n----\n\nplan{given}\n{}\n----\n",
            self.version,
            self.live(),
            self.wanted()
        )
    }
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        6 => Just(Fate::Kept),
        2 => Just(Fate::Gone),
        2 => Just(Fate::Replaced),
        1 => Just(Fate::Auto),
        1 => Just(Fate::Moved),
        1 => Just(Fate::Renumbered),
        1 => Just(Fate::Readdressed),
        1 => Just(Fate::Renamed),
        1 => Just(Fate::Restarted),
        1 => Just(Fate::Demoted),
        1 => Just(Fate::Usurped),
    ]
}

fn state() -> impl Strategy<Value = State> {
    prop_oneof![
        12 => Just(State::Healthy),
        2 => Just(State::Dead),
        1 => Just(State::Unknown),
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
    any_cases().prop_filter("a cluster that can decide", Case::has_quorum)
}

/// Any case whose cluster cannot.
pub(crate) fn cases_without_quorum() -> impl Strategy<Value = Case> {
    any_cases().prop_filter("a cluster that cannot decide", |case| !case.has_quorum())
}

fn any_cases() -> impl Strategy<Value = Case> {
    (
        version(),
        any_flag(4),
        prop::collection::vec((state(), fate()), 1..=6),
        any::<prop::sample::Index>(),
        prop::option::weighted(0.25, (state(), fate())),
        0..=2_usize,
        any_flag(6),
        any_flag(8),
    )
        .prop_map(
            |(version, outage, voters, leader, learner, added, added_learner, upgraded)| Case {
                version,
                outage,
                voters,
                leader,
                learner,
                added,
                added_learner,
                upgraded,
            },
        )
        .prop_filter("a file with members", |case| !case.wanted().is_empty())
}

fn any_flag(one_in: u32) -> impl Strategy<Value = bool> {
    prop_oneof![one_in - 1 => Just(false), 1 => Just(true)]
}
