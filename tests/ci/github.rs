//! A pull request: one comment for each cluster, kept up to date, and when the job fails.

use crate::action::{Action, Outcome};
use crate::desk::Desk;
use crate::hub::{AUTHOR, Hub};

const COMMENTS: &str = "/repos/o/r/issues/7/comments";

const PLAN: [(&str, &str); 2] = [("file", "cluster.yaml"), ("live", "live/healthy.json")];

/// A checkout whose `cluster.yaml` is one of the examples.
fn desk(example: &str) -> Desk {
    let desk = Desk::new();
    desk.write("cluster.yaml", &desk.read(example));
    desk
}

fn run(desk: &Desk, hub: &Hub, inputs: &[(&str, &str)]) -> Outcome {
    let ended = Action::new(desk, hub).run(&[&PLAN, inputs].concat());
    println!("{}", ended.log);
    ended
}

#[test]
fn a_second_push_edits_the_comment_of_the_first() {
    let (desk, hub) = (desk("replace.yaml"), Hub::start());
    let first = run(&desk, &hub, &[]);
    assert_eq!(first.code, 0);
    let comments = hub.list(COMMENTS);
    assert_eq!(comments.len(), 1);
    let body = comments[0].body();
    assert!(body.starts_with("<!-- etcdplan:v1 cluster=prod-eu id=782a54e9c720358f plan="));
    assert!(body.contains("1 to add, 1 to destroy, 6 steps"), "{body}");
    assert!(first.summary.contains("1 to add, 1 to destroy, 6 steps"));
    assert!(
        first.log.contains("::notice file=cluster.yaml,"),
        "{}",
        first.log
    );
    let output = |name: &str| first.outputs[name].as_str();
    assert_eq!(output("changes"), "true");
    assert_eq!(output("exitcode"), "2");
    assert_eq!(output("min-can-lose"), "1");
    assert_eq!(output("comment-url"), comments[0].value["html_url"]);
    assert_eq!(
        output("summary"),
        "prod-eu: Plan: 1 to add, 0 to change, 1 to destroy."
    );
    assert!(body.contains(&format!("plan={} -->", output("plan-id"))));

    desk.write("cluster.yaml", &desk.read("grow.yaml"));
    let second = run(&desk, &hub, &[]);
    let edited = hub.list(COMMENTS);
    assert_eq!(edited.len(), 1, "{edited:?}");
    assert!(edited[0].body().contains("2 to add"));
    assert_ne!(first.outputs["plan-id"], second.outputs["plan-id"]);
    assert_eq!(second.outputs["comment-url"], output("comment-url"));
}

#[test]
fn the_comment_is_found_behind_a_hundred_others() {
    let (desk, hub) = (desk("replace.yaml"), Hub::start());
    for number in 0..100 {
        hub.write(COMMENTS, "somebody", &format!("comment {number}"));
    }
    run(&desk, &hub, &[]);
    run(&desk, &hub, &[]);
    assert_eq!(hub.list(COMMENTS).len(), 101);
}

/// Who writes our marker is not thereby us, or could edit later what was reviewed.
#[test]
fn what_somebody_else_wrote_is_left_alone() {
    let (desk, hub) = (desk("replace.yaml"), Hub::start());
    let forged = "<!-- etcdplan:v1 cluster=prod-eu id=782a54e9c720358f plan=0 -->\nfine";
    hub.write(COMMENTS, "somebody", forged);
    run(&desk, &hub, &[]);
    let comments = hub.list(COMMENTS);
    assert_eq!(comments.len(), 2);
    assert_eq!(comments[0].body(), forged);
}

#[test]
fn two_clusters_have_two_comments() {
    let (desk, hub) = (desk("replace.yaml"), Hub::start());
    let other = |text: String| text.replace("782a54e9c720358f", "0123456789abcdef");
    desk.derive("replace.yaml", "other.yaml", |text| {
        other(text).replace("prod-eu", "prod-us")
    });
    desk.derive("live/healthy.json", "live/other.json", other);
    for _push in 0..2 {
        run(&desk, &hub, &[]);
        run(
            &desk,
            &hub,
            &[("file", "other.yaml"), ("live", "live/other.json")],
        );
    }
    let comments = hub.list(COMMENTS);
    assert_eq!(comments.len(), 2, "{comments:?}");
    assert!(comments[0].body().contains("cluster=prod-eu "));
    assert!(comments[1].body().contains("cluster=prod-us "));
}

