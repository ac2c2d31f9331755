//! What a plan looks like.

pub(crate) mod sketch;

use etcdplan::action::Kind;
use etcdplan::observation::Health;
use etcdplan::plan::{
    ChangeAction, Clients, Condition, Diagnostic, Override, Performer, Plan, Refusal, StepId,
};
use etcdplan::render::palette::Palette;
use etcdplan::render::{Detail, View, text};
use etcdplan::url::Urls;
use insta::assert_snapshot;

use sketch::{change, cluster, live, standing, step, successor, urls};

fn shown(plan: &Plan) -> String {
    let command = Some("etcdplan apply -f clusters/prod-eu1.yaml");
    let view = View {
        command,
        ..View::default()
    };
    text(plan, &view)
}

fn growth() -> Plan {
    let mut plan = cluster(&["etcd-1", "etcd-2", "etcd-3"]);
    plan.summary.add = 2;
    plan.summary.manual_steps = 2;
    for (name, host, line, voters) in [
        ("etcd-4", "10.0.4.14", 15, 3),
        ("etcd-5", "10.0.4.15", 17, 4),
    ] {
        change(
            &mut plan,
            ChangeAction::Add,
            None,
            Some((name, host)),
            Some(line),
        );
        let now = standing(voters, voters);
        step(&mut plan, Kind::AddLearner, name, now, now);
        step(&mut plan, Kind::Start, name, now, now).by = Performer::Hand;
        step(
            &mut plan,
            Kind::Promote,
            name,
            now,
            standing(voters + 1, voters + 1),
        );
    }
    plan
}

