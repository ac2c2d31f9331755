//! What a person reads where a plan is refused: the rule, the numbers, the way out.

use etcdplan::member::{ClusterId, MemberId, MemberName};
use etcdplan::observation::{Disturbance, Observation};
use etcdplan::plan::{self, Options};
use etcdplan::render::{self, View};
use etcdplan::topology::Topology;
use etcdplan::url::Url;

use crate::notation;

/// The refusals of the plan from one cluster to another.
fn refused(live: &str, wanted: &str, more: impl FnOnce(&mut Topology, &mut Options)) -> String {
    let live = notation::live(live, "3.5.30".parse().unwrap());
    refused_on(&live, wanted, more)
}

fn refused_on(
    live: &Observation,
    wanted: &str,
    more: impl FnOnce(&mut Topology, &mut Options),
) -> String {
    let (mut wanted, mut options) = (notation::wanted(wanted), Options::default());
    more(&mut wanted, &mut options);
    let plan = plan::build(&wanted, live, &options);
    assert!(!plan.applyable);
    let shown = render::text(&plan, &View::default());
    let begins = shown.find("Refused").expect("it says so");
    shown.split_at(begins).1.to_owned()
}

fn nothing(_: &mut Topology, _: &mut Options) {}

#[test]
fn a_healthy_member_goes_while_another_is_dead() {
    insta::assert_snapshot!(refused("voters=(m1* m2 m3!)", "m1 m3", nothing), @r"
    Refused: removing m2 would leave the cluster without a quorum  [E0310]
      now: 3 voters, quorum 2, 2 healthy
      after removing m2: 2 voters, quorum 2, 1 healthy
      answering besides m2: m1
      not answering: m3
      Do one of these:
        * bring m3 back, then plan again
        * take m3 out of the file instead

    Not applyable: refused by 1 rule. Nothing was changed.
    ");
}

#[test]
fn the_last_voter_goes() {
    let replace = |_: &mut Topology, options: &mut Options| {
        let name = MemberName::parse("m1").unwrap();
        options.requests.replace.insert(name);
    };
    insta::assert_snapshot!(refused("voters=(m1*)", "m1", replace), @r"
    Refused: m1 is the only voter, and a new one could come to its host only
             without it  [E0214]
      in the file: line 5
      Way out: add a member on another host first, and replace this one then

    Not applyable: refused by 1 rule. Nothing was changed.
    ");
}

#[test]
fn two_learners_at_once() {
    let wanted = "m1 m2 m3 m4/learner m5/learner";
    insta::assert_snapshot!(refused("voters=(m1* m2 m3)", wanted, nothing), @r"
    Refused: m4 is a learner already, and etcd before 3.6 allows one  [E0316]
      learners: 1 now, 2 with this one; etcd before 3.6 allows 1
      Do one of these:
        * let m4 vote (role: voter), or take it out of the file
        * on etcd 3.6 and later: start every member with --max-learners

    Not applyable: refused by 1 rule. Nothing was changed.
    ");
}

#[test]
fn a_nospace_alarm_is_up() {
    let mut live = notation::live("voters=(m1* m2 m3)", "3.5.30".parse().unwrap());
    let member = MemberId::new(1);
    live.disturbances.insert(Disturbance::NoSpace { member });
    insta::assert_snapshot!(refused_on(&live, "m1 m2 m4", nothing), @r"
    Refused: the NOSPACE alarm of m1 is raised  [E0330]
      Way out: free space: etcdctl compact, defrag, then alarm disarm

    Not applyable: refused by 1 rule. Nothing was changed.
    ");
}

#[test]
fn there_is_no_quorum() {
    insta::assert_snapshot!(refused("voters=(m1 m2! m3!)", "m1 m2 m4", nothing), @r"
    Refused: the cluster has no quorum  [E0301]
      now: 3 voters, quorum 2, 0 healthy, 1 may or may not be
      Do one of these:
        * start the members that are down: a majority brings the cluster back
        * if their data is gone for ever: etcdplan recover -f FILE

    Not applyable: refused by 1 rule. Nothing was changed.
    ");
}

#[test]
fn it_is_another_cluster() {
    let other = |wanted: &mut Topology, _: &mut Options| {
        wanted.cluster.id = Some(ClusterId::new(0xab));
    };
    insta::assert_snapshot!(refused("voters=(m1* m2 m3)", "m1 m2 m4", other), @r"
    Refused: this is another cluster: the file is for 00000000000000ab, and
             00000000000000c1 answers  [E0201]
      Way out: correct `cluster.id`, or the endpoints

    Not applyable: refused by 1 rule. Nothing was changed.
    ");
}

#[test]
fn one_entry_has_the_urls_of_two_members() {
    let both = |wanted: &mut Topology, _: &mut Options| {
        let other = Url::parse("http://10.0.0.2:2380").unwrap();
        let first = &mut wanted.members[0];
        first.peer_urls = first.peer_urls.iter().cloned().chain([other]).collect();
    };
    insta::assert_snapshot!(refused("voters=(m1* m2 m3)", "m1 m3 m4", both), @r"
    Refused: m1 is ambiguous: its peer URLs belong to several members  [E0204]
      in the file: line 5
      live: 0000000000000001 (m1), 0000000000000002 (m2)
      Way out: write `id:` into m1, to say which member it is

    Not applyable: refused by 1 rule. Nothing was changed.
    ");
}

#[test]
fn the_only_voter_is_restarted() {
    let restart = |_: &mut Topology, options: &mut Options| {
        let name = MemberName::parse("m1").unwrap();
        options.requests.restart.insert(name);
    };
    insta::assert_snapshot!(refused("voters=(m1*)", "m1", restart), @r"
    Refused: m1 cannot go down without an outage  [E0311]
      quorum 1 of 1: every voter is needed
      Do one of these:
        * grow to three voters first
        * accept the outage: --allow-outage

    Not applyable: refused by 1 rule. Nothing was changed.
    ");
}

#[test]
fn peers_go_from_http_to_https() {
    insta::assert_snapshot!(refused("voters=(m1* m2 m3)", "m1 m2 m3/https", nothing), @r"
    Refused: the peer URL of m3 cannot go from http to https in one step  [E0327]
      now: http://10.0.0.3:2380; in the file: https://10.0.0.3:2380
      Do one of these:
        * keep http, and first restart every member with its peer certificate, key
          and CA, the leader last
        * only then write https for m3

    Not applyable: refused by 1 rule. Nothing was changed.
    ");
}

#[test]
fn a_new_member_has_https_among_http() {
    insta::assert_snapshot!(refused("voters=(m1* m2 m3)", "m1 m2 m3 m4/https", nothing), @r"
    Refused: https://10.0.0.4:2380 is https, and the peer URL of m1 is http
             [E0328]
      Do one of these:
        * write http for it too, as m1 has it
        * take the peers that are there to https first

    Not applyable: refused by 1 rule. Nothing was changed.
    ");
}

#[test]
fn a_voter_would_go_for_a_second_learner() {
    let replace = |_: &mut Topology, options: &mut Options| {
        let name = MemberName::parse("m3").unwrap();
        options.requests.replace.insert(name);
    };
    let live = "voters=(m1* m2 m3) learners=(m4)";
    let live = notation::live(live, "3.6.14".parse().unwrap());
    insta::assert_snapshot!(refused_on(&live, "m1 m2 m3 m4/learner", replace), @r"
    Refused: a voter would leave before m3 can be added, and m4 is a learner
             already  [E0352]
      etcd may refuse a second learner for ever: --max-learners is 1 unless every
      member has another, and no call tells
      Do one of these:
        * let m4 vote (role: voter), or take it out of the file
        * give m3 a place of its own, so that it comes before the other leaves
        * with --max-learners above 1 on every member: leave m3 out, apply, and
          write it again

    Not applyable: refused by 1 rule. Nothing was changed.
    ");
}

fn named(name: &str) -> MemberName {
    MemberName::parse(name).unwrap()
}

#[test]
fn an_entry_is_pinned_to_nobody() {
    let pinned = |wanted: &mut Topology, _: &mut Options| {
        wanted.members[0].id = Some(MemberId::new(9));
        wanted.members[1].id = Some(MemberId::new(2));
        wanted.members[2].id = Some(MemberId::new(2));
    };
    insta::assert_snapshot!(refused("voters=(m1* m2 m3)", "m1 m2 m3", pinned));
}

#[test]
fn nobody_says_how_large_the_database_is() {
    let mut live = notation::live("voters=(m1* m2 m3)", "3.5.30".parse().unwrap());
    for member in &mut live.members {
        member.condition = etcdplan::observation::Condition::Silent {
            reason: "timed out".to_owned(),
        };
    }
    insta::assert_snapshot!(refused_on(&live, "m1@11 m2 m3", nothing));
}

/// It is not called dead, and nothing is done that counts on it.
#[test]
fn a_member_does_not_let_us_in() {
    let mut live = notation::live("voters=(m1* m2 m3)", "3.5.30".parse().unwrap());
    let reason = "https://10.0.0.3:2379: its certificate is for etcd.example.com".to_owned();
    live.members[2].condition = etcdplan::observation::Condition::Barred { reason };
    let plan = plan::build(&notation::wanted("m1 m2 m3"), &live, &Options::default());
    let shown = render::text(&plan, &View::default());
    insta::assert_snapshot!("a_member_is_kept_that_does_not_let_us_in", shown);
    insta::assert_snapshot!(refused_on(&live, "m1 m3", nothing));
}

#[test]
fn a_protected_member_would_go() {
    let wanted = "m1 m2 m3@13/protect/discard";
    insta::assert_snapshot!(refused("voters=(m1* m2 m3)", wanted, nothing));
}

#[test]
fn versions_that_no_restart_reaches() {
    let wants = |version: &str| {
        let version = version.parse().unwrap();
        move |wanted: &mut Topology, _: &mut Options| wanted.cluster.version = Some(version)
    };
    let to = |version: &str| refused("voters=(m1* m2 m3)", "m1 m2 m3", wants(version));
    insta::assert_snapshot!(to("3.7.1"));
    insta::assert_snapshot!(to("3.4.23"));
}

#[test]
fn a_flag_names_nobody_of_the_file() {
    let asks = |wanted: &mut Topology, options: &mut Options| {
        wanted.members[0].name = named("infra0");
        options.requests.restart.insert(named("infra9"));
        options.requests.replace.insert(named("elsewhere"));
    };
    insta::assert_snapshot!(refused("voters=(m1* m2 m3)", "m1 m2 m3", asks));
}