#[test]
fn without_changes_the_comment_is_kept_updated_or_deleted() {
    for (choice, left) in [
        ("keep", Some("6 steps")),
        ("update", Some("No changes.")),
        ("delete", None),
    ] {
        let (desk, hub) = (desk("replace.yaml"), Hub::start());
        run(&desk, &hub, &[]);
        desk.write("cluster.yaml", &desk.read("as-it-is.yaml"));
        let ended = run(
            &desk,
            &hub,
            &[("on-no-changes", choice), ("fail-on", "changes")],
        );
        assert_eq!(ended.code, 0, "{choice}");
        assert_eq!(ended.outputs["changes"], "false");
        assert_eq!(ended.outputs["exitcode"], "0");
        let comments = hub.list(COMMENTS);
        assert_eq!(comments.len(), usize::from(left.is_some()), "{choice}");
        if let Some(words) = left {
            assert!(comments[0].body().contains(words), "{choice}: {comments:?}");
        }
    }
}

#[test]
fn without_changes_and_comment_only_update_writes_one() {
    for (choice, comments) in [("keep", 0), ("update", 1), ("delete", 0)] {
        let (desk, hub) = (desk("as-it-is.yaml"), Hub::start());
        run(&desk, &hub, &[("on-no-changes", choice)]);
        assert_eq!(hub.list(COMMENTS).len(), comments, "{choice}");
    }
}

#[test]
fn a_refusal_is_told_and_fails_the_job() {
    let (desk, hub) = (desk("replace.yaml"), Hub::start());
    run(&desk, &hub, &[]);
    let refused = run(
        &desk,
        &hub,
        &[
            ("live", "live/infra2-dead.json"),
            ("on-no-changes", "delete"),
        ],
    );
    assert_eq!(refused.code, 3);
    assert_eq!(refused.outputs["exitcode"], "3");
    assert_eq!(
        refused.outputs["summary"],
        "prod-eu: refused by E0310, E0315"
    );
    let comments = hub.list(COMMENTS);
    assert_eq!(comments.len(), 1);
    assert!(comments[0].body().contains("`prod-eu` — refused"));
    assert!(refused.log.contains("title=E0310::"), "{}", refused.log);
}

#[test]
fn an_error_takes_the_place_of_the_plan_and_makes_room_again() {
    let (desk, hub) = (desk("replace.yaml"), Hub::start());
    run(&desk, &hub, &[]);
    desk.derive("replace.yaml", "cluster.yaml", |text| {
        text.replace("4.14:2380", "4.14")
    });
    let failed = run(&desk, &hub, &[]);
    assert_eq!(failed.code, 1);
    assert_eq!(failed.outputs["changes"], "");
    assert!(failed.outputs["summary"].starts_with("Error: `http://10.0.4.14` is no URL"));
    let comments = hub.list(COMMENTS);
    assert_eq!(comments.len(), 1, "{comments:?}");
    assert!(
        comments[0].body().contains("[cluster.yaml:"),
        "{comments:?}"
    );
    assert!(
        failed.log.contains("::error file=cluster.yaml,line="),
        "{}",
        failed.log
    );

    desk.write("cluster.yaml", &desk.read("replace.yaml"));
    run(&desk, &hub, &[]);
    let comments = hub.list(COMMENTS);
    assert_eq!(comments.len(), 1);
    assert!(comments[0].body().contains("cluster=prod-eu "));
}

#[test]
fn changes_and_warnings_fail_where_they_are_asked_to() {
    let (desk, hub) = (desk("replace.yaml"), Hub::start());
    assert_eq!(run(&desk, &hub, &[("fail-on", "warning")]).code, 0);
    let ended = run(&desk, &hub, &[("fail-on", "changes")]);
    assert_eq!(ended.code, 2);
    assert_eq!(hub.list(COMMENTS).len(), 1, "it is told all the same");
    // A dead member that the file keeps is warned of.
    desk.write("cluster.yaml", &desk.read("as-it-is.yaml"));
    let run = |on| {
        run(
            &desk,
            &hub,
            &[("live", "live/infra2-dead.json"), ("fail-on", on)],
        )
        .code
    };
    assert_eq!(run("changes"), 0);
    assert_eq!(run("changes, warning"), 1);
}

/// As for the pull requests of forks.
#[test]
fn a_comment_that_may_not_be_written_fails_nobodys_plan() {
    let (desk, hub) = (desk("replace.yaml"), Hub::start());
    hub.make_read_only();
    let ended = run(&desk, &hub, &[]);
    assert_eq!(ended.code, 0);
    assert!(
        ended
            .log
            .contains("::warning title=etcdplan::The comment was not written")
    );
    assert!(ended.summary.contains("6 steps"));
    assert_eq!(ended.outputs["comment-url"], "");
}

