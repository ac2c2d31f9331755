//! A recovery as commands, as `show` prints it.

use std::collections::BTreeSet;
use std::fs;

use etcdplan::member::MemberName;
use etcdplan::plan::Plan;
use etcdplan::plan::recovery::{self, Options};
use etcdplan::render;

use crate::notation;
use crate::program::run_in;
use crate::recovery::{CLUSTER, backup, planned, remains};

fn shown(plan: &Plan, format: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("plan.json"), render::json(plan)).unwrap();
    let run = run_in(
        folder.path(),
        &["show", "plan.json", "--format", format],
        &[],
    );
    assert_eq!(run.code, 0, "{}", run.told());
    run.stdout
}

/// What comes after the plan.
fn by_hand(plan: &Plan) -> String {
    let text = shown(plan, "text");
    let (_, commands) = text.split_once("\nBy hand, ").unwrap();
    assert!(shown(plan, "markdown").contains(commands.trim_end()));
    commands.to_owned()
}

#[test]
fn other_addresses() {
    let found = remains(
        "voters=(m1! m2! m3!)",
        "m1 stopped 2/9, m2 runs 2/11, m3 runs 2/10",
    );
    let plan = planned("m1@11 m2@12 m3@13", &found, &[], None);
    insta::assert_snapshot!(by_hand(&plan));
}

#[test]
fn from_a_backup() {
    let found = remains("", "m1 empty, m2 empty, m3 empty");
    let plan = planned(
        "m1 m2 m3",
        &found,
        &["m1", "m2", "m3"],
        Some(backup(Some(CLUSTER))),
    );
    insta::assert_snapshot!(by_hand(&plan));
}

#[test]
fn in_place() {
    let found = remains("voters=(m1 m2! m3!)", "m1 runs 2/11, m2 empty, m3 empty");
    let lost: BTreeSet<_> = ["m2", "m3"]
        .map(|name| MemberName::parse(name).unwrap())
        .into();
    let options = Options {
        in_place: true,
        lost,
        ..Options::default()
    };
    let plan = recovery::build(&notation::wanted("m1 m2 m3"), &found, &options);
    insta::assert_snapshot!(by_hand(&plan));
}

/// Only what brings a quorum back is done without it.
#[test]
fn an_ordinary_plan_has_none() {
    let plan = crate::planned::planned("voters=(m1* m2 m3)", "m1 m2 m3 m4");
    assert!(!shown(&plan, "text").contains("By hand"));
}

/// A file has what is printed, and a comment no more than it may hold.
#[test]
fn it_is_written_as_it_is_shown() {
    let found = remains("", "m1 empty, m2 empty, m3 empty");
    let lost = ["m1", "m2", "m3"];
    let plan = planned("m1 m2 m3", &found, &lost, Some(backup(Some(CLUSTER))));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("plan.json"), render::json(&plan)).unwrap();
    let write = ["show", "plan.json", "--write", "markdown=plan.md"];
    let run = run_in(folder.path(), &write, &[]);
    assert_eq!(run.code, 0, "{}", run.told());
    let written = fs::read_to_string(folder.path().join("plan.md")).unwrap();
    assert_eq!(written, shown(&plan, "markdown"));

    let long = "echo done\n".repeat(render::COMMENT_LIMIT);
    let comment = render::markdown(&plan, Some(&long));
    assert!(comment.contains("the steps by hand") && comment.len() <= render::COMMENT_LIMIT);
}
