//! Plans of every kind, and their pages.

use etcdplan::action::Kind;
use etcdplan::diff::Requests;
use etcdplan::member::MemberName;
use etcdplan::observation::recording;
use etcdplan::plan::fleet::{Failed, Fleet, Problem};
use etcdplan::plan::{self, ChangeAction, Options, Plan, StepId};
use etcdplan::render::html;
use etcdplan::safety::Outage;
use etcdplan::topology;

use crate::planned::{asked, planned};
use crate::render::sketch::{change, cluster, standing, step};

pub(crate) fn example(file: &str) -> Plan {
    let text = std::fs::read_to_string(format!("examples/{file}")).unwrap();
    let wanted = topology::load(file, &text).unwrap().topology;
    let live = std::fs::read_to_string("examples/live/healthy.json").unwrap();
    plan::build(
        &wanted,
        &recording::read(&live).unwrap(),
        &Options::default(),
    )
}

/// A restart of the only voter, or of one of two: nothing is left meanwhile.
pub(crate) fn outage(live: &str, wanted: &str) -> Plan {
    let requests = Requests {
        restart: [MemberName::parse("m1").unwrap()].into(),
        ..Requests::default()
    };
    let options = Options {
        requests,
        outage: Outage::Allowed,
        ..Options::default()
    };
    asked(live, wanted, &options)
}

pub(crate) fn refused() -> Plan {
    planned("voters=(m1* m2 m3!)", "m1 m3")
}

pub(crate) fn unchanged() -> Plan {
    planned("voters=(m1* m2 m3)", "m1 m2 m3")
}

pub(crate) fn dead() -> Plan {
    planned("voters=(m1* m2 m3!)", "m1 m2 m4")
}

/// Restarts, one after the other, all of which wait for the first one too.
pub(crate) fn long(steps: usize) -> Plan {
    let mut plan = cluster(&["etcd-1", "etcd-2", "etcd-3"]);
    change(&mut plan, ChangeAction::Restart, Some("etcd-1"), None, None);
    let first = plan::Dependency {
        step: StepId(1),
        why: "the first is the canary".to_owned(),
    };
    for number in 1..=steps {
        let step = step(
            &mut plan,
            Kind::Restart,
            "etcd-1",
            standing(3, 2),
            standing(3, 3),
        );
        if number > 2 {
            step.depends_on.push(first.clone());
        }
    }
    plan
}

pub(crate) fn fleet() -> Fleet {
    let failed = Failed {
        file: "c.yaml".to_owned(),
        problems: vec![Problem {
            code: Some("E0401".to_owned()),
            message: "no endpoint answers".to_owned(),
            details: vec!["http://10.0.0.1:2379: connection refused  [E0410]".to_owned()],
            ways_out: vec!["start it".to_owned(), "look elsewhere".to_owned()],
            line: Some(3),
        }],
    };
    Fleet::new(vec![unchanged(), dead(), refused(), dead()], vec![failed])
}

/// Pages of every kind.
pub(crate) fn pages() -> Vec<(&'static str, String)> {
    let plans = vec![
        ("growth", planned("voters=(m1* m2 m3)", "m1 m2 m3 m4 m5")),
        ("dead", dead()),
        ("zones", example("grow.yaml")),
        ("replacement", example("replace.yaml")),
        ("move", example("move.yaml")),
        ("refused", refused()),
        ("unchanged", unchanged()),
        ("one voter", outage("voters=(m1*)", "m1")),
        ("two voters", outage("voters=(m1* m2)", "m1 m2")),
        (
            "learner",
            planned("voters=(m1* m2 m3) learners=(m4)", "m1 m2 m3 m4 m5"),
        ),
        ("sixty", long(60)),
        ("eight hundred", long(800)),
    ];
    let mut pages: Vec<_> = plans
        .iter()
        .map(|(name, plan)| (*name, html(plan)))
        .collect();
    pages.push(("fleet", html(&fleet())));
    pages.push(("nothing", html(&Fleet::new(Vec::new(), Vec::new()))));
    pages
}
