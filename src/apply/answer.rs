//! What etcd's words mean for who asked: one table for real and simulated clusters.

use crate::apply::CallError;

/// Reads a refusal or failure in etcd's own words.
pub fn judge(message: String) -> CallError {
    match Meaning::of(&message) {
        Meaning::Wait => CallError::NotYet { message },
        Meaning::Refusal => CallError::Refused { message },
        Meaning::Unclear => CallError::Unanswered { message },
    }
}

/// Whether etcd refuses because of who asks: whose login is missing, has run out, or has too few
/// rights.
pub fn is_about_rights(message: &str) -> bool {
    let words = [
        "etcdserver: user name is empty",
        "etcdserver: user name not found",
        "etcdserver: permission denied",
        "etcdserver: invalid auth token",
        // As the stream of a backup says it, past etcd's table of errors (`server/auth/store.go`).
        "auth: permission denied",
    ];
    words.iter().any(|words| message.contains(words))
}

/// What an error of etcd means for who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// The same call may be accepted in a while.
    Wait,
    /// It will not be accepted as long as nothing changes.
    Refusal,
    /// It may have taken effect, or may yet.
    Unclear,
}

/// etcd's words, since its codes mean different things in different versions (ETCD 0.8).
const MEANINGS: [(&str, Meaning); 22] = [
    // The five-second rule: some peer has not been connected for long enough.
    ("etcdserver: unhealthy cluster", Meaning::Wait),
    (
        "etcdserver: can only promote a learner member which is in sync with leader",
        Meaning::Wait,
    ),
    ("etcdserver: too many requests", Meaning::Wait),
    // Leadership moved since we looked.
    ("etcdserver: not leader", Meaning::Wait),
    (
        "etcdserver: re-configuration failed due to not enough started members",
        Meaning::Refusal,
    ),
    ("etcdserver: member not found", Meaning::Refusal),
    ("etcdserver: member ID already exist", Meaning::Refusal),
    ("etcdserver: Peer URLs already exists", Meaning::Refusal),
    (
        "etcdserver: given member URLs are invalid",
        Meaning::Refusal,
    ),
    (
        "etcdserver: too many learner members in cluster",
        Meaning::Refusal,
    ),
    (
        "etcdserver: can only promote a learner member",
        Meaning::Refusal,
    ),
    ("etcdserver: bad leader transferee", Meaning::Refusal),
    (
        "etcdserver: rpc not supported for learner",
        Meaning::Refusal,
    ),
    ("etcdserver: user name is empty", Meaning::Refusal),
    ("etcdserver: user name not found", Meaning::Refusal),
    ("etcdserver: permission denied", Meaning::Refusal),
    ("etcdserver: invalid auth token", Meaning::Refusal),
    ("etcdserver: request timed out", Meaning::Unclear),
    ("etcdserver: leader changed", Meaning::Unclear),
    ("etcdserver: no leader", Meaning::Unclear),
    ("etcdserver: server stopped", Meaning::Unclear),
    ("etcdserver: request cancelled", Meaning::Unclear),
];

impl Meaning {
    /// What is not known is unclear: the cluster is read again before anything is concluded.
    fn of(message: &str) -> Self {
        let known = MEANINGS.iter().find(|(words, _)| message.contains(words));
        known.map_or(Self::Unclear, |(_, meaning)| *meaning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_message_wins() {
        for (message, meaning) in [
            (
                "etcdserver: can only promote a learner member which is in sync with leader",
                Meaning::Wait,
            ),
            (
                "etcdserver: can only promote a learner member",
                Meaning::Refusal,
            ),
            ("etcdserver: unhealthy cluster", Meaning::Wait),
            (
                "etcdserver: request timed out, leader transfer took too long",
                Meaning::Unclear,
            ),
            ("transport error: connection reset", Meaning::Unclear),
        ] {
            assert_eq!(Meaning::of(message), meaning, "{message}");
        }
    }
}
