//! A topology file from a live cluster: its plan has no changes, whatever lives there.

#[cfg(feature = "cli")]
mod program;

use etcdplan::adopt::{Adoption, Options, adopt};
use etcdplan::member::{MemberId, MemberName};
use etcdplan::observation::{Condition, Disturbance, LiveMember, Observation};
use etcdplan::plan::{self, Plan};
use etcdplan::render::{self, View};
use etcdplan::topology::{self, Connect};
use etcdplan::url::{Url, Urls};
use etcdplan::version::Version;
use insta::assert_snapshot;
use proptest::prelude::*;

use crate::notation;

fn live(text: &str) -> Observation {
    notation::live(text, Version::new(3, 5, 30))
}

fn named() -> Options {
    Options {
        name: Some("prod-eu".to_owned()),
        ..Options::default()
    }
}

/// The file, and its plan on the cluster that it was made from.
fn adopted(observation: &Observation) -> (Adoption, Plan) {
    let adoption = adopt(observation, &named());
    assert_eq!(adoption, adopt(observation, &named()));
    let loaded = topology::load("adopted.yaml", &adoption.text)
        .unwrap_or_else(|problems| panic!("{:?}\n{}", problems.list, adoption.text));
    let plan = plan::build(&loaded.topology, observation, &plan::Options::default());
    (adoption, plan)
}

fn member(observation: &mut Observation, id: u64) -> &mut LiveMember {
    let mut members = observation.members.iter_mut();
    members.find(|m| m.id == MemberId::new(id)).unwrap()
}

/// Everything that a file can say: its plan has no changes, and nothing is to be decided.
#[track_caller]
fn is_faithful(observation: &Observation) {
    let (adoption, plan) = adopted(observation);
    assert_eq!(adoption.notices, [], "{}", adoption.text);
    assert!(!plan.has_changes && plan.refusals.is_empty(), "{plan:?}");
    let shown = render::text(&plan, &View::default());
    assert!(shown.contains("No changes. prod-eu matches"), "{shown}");
}

#[test]
fn a_cluster_that_a_file_can_describe_is_left_as_it_is() {
    for notation in [
        "voters=(m1*)",
        "voters=(m1* m2)",
        "voters=(m1* m2 m3)",
        "voters=(m1* m2 m3 m4)",
        "voters=(m1* m2! m3)",
        "voters=(m1* m2~ m3)",
        "voters=(m1 m2! m3!)",
        "voters=(m1* m2 m3) learners=(m4)",
        "voters=(m1* m2 m3) learners=(m4 m5)",
        "voters=(m1* m2 m3) learners=(m4!)",
        "voters=(m10* m9:2390 m3@13)",
    ] {
        is_faithful(&live(notation));
    }
}

#[test]
fn urls_and_names_are_taken_as_they_are() {
    let urls = |texts: &[&str]| Urls::observed(texts);
    let mut observation = live("voters=(m1* m2 m3)");
    member(&mut observation, 1).peer_urls =
        urls(&["https://[fd00::1]:2380", "https://a.example:2380"]);
    member(&mut observation, 1).client_urls =
        urls(&["https://[fd00::1]:2379", "http://a.example:2378"]);
    member(&mut observation, 2).peer_urls = urls(&["https://[fd00::2]:2380"]);
    member(&mut observation, 2).name = MemberName::observed("null");
    member(&mut observation, 3).name =
        MemberName::observed("größer#:&*!|>'\"%@`{}[]\\$(x)\u{202e}");
    is_faithful(&observation);
    for name in [
        "0x1", "1e3", "~", "-", "true", "<<", "=", "a:", "?", "!!str",
    ] {
        let mut observation = live("voters=(m1*)");
        member(&mut observation, 1).name = MemberName::observed(name);
        if MemberName::parse(name).is_ok() {
            is_faithful(&observation);
        }
    }
}

#[test]
fn what_goes_on_in_the_cluster_does_not_matter() {
    let mut observation = live("voters=(m1* m2 m3)");
    let member = MemberId::new(2);
    observation
        .disturbances
        .insert(Disturbance::NoSpace { member });
    observation
        .disturbances
        .insert(Disturbance::DowngradeEnabled);
    is_faithful(&observation);
}

