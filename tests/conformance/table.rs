//! One table of membership calls and what etcd answers: simulated and real.
//!
//! A scene begins with a cluster in notation whose members have been connected
//! for more than five seconds; then calls and deeds follow one another.

use std::collections::BTreeMap;

use etcdplan::member::MemberId;
use etcdplan::sim::Request;
use etcdplan::url::Urls;
use etcdplan::version::Version;

/// A cluster, and what is done with it in turn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene {
    pub(crate) cluster: &'static str,
    pub(crate) lines: &'static [Line],
}

/// One line of a scene.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Line {
    /// `start m4`, `wait 6`.
    Do(&'static str),
    /// `m1 remove m3`: the member that serves, and the call.
    Call(&'static str, Verdict),
}

/// What etcd answers; an empty text is no answer at all, `ok` is success.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Verdict {
    /// In every version.
    Always(&'static str),
    /// One text before these patches of 3.5 and 3.6, another from them on.
    Since(u16, u16, &'static str, &'static str),
    /// One text in 3.4, another later.
    In34(&'static str, &'static str),
}

pub(crate) const NO_ANSWER: &str = "no answer";
const STOPPED: &str = "etcdserver: server stopped";
const OK: Verdict = Verdict::Always("ok");
const SILENCE: Verdict = Verdict::Always(NO_ANSWER);
const BAD_URLS: Verdict = Verdict::Always("etcdserver: given member URLs are invalid");
const URLS_EXIST: Verdict = Verdict::Always("etcdserver: Peer URLs already exists");
const NOT_STARTED: Verdict =
    Verdict::Always("etcdserver: re-configuration failed due to not enough started members");
const NOT_A_LEARNER: Verdict = Verdict::Always("etcdserver: can only promote a learner member");
const NOT_FOUND: Verdict = Verdict::Always("etcdserver: member not found");
const BAD_TRANSFEREE: Verdict = Verdict::Always("etcdserver: bad leader transferee");
const NOT_LEADER: Verdict = Verdict::Always("etcdserver: not leader");
const UNHEALTHY: Verdict = Verdict::Always(UNHEALTHY_WORDS);
const UNHEALTHY_WORDS: &str = "etcdserver: unhealthy cluster";
const TOO_MANY_LEARNERS: Verdict =
    Verdict::Always("etcdserver: too many learner members in cluster");
const NOT_IN_SYNC: Verdict =
    Verdict::Always("etcdserver: can only promote a learner member which is in sync with leader");
const LEARNER_SERVES_NOT: Verdict = Verdict::Always("etcdserver: rpc not supported for learner");
/// From 3.5.30 and 3.6.11 on an addition wants a quorum connected, not everybody.
const RELAXED: Verdict = Verdict::Since(30, 11, UNHEALTHY_WORDS, "ok");

use Line::{Call, Do};

pub(crate) const TABLE: &[Scene] = &[
    Scene {
        cluster: "voters=(m1*)",
        lines: &[
            Call("m1 addLearner portless", BAD_URLS),
            Call("m1 addVoter none", BAD_URLS),
            Call("m1 addLearner m1", URLS_EXIST),
            Call("m1 remove m1", NOT_STARTED),
            Call("m1 remove m9", NOT_FOUND),
            Call("m1 promote m1", NOT_A_LEARNER),
            Call("m1 promote m9", NOT_FOUND),
            Call("m1 update m9 m8", NOT_FOUND),
            Call("m1 update m1 m1", OK),
            Call("m1 moveLeader m1", OK),
            Call("m1 moveLeader m9", BAD_TRANSFEREE),
            Call("m1 addLearner m2", OK),
            Call("m1 addLearner m3", TOO_MANY_LEARNERS),
            // Within the second in which it was added, its id would be the same again.
            Do("wait 2"),
            Call("m1 addVoter m2", URLS_EXIST),
            Call("m1 promote m2", NOT_IN_SYNC),
            Call("m1 moveLeader m2", BAD_TRANSFEREE),
            Call("m1 update m2 m1", URLS_EXIST),
            Do("start m2"),
            Call("m2 remove m1", LEARNER_SERVES_NOT),
            Call("m1 promote m2", OK),
            Call("m1 promote m2", NOT_A_LEARNER),
            Call("m1 addLearner m3", UNHEALTHY),
            Call("m2 addLearner m3", UNHEALTHY),
            Call("m1 remove m2", UNHEALTHY),
            Do("wait 6"),
            Call("m2 moveLeader m1", NOT_LEADER),
            Call("m1 moveLeader m2", OK),
            Call("m1 remove m1", OK),
            Call("m2 remove m1", NOT_FOUND),
            Call("m2 remove m2", NOT_STARTED),
        ],
    },
    Scene {
        cluster: "voters=(m1* m2 m3)",
        lines: &[
            Call("m2 addVoter m4", OK),
            Call("m2 addVoter m5", RELAXED),
            Call("m2 remove m4", OK),
            Call("m2 remove m4", NOT_FOUND),
        ],
    },
    Scene {
        cluster: "voters=(m1* m2 m3!)",
        lines: &[
            Call("m1 addLearner m4", UNHEALTHY),
            Call("m1 addVoter m4", UNHEALTHY),
            Call("m1 remove m2", UNHEALTHY),
            Call("m1 remove m1", UNHEALTHY),
            Call("m3 remove m3", SILENCE),
            Call("m1 moveLeader m3", SILENCE),
            Call("m1 update m3 m9", OK),
            Call("m1 remove m3", OK),
            Call("m1 addLearner m4", OK),
            Call("m1 remove m4", OK),
        ],
    },
    Scene {
        cluster: "voters=(m1* m2 m3 m4 m5!)",
        lines: &[
            Call("m1 addLearner m6", RELAXED),
            Call("m1 addVoter m7", RELAXED),
        ],
    },
    Scene {
        cluster: "voters=(m1* m2 m3 m4 m5!)",
        lines: &[
            Call("m1 remove m4", OK),
            Call("m1 remove m3", OK),
            Call("m1 remove m2", UNHEALTHY),
            Call("m1 remove m5", OK),
            Call("m1 remove m2", OK),
            Call("m1 remove m1", NOT_STARTED),
        ],
    },
    Scene {
        cluster: "voters=(m1* m2!)",
        lines: &[
            Do("wait 3"),
            Call("m1 addLearner m3", UNHEALTHY),
            Call("m1 remove m1", UNHEALTHY),
            Call("m1 moveLeader m2", NOT_LEADER),
            Call("m1 remove m2", SILENCE),
            Call("m1 update m1 m9", SILENCE),
            Call("m1 promote m2", SILENCE),
        ],
    },
    Scene {
        cluster: "voters=(m1* m2 m3~)",
        lines: &[
            Do("wait 8"),
            Call("m1 addLearner m4", Verdict::In34(UNHEALTHY_WORDS, "ok")),
            Call("m1 remove m3", OK),
        ],
    },
    Scene {
        cluster: "voters=(m1 m2* m3) learners=(m4)",
        lines: &[
            Call("m1 promote m4", OK),
            Call("m1 addLearner m5", OK),
            Call("m3 remove m5", OK),
            Call("m1 moveLeader m1", NOT_LEADER),
            Call("m2 moveLeader m1", OK),
            Call("m2 remove m2", OK),
            Call("m4 update m3 m1", URLS_EXIST),
        ],
    },
    Scene {
        cluster: "voters=(m1* m2 m3) learners=(m4)",
        lines: &[
            Call("m1 update m4 m9", OK),
            // Up to there the update has made the learner a voter in the list.
            Call(
                "m1 promote m4",
                Verdict::Since(
                    31,
                    12,
                    "etcdserver: can only promote a learner member",
                    "ok",
                ),
            ),
            Call("m1 remove m4", OK),
        ],
    },
    Scene {
        cluster: "voters=(m1* m2 m3 m4?)",
        lines: &[
            Call("m1 promote m4", NOT_IN_SYNC),
            Call("m1 moveLeader m4", SILENCE),
            Call("m1 remove m3", OK),
            Call("m1 remove m2", NOT_STARTED),
            Call("m1 remove m4", OK),
        ],
    },
    Scene {
        cluster: "voters=(m1* m2 m3?)",
        lines: &[
            Call("m1 addVoter m4", NOT_STARTED),
            Call("m1 addLearner m4", UNHEALTHY),
            Call("m1 remove m2", NOT_STARTED),
            Call("m1 update m3 m9", OK),
            Call("m1 remove m3", OK),
        ],
    },
];

impl Verdict {
    /// The answer of this version.
    pub(crate) fn of(self, version: Version) -> &'static str {
        match self {
            Self::Always(words) => words,
            Self::Since(in_3_5, in_3_6, before, then) => {
                let changed = match version.minor {
                    ..=4 => false,
                    5 => version.patch >= in_3_5,
                    6 => version.patch >= in_3_6,
                    7.. => true,
                };
                if changed { then } else { before }
            }
            Self::In34(then, later) => {
                if version.minor <= 4 {
                    then
                } else {
                    later
                }
            }
        }
    }
}

