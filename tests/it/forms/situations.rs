//! Situations of clusters, and their plans.

use etcdplan::plan::fleet::{Failed, Fleet, Problem};
use etcdplan::plan::{self, Options, Plan, Source};
use etcdplan::render::Subject;
use etcdplan::version::Version;

use crate::notation;

/// The plan of a topology on a cluster, both in notation.
pub(crate) fn plan(live: &str, wanted: &str) -> Plan {
    let live = notation::live(live, Version::new(3, 5, 30));
    let options = Options {
        source: Source {
            file: "clusters/prod.yaml".to_owned(),
            sha256: "0".repeat(64),
        },
        ..Options::default()
    };
    plan::build(&notation::wanted(wanted), &live, &options)
}

/// A cluster that grows, one that is as its file says, and one that nobody reaches.
pub(crate) fn fleet() -> Fleet {
    let plans = vec![
        plan("voters=(m1* m2 m3)", "m1 m2 m3 m4 m5"),
        plan("voters=(m1* m2 m3)", "m1 m2 m3"),
    ];
    let unreachable = Problem {
        code: Some("E0402".to_owned()),
        message: "no endpoint answers".to_owned(),
        details: vec!["http://10.0.9.1:2379: connection refused  [E0410]".to_owned()],
        ways_out: Vec::new(),
        line: None,
    };
    let failed = Failed {
        file: "clusters/lost.yaml".to_owned(),
        problems: vec![unreachable],
    };
    Fleet::new(plans, vec![failed])
}

/// A situation, and whether its plan removes a member.
pub(crate) struct Situation {
    pub(crate) name: &'static str,
    pub(crate) plan: Plan,
    pub(crate) destroys: bool,
}

/// Every situation of one cluster.
pub(crate) fn situations() -> Vec<Situation> {
    let three = "voters=(m1* m2 m3)";
    let dead = "voters=(m1* m2 m3!)";
    [
        ("grow", plan(three, "m1 m2 m3 m4 m5"), false),
        ("dead member", plan(dead, "m1 m2 m4"), true),
        ("same name", plan(three, "m1 m2 m3@9/discard"), true),
        (
            "readdress the leader",
            plan(three, "m1@9/inPlace m2 m3"),
            false,
        ),
        ("refusal", plan(dead, "m1 m3"), false),
        ("no changes", plan(three, "m1 m2 m3"), false),
        ("mixed", plan(three, "m1 m2:2390 m4"), true),
    ]
    .map(|(name, plan, destroys)| Situation {
        name,
        plan,
        destroys,
    })
    .into()
}

/// Looks at every situation: those of one cluster, and the fleet.
pub(crate) fn each(mut look: impl FnMut(&str, Subject<'_>)) {
    for situation in situations() {
        look(situation.name, Subject::Plan(&situation.plan));
    }
    look("fleet", Subject::Fleet(&fleet()));
}