#[test]
fn members_of_several_versions_are_left_as_they_are() {
    let mut observation = live("voters=(m1* m2 m3)");
    if let Condition::Running(status) = &mut member(&mut observation, 2).condition {
        status.version = Version::new(3, 5, 16);
    }
    is_faithful(&observation);
    let text = adopt(&observation, &named()).text;
    assert!(text.contains("# members run 3.5.16 and 3.5.30\n"), "{text}");
    let reason = "permission denied".to_owned();
    member(&mut observation, 2).condition = Condition::Barred { reason };
    is_faithful(&observation);
}

/// What a file cannot say is said beside it: the code, and how the plan begins.
#[track_caller]
fn is_told(observation: &Observation, codes: &[&str]) -> (String, Plan) {
    let (adoption, plan) = adopted(observation);
    let told: Vec<&str> = adoption
        .notices
        .iter()
        .filter_map(|notice| notice.code.as_deref())
        .collect();
    assert_eq!(told, codes, "{}", adoption.text);
    for notice in &adoption.notices {
        assert!(!notice.ways_out.is_empty());
        let code = format!("[{}]", notice.code.as_ref().unwrap());
        assert!(adoption.text.contains(&code), "{}", adoption.text);
    }
    assert_eq!(plan.summary.destroy, 0, "{}", adoption.text);
    (adoption.text, plan)
}

fn actions(plan: &Plan) -> Vec<String> {
    let changes = plan.changes.iter();
    changes
        .map(|change| format!("{} {:?}", change.member, change.action))
        .collect()
}

#[test]
fn a_member_that_has_never_started_gets_a_name_and_is_not_removed() {
    let (text, plan) = is_told(&live("voters=(m1* m2 m3?)"), &["W0602"]);
    assert!(text.contains("- name: member-0000000000000003"), "{text}");
    assert_eq!(actions(&plan), ["member-0000000000000003 Finish"]);
    let (text, plan) = is_told(&live("voters=(m1* m2 m3) learners=(m4?)"), &["W0602"]);
    assert!(
        text.contains("clientURLs: [http://10.0.0.4:2379]\n    role: learner"),
        "{text}"
    );
    assert_eq!(actions(&plan), ["member-0000000000000004 Finish"]);
}

#[test]
fn names_that_a_file_cannot_have_are_changed() {
    let mut observation = live("voters=(m1* m2 m3)");
    member(&mut observation, 3).name = MemberName::observed("m1");
    let (text, plan) = is_told(&observation, &["W0603"]);
    assert!(text.contains("- name: m1-2\n"), "{text}");
    assert_eq!(actions(&plan), ["m1-2 Rename"]);
    let mut observation = live("voters=(m1* m2 m3)");
    for (id, name) in [(1, "a b=c"), (2, "a-b-c"), (3, "\u{1b}\n")] {
        member(&mut observation, id).name = MemberName::observed(name);
    }
    let (text, plan) = is_told(&observation, &["W0603", "W0603"]);
    assert!(!text.contains('\u{1b}'), "{text}");
    assert_eq!(
        actions(&plan),
        ["a-b-c-2 Rename", "member-0000000000000003 Rename"]
    );
}

#[test]
fn urls_that_a_file_cannot_have_are_left_out() {
    let client = |id: u64, urls: &[&str]| {
        let mut observation = live("voters=(m1* m2 m3)");
        member(&mut observation, id).client_urls = Urls::observed(urls);
        observation
    };
    for (observation, written) in [
        (client(2, &[]), "clientURLs: [http://10.0.0.2:2379]"),
        (
            client(2, &["http://0.0.0.0:2381"]),
            "clientURLs: [http://10.0.0.2:2381]",
        ),
        (
            client(2, &["unix://m2:1"]),
            "clientURLs: [http://10.0.0.2:2379]",
        ),
        (
            client(2, &["http://10.0.0.1:2379"]),
            "clientURLs: [http://10.0.0.2:2379]",
        ),
        (
            client(2, &["http://10.0.0.2:2379/"]),
            "clientURLs: [http://10.0.0.2:2379]",
        ),
        (
            client(2, &["http://10.0.0.2:2379", "https://10.0.0.2:2379"]),
            "clientURLs: [http://10.0.0.2:2379]",
        ),
    ] {
        let (text, plan) = is_told(&observation, &["W0604"]);
        assert_eq!(text.matches(written).count(), 1, "{text}");
        assert_eq!(actions(&plan), ["m2 Rename"]);
    }
    // As etcd is by default: every member says the same of itself.
    let mut observation = live("voters=(m1* m2 m3)");
    for id in 1..=3 {
        let urls = Urls::observed(&["http://localhost:2379"]);
        member(&mut observation, id).client_urls = urls;
    }
    let (text, plan) = is_told(&observation, &["W0604", "W0604"]);
    assert!(
        text.contains("clientURLs: [http://localhost:2379]"),
        "{text}"
    );
    assert_eq!(actions(&plan), ["m2 Rename", "m3 Rename"]);
}