/// A cluster, simulated or real, on which scenes are played.
pub(crate) trait Stage {
    /// The peer URL of member number `i`.
    fn peer_url(&self, i: usize) -> String;

    /// Starts the process of member number `i`, and waits until it follows.
    fn start(&mut self, i: usize);

    /// Lets seconds pass.
    fn wait(&mut self, seconds: u64);

    /// Sends a call: `ok`, etcd's words, or [`NO_ANSWER`].
    fn call(&mut self, via: usize, request: &Request) -> String;

    /// The id of the member with these peer URLs.
    fn id_at(&mut self, peer_url: &str) -> Option<MemberId>;
}

/// Plays a scene; gives the number of calls and every disagreement.
pub(crate) fn play(
    scene: &Scene,
    version: Version,
    stage: &mut impl Stage,
) -> (usize, Vec<String>) {
    let (mut calls, mut disagreements) = (0, Vec::new());
    let mut ids: BTreeMap<usize, MemberId> = BTreeMap::new();
    for i in 1..=9 {
        let url = stage.peer_url(i);
        ids.extend(stage.id_at(&url).map(|id| (i, id)));
    }
    for line in scene.lines {
        match line {
            Do(deed) => {
                let (verb, object) = deed.split_once(' ').unwrap();
                match verb {
                    "start" => stage.start(number(object)),
                    "wait" => stage.wait(object.parse().unwrap()),
                    other => panic!("nobody can {other}"),
                }
            }
            Call(text, verdict) => {
                calls += 1;
                let words: Vec<&str> = text.split(' ').collect();
                let via = number(words[0]);
                let request = request(&words[1..], &ids, stage);
                let (told, expected) = (stage.call(via, &request), verdict.of(version));
                // A member that removes itself may stop before it can answer.
                let stopped = words[1..] == ["remove", words[0]] && told == STOPPED;
                if told != expected && !stopped {
                    disagreements.push(format!(
                        "{}: {text}: {told}, expected {expected}",
                        scene.cluster
                    ));
                }
                if words[1].starts_with("add") && told == "ok" {
                    let url = stage.peer_url(number(words[2]));
                    ids.extend(stage.id_at(&url).map(|id| (number(words[2]), id)));
                }
            }
        }
    }
    (calls, disagreements)
}

fn number(word: &str) -> usize {
    word.trim_start_matches('m').parse().unwrap()
}

fn request(words: &[&str], ids: &BTreeMap<usize, MemberId>, stage: &impl Stage) -> Request {
    let unknown = MemberId::new(0xdead);
    let id = |word: &str| ids.get(&number(word)).copied().unwrap_or(unknown);
    let urls = |word: &str| match word {
        "none" => Urls::default(),
        "portless" => Urls::observed(&["http://127.0.0.1"]),
        member => Urls::observed(&[stage.peer_url(number(member))]),
    };
    match *words {
        ["addVoter", at] => Request::Add {
            peer_urls: urls(at),
            learner: false,
        },
        ["addLearner", at] => Request::Add {
            peer_urls: urls(at),
            learner: true,
        },
        ["promote", who] => Request::Promote { id: id(who) },
        ["update", who, at] => Request::Update {
            id: id(who),
            peer_urls: urls(at),
        },
        ["remove", who] => Request::Remove { id: id(who) },
        ["moveLeader", who] => Request::MoveLeader { to: id(who) },
        _ => panic!("no such call: {words:?}"),
    }
}
