//! Plans in cluster notation: `tests/testdata/plan`, one story a file.

use std::fmt::Write as _;

use etcdplan::action::{Kind, MemberKey};
use etcdplan::diff::Requests;
use etcdplan::plan::{self, Options, Plan, Step};
use etcdplan::safety::Outage;
use etcdplan::topology::Backup;
use etcdplan::version::Version;

use crate::notation;

#[test]
fn plans() {
    datadriven::walk("tests/testdata/plan", |file| {
        let mut live = String::new();
        let mut version = Version::new(3, 5, 30);
        file.run(|case| match case.directive.as_str() {
            "live" => {
                if let Some(text) = case.args.get("version").and_then(|v| v.first()) {
                    version = text.parse().unwrap();
                }
                live = case.input.trim().to_owned();
                format!("{}\n", notation::live(&live, version))
            }
            "plan" => {
                let observation = notation::live(&live, version);
                let mut topology = notation::wanted(&case.input);
                let target = case.args.get("version").and_then(|v| v.first());
                topology.cluster.version = target.map(|text| text.parse().unwrap());
                if case.args.contains_key("backup") {
                    topology.policy.backup = Backup::BeforeApply;
                    topology.policy.backup_dir = Some("backups".to_owned());
                }
                let mut options = Options::default();
                let names = |key: &str| {
                    let given = case.args.get(key).into_iter().flatten();
                    given
                        .map(|name| etcdplan::member::MemberName::parse(name).unwrap())
                        .collect()
                };
                options.requests = Requests {
                    restart: names("restart"),
                    replace: names("replace"),
                };
                if case.args.contains_key("allow-outage") {
                    options.outage = Outage::Allowed;
                }
                told(&plan::build(&topology, &observation, &options))
            }
            other => panic!("unknown command {other}"),
        });
    });
}

/// A plan as a story tells it.
fn told(plan: &Plan) -> String {
    let mut text = String::new();
    for change in &plan.changes {
        writeln!(
            text,
            "{} {:?}: {}",
            change.member, change.action, change.reason
        )
        .unwrap();
    }
    for step in &plan.steps {
        text += &told_step(step);
    }
    for refusal in &plan.refusals {
        writeln!(text, "refused {}: {}", refusal.code, refusal.message).unwrap();
        for line in refusal.details.iter().chain(&refusal.ways_out) {
            writeln!(text, "  {line}").unwrap();
        }
    }
    for diagnostic in &plan.diagnostics {
        writeln!(text, "{}: {}", diagnostic.code, diagnostic.message).unwrap();
    }
    if plan.changes.is_empty() && plan.refusals.is_empty() {
        text += "no changes\n";
    }
    text
}

fn told_step(step: &Step) -> String {
    let to = step
        .parameters
        .to
        .as_ref()
        .map(|to| format!(" to {}", to.member))
        .unwrap_or_default();
    let lowest = if step.lowest == step.after {
        String::new()
    } else {
        format!(" lowest={}", step.lowest.can_lose())
    };
    let after: Vec<String> = step.depends_on.iter().map(|d| d.step.to_string()).collect();
    format!(
        "{:<3} {} {}{to}  {}/{} canLose={}{lowest}  after {}\n",
        step.id.to_string(),
        step.kind,
        step.member,
        step.after.healthy,
        step.after.voters,
        step.after.can_lose(),
        if after.is_empty() {
            "-".to_owned()
        } else {
            after.join(" ")
        },
    )
}

#[test]
fn every_edge_has_a_reason_and_goes_forward() {
    let live = notation::live("voters=(m1* m2 m3)", Version::new(3, 5, 30));
    let plan = plan::build(
        &notation::wanted("m2 m3 m4 m5 m6"),
        &live,
        &Options::default(),
    );
    for step in &plan.steps {
        for dependency in &step.depends_on {
            assert!(dependency.step < step.id && !dependency.why.is_empty());
        }
    }
    let transfer = plan
        .steps
        .iter()
        .find(|step| step.kind == Kind::MoveLeader)
        .unwrap();
    assert_eq!(
        transfer.member_id,
        MemberKey::Live(etcdplan::member::MemberId::new(1)).id()
    );
}