#[test]
fn growth_from_three_to_five() {
    assert_snapshot!(shown(&growth()), @"
    prod-eu1   cluster id cdf818194e3a8c32   etcd 3.6.5
      seen     2026-11-23T12:04:07Z
      live     3 voters, all healthy; leader etcd-2; database 412 MiB; no alarms
      wanted   3 voters (clusters/prod-eu1.yaml)

    Members
        etcd-1   https://10.0.4.11:2380   voter
        etcd-2   https://10.0.4.12:2380   voter, leader
        etcd-3   https://10.0.4.13:2380   voter
      + etcd-4   https://10.0.4.14:2380   voter                           line 15
      + etcd-5   https://10.0.4.15:2380   voter                           line 17

    Steps                                              voters   quorum   can lose
                                                 now        3        2          1
      1  + add etcd-4 as learner                            3        2          1
      2  ! start etcd-4 (by hand)                           3        2          1
      3  ^ promote etcd-4 when in sync                      4        3          1
      4  + add etcd-5 as learner                            4        3          1
      5  ! start etcd-5 (by hand)                           4        3          1
      6  ^ promote etcd-5 when in sync                      5        3          2

    Plan: 2 to add, 0 to change, 0 to destroy.
    6 steps, 2 by hand. Never fewer than 1 member to spare.

    To run: etcdplan apply -f clusters/prod-eu1.yaml
    ");
}

fn dead_member() -> Plan {
    let mut plan = cluster(&["etcd-1", "etcd-2", "etcd-3"]);
    live(&mut plan, "etcd-2").leader = false;
    live(&mut plan, "etcd-2").health = Health::Dead;
    live(&mut plan, "etcd-3").leader = true;
    change(&mut plan, ChangeAction::Remove, Some("etcd-2"), None, None);
    change(
        &mut plan,
        ChangeAction::Add,
        None,
        Some(("etcd-4", "10.0.4.14")),
        Some(9),
    );
    let two = standing(2, 2);
    step(&mut plan, Kind::Remove, "etcd-2", standing(3, 2), two);
    step(&mut plan, Kind::AddLearner, "etcd-4", two, two);
    step(&mut plan, Kind::Start, "etcd-4", two, two);
    step(&mut plan, Kind::Promote, "etcd-4", two, standing(3, 3)).conditions =
        vec![Condition::InSync, Condition::Connected];
    plan.summary.add = 1;
    plan.summary.destroy = 1;
    plan.diagnostics.push(Diagnostic {
        code: "W0301".to_owned(),
        message: "no member can be lost during steps 1-4".to_owned(),
        details: vec![
            "the cluster is in this state already: waiting does not make it safer".to_owned(),
        ],
        steps: vec![StepId(1), StepId(2), StepId(3), StepId(4)],
        line: None,
    });
    let ends = |hosts: [&str; 3]| {
        hosts
            .iter()
            .flat_map(|host| urls(host).1.iter().cloned().collect::<Vec<_>>())
            .collect::<Urls>()
    };
    plan.clients = Clients {
        before: ends(["10.0.4.11", "10.0.4.12", "10.0.4.13"]),
        after: ends(["10.0.4.11", "10.0.4.13", "10.0.4.14"]),
        cut_off_after: None,
    };
    plan
}

#[test]
fn the_dead_one_of_three_is_replaced() {
    assert_snapshot!(shown(&dead_member()), @"
    prod-eu1   cluster id cdf818194e3a8c32   etcd 3.6.5
      seen     2026-11-23T12:04:07Z
      live     3 voters, 2 healthy; leader etcd-3; database 412 MiB; no alarms
      wanted   3 voters (clusters/prod-eu1.yaml)

    Members
        etcd-1   https://10.0.4.11:2380   voter
      - etcd-2   https://10.0.4.12:2380   voter, no answer            not in file
        etcd-3   https://10.0.4.13:2380   voter, leader
      + etcd-4   https://10.0.4.14:2380   voter                            line 9

    Steps                                              voters   quorum   can lose
                                                 now      2/3        2          0
      1  - remove etcd-2 (dead)                             2        2          0
      2  + add etcd-4 as learner                            2        2          0
      3  ! start etcd-4 (driver)                            2        2          0
      4  ^ promote etcd-4 when in sync                      3        2          1

    Client endpoints   - before   + after
        https://10.0.4.11:2379
      - https://10.0.4.12:2379
        https://10.0.4.13:2379
      + https://10.0.4.14:2379

    Warning: no member can be lost during steps 1-4  [W0301]
      the cluster is in this state already: waiting does not make it safer

    Plan: 1 to add, 0 to change, 1 to destroy.
    4 steps. Can lose 0 members during steps 1-4, then 1.

    To run: etcdplan apply -f clusters/prod-eu1.yaml
    It will ask for the name of the cluster, since a voter is removed.
    ");
}

#[test]
fn the_leader_moves_to_another_host() {
    let mut plan = cluster(&["etcd-2", "etcd-1", "etcd-3"]);
    change(
        &mut plan,
        ChangeAction::Move,
        Some("etcd-1"),
        Some(("etcd-1", "10.0.9.21")),
        Some(5),
    );
    let (all, down) = (standing(3, 3), standing(3, 2));
    step(&mut plan, Kind::MoveLeader, "etcd-1", all, all)
        .parameters
        .to = Some(successor("etcd-2"));
    for (kind, after) in [
        (Kind::Stop, down),
        (Kind::MoveData, down),
        (Kind::UpdatePeerUrls, down),
        (Kind::Start, all),
    ] {
        let step = step(&mut plan, kind, "etcd-1", down, after);
        step.parameters.peer_urls = Some(urls("10.0.9.21").0);
        step.parameters.previous_host = Some("10.0.4.12".to_owned());
    }
    plan.summary.change = 1;
    assert_snapshot!(shown(&plan), @"
    prod-eu1   cluster id cdf818194e3a8c32   etcd 3.6.5
      seen     2026-11-23T12:04:07Z
      live     3 voters, all healthy; leader etcd-1; database 412 MiB; no alarms
      wanted   3 voters (clusters/prod-eu1.yaml)

    Members
      ~ etcd-1   voter, leader   id 8e9e05c52164690c kept, data copied     line 5
          - peerURLs: [https://10.0.4.12:2380]
          - clientURLs: [https://10.0.4.12:2379]
          + peerURLs: [https://10.0.9.21:2380]
          + clientURLs: [https://10.0.9.21:2379]
        etcd-2   https://10.0.4.11:2380   voter
        etcd-3   https://10.0.4.13:2380   voter

    Steps                                              voters   quorum   can lose
                                                 now        3        2          1
      1  > move leadership from etcd-1 to etcd-2            3        2          1
      2  ! stop etcd-1 at 10.0.4.12 (driver)              2/3        2          0
      3  ! copy data of etcd-1 to 10.0.9.21 (driver)      2/3        2          0
      4  ~ set the peer URL of etcd-1                     2/3        2          0
      5  ! start etcd-1 at 10.0.9.21 (driver)               3        2          1

    Plan: 0 to add, 1 to change, 0 to destroy.
    5 steps. Can lose 0 members during steps 2-5, then 1.

    To run: etcdplan apply -f clusters/prod-eu1.yaml
    It will ask for the name of the cluster, since fewer members can be lost
    meanwhile.
    ");
}

#[test]
fn nothing_to_do() {
    assert_snapshot!(shown(&cluster(&["etcd-1", "etcd-2", "etcd-3"])), @"No changes. prod-eu1 matches clusters/prod-eu1.yaml (3 voters, all healthy).");
}

#[test]
fn refused() {
    let mut plan = cluster(&["etcd-1", "etcd-2", "etcd-3"]);
    live(&mut plan, "etcd-3").health = Health::Dead;
    change(&mut plan, ChangeAction::Remove, Some("etcd-2"), None, None);
    plan.summary.destroy = 1;
    plan.applyable = false;
    plan.refusals.push(Refusal {
        code: "E0310".to_owned(),
        member: Some("etcd-2".to_owned()),
        message: "removing etcd-2 would leave the cluster without a quorum".to_owned(),
        details: vec![
            "before: 3 voters, 2 healthy, quorum 2, can lose 0".to_owned(),
            "at the worst moment: 2 voters, 1 healthy, quorum 2, can lose -1".to_owned(),
        ],
        ways_out: vec![
            "bring etcd-3 back, then plan again".to_owned(),
            "take out etcd-3 instead".to_owned(),
        ],
    });
    assert_snapshot!(shown(&plan), @"
    prod-eu1   cluster id cdf818194e3a8c32   etcd 3.6.5
      seen     2026-11-23T12:04:07Z
      live     3 voters, 2 healthy; leader etcd-2; database 412 MiB; no alarms
      wanted   3 voters (clusters/prod-eu1.yaml)

    Members
        etcd-1   https://10.0.4.11:2380   voter
      - etcd-2   https://10.0.4.12:2380   voter, leader               not in file
        etcd-3   https://10.0.4.13:2380   voter, no answer

    Refused: removing etcd-2 would leave the cluster without a quorum  [E0310]
      before: 3 voters, 2 healthy, quorum 2, can lose 0
      at the worst moment: 2 voters, 1 healthy, quorum 2, can lose -1
      Do one of these:
        * bring etcd-3 back, then plan again
        * take out etcd-3 instead

    Not applyable: refused by 1 rule. Nothing was changed.
    ");
}

#[test]
fn an_outage_that_was_asked_for() {
    let mut plan = cluster(&["etcd-1"]);
    live(&mut plan, "etcd-1").leader = true;
    change(
        &mut plan,
        ChangeAction::Restart,
        Some("etcd-1"),
        Some(("etcd-1", "10.0.4.11")),
        Some(4),
    );
    step(
        &mut plan,
        Kind::Restart,
        "etcd-1",
        standing(1, 0),
        standing(1, 1),
    );
    plan.summary.change = 1;
    plan.overrides = vec![Override::AllowOutage];
    assert_snapshot!(shown(&plan), @"
    prod-eu1   cluster id cdf818194e3a8c32   etcd 3.6.5
      seen     2026-11-23T12:04:07Z
      live     1 voter, healthy; leader etcd-1; database 412 MiB; no alarms
      wanted   1 voter (clusters/prod-eu1.yaml)

    Members
      ~ etcd-1   https://10.0.4.11:2380   voter, leader           restart, line 4

    Steps                                              voters   quorum   can lose
                                                 now        1        1          0
      1  ! restart etcd-1 (driver)                     0/1->1        1      -1->0
           a->b: a during the step, b after it

    Plan: 0 to add, 1 to change, 0 to destroy.
    1 step. No quorum, so no writes, during step 1; can lose 0 in the end.
    Asked for: --allow-outage.

    To run: etcdplan apply -f clusters/prod-eu1.yaml
    It will ask for the name of the cluster, since fewer members can be lost
    meanwhile.
    ");
}

#[test]
fn long_names_keep_the_columns() {
    let long = "kube-control-plane-03.rack-b7.eu-central-1.example.com";
    let mut plan = cluster(&["etcd-1", "etcd-2", long]);
    change(
        &mut plan,
        ChangeAction::Replace,
        Some(long),
        Some((
            long,
            "kube-control-plane-04.rack-b7.eu-central-1.example.com",
        )),
        Some(12),
    );
    let (three, four) = (standing(3, 3), standing(4, 4));
    let new = |plan: &mut Plan, kind, after| {
        let step = step(plan, kind, long, after, after);
        step.member_id = None;
    };
    new(&mut plan, Kind::AddLearner, three);
    new(&mut plan, Kind::Start, three);
    new(&mut plan, Kind::Promote, four);
    step(&mut plan, Kind::Remove, long, three, three);
    assert_snapshot!(shown(&plan), @"
    prod-eu1   cluster id cdf818194e3a8c32   etcd 3.6.5
      seen     2026-11-23T12:04:07Z
      live     3 voters, all healthy; leader etcd-2; database 412 MiB; no alarms
      wanted   3 voters (clusters/prod-eu1.yaml)

    Members
        etcd-1   https://10.0.4.11:2380   voter
        etcd-2   https://10.0.4.12:2380   voter, leader
      - kube-control-plane-03.rack-b7.eu-central-1.example.com
                 https://10.0.4.13:2380   voter                          replaced
      + kube-control-plane-03.rack-b7.eu-central-1.example.com
                 https://kube-control-plane-04.rack-b7.eu-central-1.example.com:2380
                                          voter              replacement, line 12

    Steps                                              voters   quorum   can lose
                                                 now        3        2          1
      1  + add the new kube-control-plane-03.rack-b7.eu-central-1.example.com as learner
                                                            3        2          1
      2  ! start the new kube-control-plane-03.rack-b7.eu-central-1.example.com (driver)
                                                            3        2          1
      3  ^ promote the new kube-control-plane-03.rack-b7.eu-central-1.example.com when in sync
                                                            4        3          1
      4  - remove the old kube-control-plane-03.rack-b7.eu-central-1.example.com
                                                            3        2          1

    Plan: 0 to add, 0 to change, 0 to destroy.
    4 steps. Never fewer than 1 member to spare.

    To run: etcdplan apply -f clusters/prod-eu1.yaml
    It will ask for the name of the cluster, since a voter is removed.
    ");
}

#[test]
fn hostile_text_cannot_act() {
    let mut plan = cluster(&[
        "etcd-1\u{1b}[2J",
        "etcd-2\u{202e}",
        "etcd-3\nPlan: 0 to add",
    ]);
    plan.cluster.name = "\u{9b}31mprod".to_owned();
    plan.source.file = "a\rb.yaml".to_owned();
    change(
        &mut plan,
        ChangeAction::Rename,
        Some("etcd-3\nPlan: 0 to add"),
        Some(("etcd-3", "10.0.4.13")),
        None,
    );
    let all = standing(3, 3);
    step(&mut plan, Kind::Restart, "etcd-3\u{7}", all, all);
    plan.diagnostics.push(Diagnostic {
        code: "W0305".to_owned(),
        message: "etcd-1\u{1b}]0;title\u{7} does not answer".to_owned(),
        details: vec!["\u{8}\u{8}hidden".to_owned()],
        steps: Vec::new(),
        line: Some(3),
    });
    let view = View {
        detail: Detail::Full,
        ..View::default()
    };
    let text = text(&plan, &view);
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text}");
    assert_snapshot!(text, @r"
    \u{9b}31mprod   cluster id cdf818194e3a8c32   etcd 3.6.5
      seen     2026-11-23T12:04:07Z
      live     3 voters, all healthy; leader etcd-2\u{202e}; database 412 MiB; no
               alarms
      wanted   3 voters (a\u{d}b.yaml)

    Members
        etcd-1\u{1b}[2J   https://10.0.4.11:2380   voter
        etcd-2\u{202e}    https://10.0.4.12:2380   voter, leader
      ~ etcd-3            https://10.0.4.13:2380   voter                   rename
          - name: etcd-3\u{a}Plan: 0 to add
          + name: etcd-3

    Difference   - live   + wanted
        - name: etcd-1\u{1b}[2J
          peerURLs: [https://10.0.4.11:2380]
          clientURLs: [https://10.0.4.11:2379]
        - name: etcd-2\u{202e}
          peerURLs: [https://10.0.4.12:2380]
          clientURLs: [https://10.0.4.12:2379]
      - - name: etcd-3\u{a}Plan: 0 to add
      + - name: etcd-3
          peerURLs: [https://10.0.4.13:2380]
          clientURLs: [https://10.0.4.13:2379]

    Steps                                              voters   quorum   can lose
                                                 now        3        2          1
      1  ! restart etcd-3\u{7} (driver)                     3        2          1
            why      because

    Warning: etcd-1\u{1b}]0;title\u{7} does not answer  [W0305]
      \u{8}\u{8}hidden
      a\u{d}b.yaml:3

    Plan: 0 to add, 0 to change, 0 to destroy.
    1 step. Never fewer than 1 member to spare.
    ");
}

#[test]
fn clients_that_would_be_cut_off() {
    let mut plan = dead_member();
    plan.clients.after = urls("10.0.9.1").1;
    plan.clients.cut_off_after = Some(StepId(4));
    let text = shown(&plan);
    let (_, clients) = text.split_once("\nClient endpoints").unwrap();
    let (clients, _) = clients.split_once("\n\n").unwrap();
    assert_snapshot!(clients, @"
     - before   + after
    - https://10.0.4.11:2379
    - https://10.0.4.12:2379
    - https://10.0.4.13:2379
    + https://10.0.9.1:2379
    Warning: after step 4 none of today's endpoints is left; tell the clients the
             new ones before
    ");
}

#[test]
fn colours_only_add() {
    for plan in [growth(), dead_member(), cluster(&["etcd-1"])] {
        let view = View {
            palette: Palette::Colour,
            detail: Detail::Full,
            command: Some("etcdplan apply -f a.yaml"),
        };
        let coloured = text(&plan, &view);
        let palette = Palette::Plain;
        let plain = text(&plan, &View { palette, ..view });
        assert_ne!(coloured, plain);
        let mut stripped = String::new();
        for (index, part) in coloured.split("\u{1b}[").enumerate() {
            let shown = if index == 0 {
                part
            } else {
                part.split_once('m').unwrap().1
            };
            stripped.push_str(shown);
        }
        assert_eq!(stripped, plain);
    }
}

#[test]
fn every_reason_with_verbose() {
    let view = View {
        detail: Detail::Full,
        ..View::default()
    };
    assert_snapshot!(text(&dead_member(), &view), @"
    prod-eu1   cluster id cdf818194e3a8c32   etcd 3.6.5
      seen     2026-11-23T12:04:07Z
      live     3 voters, 2 healthy; leader etcd-3; database 412 MiB; no alarms
      wanted   3 voters (clusters/prod-eu1.yaml)

    Members
        etcd-1   https://10.0.4.11:2380   voter
      - etcd-2   https://10.0.4.12:2380   voter, no answer            not in file
        etcd-3   https://10.0.4.13:2380   voter, leader
      + etcd-4   https://10.0.4.14:2380   voter                            line 9

    Difference   - live   + wanted
        - name: etcd-1
          peerURLs: [https://10.0.4.11:2380]
          clientURLs: [https://10.0.4.11:2379]
      - - name: etcd-2
      -   peerURLs: [https://10.0.4.12:2380]
      -   clientURLs: [https://10.0.4.12:2379]
        - name: etcd-3
          peerURLs: [https://10.0.4.13:2380]
          clientURLs: [https://10.0.4.13:2379]
      + - name: etcd-4
      +   peerURLs: [https://10.0.4.14:2380]
      +   clientURLs: [https://10.0.4.14:2379]

    Steps                                              voters   quorum   can lose
                                                 now      2/3        2          0
      1  - remove etcd-2 (dead)                             2        2          0
            why      because
      2  + add etcd-4 as learner                            2        2          0
            why      because
            after 1  one at a time
      3  ! start etcd-4 (driver)                            2        2          0
            why      because
            after 2  one at a time
      4  ^ promote etcd-4 when in sync                      3        2          1
            why      because
            after 3  one at a time
            only if  it is in sync, on two looks
            only if  the leader sees it, and its peer port answers

    Client endpoints   - before   + after
        https://10.0.4.11:2379
      - https://10.0.4.12:2379
        https://10.0.4.13:2379
      + https://10.0.4.14:2379

    Warning: no member can be lost during steps 1-4  [W0301]
      the cluster is in this state already: waiting does not make it safer

    Plan: 1 to add, 0 to change, 1 to destroy.
    4 steps. Can lose 0 members during steps 1-4, then 1.
    ");
}
