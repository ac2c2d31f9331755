//! The changes that are measured.

use crate::bed::Outcome;
use crate::bed::member::{Member, Net};

/// A change of members; the first of those before leads.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    before: &'static [u8],
    wanted: &'static [u8],
}

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "1-to-3",
        before: &[1],
        wanted: &[1, 2, 3],
    },
    Scenario {
        name: "3-to-5",
        before: &[1, 2, 3],
        wanted: &[1, 2, 3, 4, 5],
    },
    Scenario {
        name: "replace-leader",
        before: &[1, 2, 3],
        wanted: &[2, 3, 4],
    },
    Scenario {
        name: "replace-all",
        before: &[1, 2, 3],
        wanted: &[4, 5, 6],
    },
];

/// A scenario on a network.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) before: Vec<Member>,
    pub(crate) wanted: Vec<Member>,
}

impl Change {
    pub(crate) fn of(scenario: &Scenario, net: &Net) -> Self {
        let members = |numbers: &[u8]| net.members(numbers.iter().copied());
        Self {
            before: members(scenario.before),
            wanted: members(scenario.wanted),
        }
    }

    /// Those that come.
    pub(crate) fn added(&self) -> Vec<Member> {
        let is_new = |member: &&Member| !self.before.contains(member);
        self.wanted.iter().filter(is_new).cloned().collect()
    }

    /// Those that go.
    pub(crate) fn removed(&self) -> Vec<Member> {
        let goes = |member: &&Member| !self.wanted.contains(member);
        self.before.iter().filter(goes).cloned().collect()
    }

    /// A member, as of now or as wanted.
    pub(crate) fn member(&self, name: &str) -> Outcome<&Member> {
        let mut all = self.before.iter().chain(&self.wanted);
        let found = all.find(|member| member.name == name);
        found.ok_or_else(|| format!("no member is called {name}").into())
    }

    /// Where clients may write meanwhile.
    pub(crate) fn endpoints(&self) -> Vec<String> {
        let added = self.added();
        let all = self.before.iter().chain(&added);
        all.map(Member::client_url).collect()
    }
}