#[test]
fn no_comment_where_there_is_no_pull_request_or_none_is_wanted() {
    let (desk, hub) = (desk("replace.yaml"), Hub::start());
    let push = Action {
        event: r#"{"ref": "refs/heads/main"}"#,
        ..Action::new(&desk, &hub)
    };
    assert_eq!(push.run(&PLAN).code, 0);
    run(&desk, &hub, &[("comment", "false")]);
    assert_eq!(hub.take_calls(), Vec::<String>::new());
}

#[test]
fn a_folder_is_one_comment() {
    let (desk, hub) = (Desk::new(), Hub::start());
    for name in ["replace", "as-it-is"] {
        desk.write(
            &format!("clusters/{name}.yaml"),
            &desk.read(&format!("{name}.yaml")),
        );
        desk.write(
            &format!("live/{name}.json"),
            &desk.read("live/healthy.json"),
        );
    }
    for _push in 0..2 {
        let ended = run(&desk, &hub, &[("file", "clusters"), ("live", "live")]);
        assert_eq!(ended.code, 0);
        assert_eq!(ended.outputs["changes"], "true");
        assert_eq!(ended.outputs["summary"].lines().count(), 2);
    }
    let comments = hub.list(COMMENTS);
    assert_eq!(comments.len(), 1);
    assert!(comments[0].body().starts_with("<!-- etcdplan:v1 fleet -->"));
    assert_eq!(comments[0].value["user"]["login"], AUTHOR);
}

#[test]
fn validate_marks_the_lines_and_needs_no_token() {
    let (desk, hub) = (desk("replace.yaml"), Hub::start());
    let validate = |file| run(&desk, &hub, &[("command", "validate"), ("file", file)]);
    let fine = validate("cluster.yaml");
    assert_eq!(fine.code, 0);
    assert_eq!(
        fine.outputs["summary"],
        "cluster.yaml is valid. Nothing was contacted."
    );
    desk.derive("replace.yaml", "clusters/bad.yaml", |text| {
        text.replace("4.14:2380", "4.14")
    });
    let wrong = validate("clusters");
    assert_eq!(wrong.code, 1);
    assert_eq!(
        wrong.outputs["summary"],
        "1 error in clusters/bad.yaml. Nothing was contacted."
    );
    assert!(
        wrong.log.contains("::error file=clusters/bad.yaml,line="),
        "{}",
        wrong.log
    );
    assert!(wrong.summary.contains("E0112"));
    assert_eq!(hub.take_calls(), Vec::<String>::new());
}

/// There is no cluster here, so an apply comes as far as asking for one.
#[test]
fn apply_takes_the_saved_plan() {
    let (desk, hub) = (desk("replace.yaml"), Hub::start());
    desk.make_unreachable(&["cluster.yaml", "live/healthy.json"]);
    let planned = run(&desk, &hub, &[("plan-file", "saved.json")]);
    assert_eq!(planned.outputs["plan-file"], "saved.json");
    hub.take_calls();
    let apply = [("command", "apply"), ("plan-file", "saved.json")];
    let ended = Action::new(&desk, &hub).run(&apply);
    assert_eq!(ended.code, 1, "{}", ended.log);
    assert_eq!(
        ended.outputs["summary"],
        "Error: no member of the cluster answers  [E0402]"
    );
    assert!(ended.summary.contains("### etcdplan: `saved.json` — apply"));
    assert!(ended.summary.contains("E0410"), "{}", ended.summary);
    assert_eq!(ended.outputs["plan-id"], planned.outputs["plan-id"]);

    // What is not whole is not applied.
    desk.derive("saved.json", "saved.json", |text| {
        text.replace("infra3", "infra9")
    });
    let ended = Action::new(&desk, &hub).run(&apply);
    assert_eq!(ended.code, 1);
    assert!(!ended.log.contains("E0402"), "{}", ended.log);
    assert_eq!(hub.take_calls(), Vec::<String>::new());
}

#[test]
fn wrong_inputs_are_told_before_anything_runs() {
    let (desk, hub) = (desk("replace.yaml"), Hub::start());
    for wrong in [
        ("command", "destroy"),
        ("file", ""),
        ("on-no-changes", "hide"),
        ("fail-on", "error,nothing"),
    ] {
        let ended = run(&desk, &hub, &[wrong]);
        assert_eq!(ended.code, 64, "{wrong:?}");
        assert!(ended.log.contains("etcdplan: "), "{}", ended.log);
    }
    assert_eq!(hub.take_calls(), Vec::<String>::new());
}
