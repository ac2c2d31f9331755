//! The nightly look: an issue where the cluster is no longer as the file says.

use crate::action::{Action, Outcome};
use crate::desk::{Desk, ROOT};
use crate::hub::Hub;

const ISSUES: &str = "/repos/o/r/issues";

fn run(desk: &Desk, hub: &Hub, live: &str) -> Outcome {
    let inputs = [
        ("command", "drift"),
        ("file", "as-it-is.yaml"),
        ("live", live),
    ];
    let nightly = Action {
        event: r#"{"schedule": "17 3 * * *"}"#,
        ..Action::new(desk, hub)
    };
    let ended = nightly.run(&inputs);
    println!("{}", ended.log);
    ended
}

/// A recording in which somebody has added a member by hand.
fn with_one_more(desk: &Desk) {
    desk.derive("live/healthy.json", "live/more.json", |text| {
        let mut live: serde_json::Value = serde_json::from_str(&text).unwrap();
        let members = live["members"].as_array_mut().unwrap();
        let mut more = members[0].clone();
        more["id"] = "00000000000000aa".into();
        more["name"] = "byhand".into();
        more["peerURLs"] = serde_json::json!(["http://10.0.4.99:2380"]);
        more["clientURLs"] = serde_json::json!(["http://10.0.4.99:2379"]);
        more["condition"]["running"]["endpoint"] = "http://10.0.4.99:2379".into();
        members.push(more);
        members.sort_by_key(|member| member["id"].as_str().unwrap().to_owned());
        live.to_string()
    });
}

#[test]
fn a_member_added_by_hand_is_one_issue_until_it_is_gone() {
    let (desk, hub) = (Desk::new(), Hub::start());
    with_one_more(&desk);
    assert_eq!(run(&desk, &hub, "live/healthy.json").code, 0);
    assert_eq!(hub.list(ISSUES).len(), 0);

    for night in 0..2 {
        let ended = run(&desk, &hub, "live/more.json");
        assert_eq!(ended.code, 0);
        assert_eq!(ended.outputs["changes"], "true");
        let issues = hub.list(ISSUES);
        assert_eq!(issues.len(), 1, "night {night}");
        assert!(
            issues[0].body().contains("- byhand"),
            "{}",
            issues[0].body()
        );
        assert_eq!(issues[0].value["title"], "etcdplan: drift in as-it-is.yaml");
        assert_eq!(ended.outputs["comment-url"], issues[0].value["html_url"]);
    }

    // Nobody knows whether it is gone: what is known stays.
    assert_eq!(run(&desk, &hub, "live/none.json").code, 1);
    assert!(hub.list(ISSUES)[0].body().contains("- byhand"));

    run(&desk, &hub, "live/healthy.json");
    let issues = hub.list(ISSUES);
    assert_eq!(issues.len(), 1);
    assert_eq!(issues[0].value["state"], "closed");
    assert!(issues[0].body().contains("No changes."));

    // The next drift is another issue.
    run(&desk, &hub, "live/more.json");
    assert_eq!(hub.list(ISSUES).len(), 2);
}

/// An issue is all that a drift leaves: a job that cannot write it must be seen.
#[test]
fn an_issue_that_may_not_be_written_fails_the_job() {
    let (desk, hub) = (Desk::new(), Hub::start());
    with_one_more(&desk);
    hub.make_read_only();
    assert_ne!(run(&desk, &hub, "live/more.json").code, 0);
}

/// The same without a host of code: a program for cron, which mails what is printed.
#[test]
fn the_nightly_program_is_silent_until_something_differs() {
    let desk = Desk::new();
    with_one_more(&desk);
    let drift = format!("{ROOT}/examples/ci/drift/drift");
    let run = |live, files: &[&str]| {
        desk.make_live(live);
        let ran = desk.run(&[&[drift.as_str()], files].concat(), &[]);
        (ran.code, ran.printed)
    };
    assert_eq!(
        run("live/healthy.json", &["as-it-is.yaml"]),
        (0, String::new())
    );
    let (code, printed) = run("live/more.json", &["as-it-is.yaml"]);
    assert_eq!(code, 2);
    assert!(printed.contains("- byhand"), "{printed}");
    assert_eq!(run("live/infra2-dead.json", &["replace.yaml"]).0, 3);
    // The worst of all, in whatever order.
    let codes = |files: &[&str]| run("live/infra2-dead.json", files).0;
    assert_eq!(codes(&["as-it-is.yaml", "replace.yaml"]), 3);
    assert_eq!(codes(&["replace.yaml", "as-it-is.yaml"]), 3);
    assert_eq!(codes(&["none.yaml", "replace.yaml"]), 1);
    assert_eq!(codes(&["replace.yaml", "none.yaml"]), 1);
    assert_eq!(codes(&[]), 64);
}