#[test]
fn a_member_whose_peer_url_is_none_keeps_its_place() {
    let with = |peer: &[&str], client: &[&str]| {
        let mut observation = live("voters=(m1* m2 m3)");
        member(&mut observation, 2).peer_urls = Urls::observed(peer);
        member(&mut observation, 2).client_urls = Urls::observed(client);
        observation
    };
    let (text, plan) = is_told(
        &with(&["http://10.0.0.2"], &["http://10.0.0.2:2379"]),
        &["W0604"],
    );
    assert!(text.contains("peerURLs: [http://10.0.0.2:2380]"), "{text}");
    assert_eq!(actions(&plan), ["m2 Readdress"]);
    // Nobody knows where it is: no plan acts on what is made up.
    for peer in [&["unix://"][..], &[]] {
        let (adoption, plan) = adopted(&with(peer, &[]));
        let text = adoption.text;
        assert!(
            text.contains("member-0000000000000002.invalid:2380"),
            "{text}"
        );
        assert!(text.contains("id: \"0000000000000002\""), "{text}");
        assert_eq!(plan.refusals.len(), 1, "{plan:?}");
        assert!(adoption.notices.len() == 2, "{text}");
    }
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

#[test]
fn the_file_is_a_beginning() {
    let mut observation = live("voters=(infra1* infra2) learners=(infra3)");
    let connect = Connect {
        endpoints: [url("https://10.0.0.1:2379")].into_iter().collect(),
        ca_file: Some("pki/ca.crt".to_owned()),
        user: Some("root".to_owned()),
        ..Connect::default()
    };
    let options = Options {
        name: None,
        connect,
    };
    assert_snapshot!(adopt(&observation, &options).text, @r#"
    # yaml-language-server: $schema=topology.v1.json
    # For the line above: etcdplan schema topology > topology.v1.json

    # Cluster 00000000000000c1 as it was at 2026-01-02T03:04:05Z, written by etcdplan adopt.
    # What is commented out is optional.

    apiVersion: etcdplan/v1
    cluster:
      name: infra                      # what the members' names begin with: write what people call it
      id: "00000000000000c1"           # refuses any other cluster that answers
      # version: "3.5.30"              # what every member runs now; another one here upgrades them
    connect:                           # paths are relative to this file
      endpoints: [https://10.0.0.1:2379]
      caFile: pki/ca.crt               # the authorities that sign the servers' certificates
      user: root                       # its password: ETCDPLAN_PASSWORD, or passwordFile
    # driver:                          # how processes on hosts are reached; without it: by hand
    #   kind: exec
    #   exec:
    #     start: [ops/etcd-on-host, start]
    #     stop: [ops/etcd-on-host, stop]
    # host:                            # defaults for every member's host
    #   dataDir: /var/lib/etcd         # where etcd keeps its data there
    members:
      - name: infra1
        peerURLs: [http://10.0.0.1:2380]
        clientURLs: [http://10.0.0.1:2379]
        # zone: eu-1a                  # failure domain: plans warn if one holds too many voters
        # protect: true                # any plan that removes it is refused
        # host:                        # where it differs from the defaults
        #   dataDir: /data/etcd
      - name: infra2
        peerURLs: [http://10.0.0.2:2380]
        clientURLs: [http://10.0.0.2:2379]
      - name: infra3
        peerURLs: [http://10.0.0.3:2380]
        clientURLs: [http://10.0.0.3:2379]
        role: learner                  # without this line it is promoted
    policy:
      allowEvenVoters: true            # there are 2: one more or one less serves better
      # minCanLose: 1                  # no step may leave fewer to spare
    "#);
    observation = live("voters=(m1* infra2 infra3?)");
    assert_snapshot!(adopt(&observation, &Options::default()).text, @r#"
    # yaml-language-server: $schema=topology.v1.json
    # For the line above: etcdplan schema topology > topology.v1.json

    # Cluster 00000000000000c1 as it was at 2026-01-02T03:04:05Z, written by etcdplan adopt.
    # What is commented out is optional.

    # member 0000000000000003 has never started, and so has no name [W0602]
    #   the file makes up the name `member-0000000000000003` for it, and the client URL
    #   http://10.0.0.3:2379: its plan is to start it
    #   * write the name and the client URLs that it is started with
    #   * take its entry out: the plan then removes it from the cluster

    apiVersion: etcdplan/v1
    cluster:
      name: my-cluster                 # etcd does not know its name: write what people call it
      id: "00000000000000c1"           # refuses any other cluster that answers
      # version: "3.5.30"              # what every member runs now; another one here upgrades them
    # connect:                         # how the cluster is reached; without it: the clientURLs, no TLS
    #   caFile: pki/ca.crt
    # driver:                          # how processes on hosts are reached; without it: by hand
    #   kind: exec
    #   exec:
    #     start: [ops/etcd-on-host, start]
    #     stop: [ops/etcd-on-host, stop]
    # host:                            # defaults for every member's host
    #   dataDir: /var/lib/etcd         # where etcd keeps its data there
    members:
      - name: infra2
        peerURLs: [http://10.0.0.2:2380]
        clientURLs: [http://10.0.0.2:2379]
        # zone: eu-1a                  # failure domain: plans warn if one holds too many voters
        # protect: true                # any plan that removes it is refused
        # host:                        # where it differs from the defaults
        #   dataDir: /data/etcd
      - name: m1
        peerURLs: [http://10.0.0.1:2380]
        clientURLs: [http://10.0.0.1:2379]
      - name: member-0000000000000003
        peerURLs: [http://10.0.0.3:2380]
        clientURLs: [http://10.0.0.3:2379]
    # policy:
    #   minCanLose: 1                  # no step may leave fewer to spare
    "#);
}

/// A cluster whose members have these names and URLs.
fn cluster(members: &[(&str, &str, &str)]) -> Observation {
    let notation: Vec<String> = (1..=members.len()).map(|id| format!("m{id}")).collect();
    let mut observation = live(&format!("voters=({})", notation.join(" ")));
    for (live, (name, peer, client)) in observation.members.iter_mut().zip(members) {
        live.name = MemberName::observed(name);
        live.peer_urls = Urls::observed(&[peer]);
        live.client_urls = Urls::observed(&[client]);
    }
    observation
}

/// Which managers are named.
fn managers(members: &[(&str, &str, &str)]) -> Vec<String> {
    let adoption = adopt(&cluster(members), &named());
    let notices = adoption.notices.iter();
    notices
        .filter(|notice| notice.code.as_deref() == Some("W0601"))
        .map(|notice| notice.message.replace(" seems to manage these members", ""))
        .collect()
}

#[test]
fn other_managers_are_known_by_what_they_write() {
    let at = |name: &'static str, peer: &'static str, client: &'static str| [(name, peer, client)];
    for (members, manager) in [
        (
            at(
                "srv1-1a2b3c4d",
                "https://10.0.0.1:2380",
                "https://10.0.0.1:2379",
            ),
            "k3s or RKE2",
        ),
        (
            at(
                "example-bcd2456789",
                "http://example-bcd2456789.example.default.svc:2380",
                "http://example-bcd2456789.example.default.svc:2379",
            ),
            "the etcd operator",
        ),
        (
            at(
                "etcd-0",
                "http://etcd-0.etcd-headless.ns.svc.cluster.local:2380",
                "http://etcd-0.etcd-headless.ns.svc.cluster.local:2379",
            ),
            "a Kubernetes StatefulSet",
        ),
        (
            at(
                "etcd-a",
                "https://etcd-a.internal.k.example:2381",
                "https://etcd-a.internal.k.example:4002",
            ),
            "kops",
        ),
        (
            at(
                "etcd-bootstrap",
                "https://10.0.0.9:2380",
                "https://10.0.0.9:2379",
            ),
            "OpenShift",
        ),
        (
            at(
                "kind-control-plane2",
                "https://172.18.0.3:2380",
                "https://172.18.0.3:2379",
            ),
            "kubeadm, or another installer of Kubernetes",
        ),
    ] {
        assert_eq!(managers(&members), [manager], "{members:?}");
    }
}

#[test]
fn a_cluster_made_by_hand_is_nobody_elses() {
    for members in [
        [("etcd-1", "https://10.0.4.11:2380", "https://10.0.4.11:2379")],
        [("infra0", "http://10.0.4.11:2380", "http://10.0.4.11:2379")],
        [(
            "etcd-1a2b3c4d",
            "http://10.0.4.11:2380",
            "http://10.0.4.11:2379",
        )],
        [(
            "master-1",
            "https://master-1.example:2380",
            "https://master-1.example:2379",
        )],
        [(
            "db-12",
            "https://db-12.svc.example:2380",
            "https://db-12.svc.example:2379",
        )],
        [("etcd0", "http://etcd0.etcd:2380", "http://etcd0.etcd:2379")],
    ] {
        assert_eq!(managers(&members), [""; 0], "{members:?}");
    }
    // One of many that happens to end in hex digits.
    let members = [
        (
            "etcd-deadbeef",
            "https://10.0.0.1:2380",
            "https://10.0.0.1:2379",
        ),
        ("etcd-b", "https://10.0.0.2:2380", "https://10.0.0.2:2379"),
    ];
    assert_eq!(managers(&members), [""; 0]);
}

#[test]
fn a_warning_says_what_the_manager_would_do() {
    let members = [(
        "srv1-1a2b3c4d",
        "https://10.0.0.1:2380",
        "https://10.0.0.1:2379",
    )];
    let notices = adopt(&cluster(&members), &named()).notices;
    assert_snapshot!(notices[0].text(render::palette::Palette::Plain), @"
    Warning: k3s or RKE2 seems to manage these members  [W0601]
      `srv1-1a2b3c4d`: its name ends in the eight hex digits that these add to a
      node's name
      etcd runs inside of their server process: a server adds its own member when
      it starts, removes it when its node is deleted, and has no setting for
      another address
      Way out: if it does, let it make the changes, and use etcdplan to look
    ");
}

/// Any text, much of it hostile.
fn hostile() -> impl Strategy<Value = String> {
    let sign = prop_oneof![
        Just("\u{1b}[2J".to_owned()),
        Just("\n".to_owned()),
        Just("\r\n- name: x".to_owned()),
        Just("\u{9b}31m\u{85}\u{2028}".to_owned()),
        Just("\u{202e}\u{feff}\u{fffe}\u{e0041}".to_owned()),
        Just("]: {\"'#&*!|>%@`\\".to_owned()),
        Just("\0\u{7f}".to_owned()),
        Just("http://10.0.0.1:2380".to_owned()),
        Just("https://[::1]:1".to_owned()),
        "[a-z=, ]{0,4}",
        "\\PC{0,3}",
    ];
    proptest::collection::vec(sign, 0..4).prop_map(|signs| signs.concat())
}

proptest! {
    /// Whatever members call themselves, the file is valid, keeps them all, and holds nothing that acts.
    #[test]
    fn no_name_or_url_breaks_out(texts in proptest::collection::vec(hostile(), 9), cluster in hostile()) {
        let mut observation = live("voters=(m1* m2 m3!) learners=(m4 m5?)");
        observation.observed_at.clone_from(&cluster);
        for (live, texts) in observation.members.iter_mut().zip(texts.chunks(3)) {
            live.name = MemberName::observed(&texts[0]);
            live.client_urls = Urls::observed(&texts[1..2]);
            live.peer_urls = live.peer_urls.iter().cloned().chain([Url::observed(&texts[2])]).collect();
        }
        let (adoption, _) = adopted(&observation);
        let acts = |c: char| c != '\n' && render::plain::plain(&c.to_string()) != c.to_string();
        prop_assert!(!adoption.text.contains(acts), "{}", adoption.text);
        let loaded = topology::load("adopted.yaml", &adoption.text).unwrap();
        prop_assert_eq!(loaded.topology.members.len(), 5);
    }
}
