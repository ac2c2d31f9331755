use super::*;
use crate::amount::Size;
use crate::apply::Obstacle;
use crate::etcd::KnownMember;
use crate::etcd::answer::StatusAnswer;
use crate::etcd::probe::metrics::Metrics;
use crate::member::{ClusterId, MemberName};
use crate::observation::{Disturbance, Health};
use crate::url::Urls;

fn id(n: u64) -> MemberId {
    MemberId::new(n)
}

fn url(n: u64) -> Url {
    Url::observed(&format!("http://m{n}:2379"))
}

fn listed(n: u64) -> Listed {
    Listed {
        id: id(n),
        name: MemberName::observed(&format!("m{n}")),
        peer_urls: Urls::observed(&[format!("http://m{n}:2380")]),
        client_urls: Urls::observed(&[format!("http://m{n}:2379")]),
        role: Role::Voter,
    }
}

/// m1, which leads, m2, and m3; each sees the others.
fn three() -> Answers {
    let list = vec![listed(1), listed(2), listed(3)];
    let site = |n: u64| Site {
        status: Some(Ok(StatusAnswer {
            cluster: Some(ClusterId::new(9)),
            member: id(n),
            version: Version::new(3, 5, 30),
            follows: Follows::Member(id(1)),
            term: Some(5),
            raft_index: 100,
            applied_index: 100,
            db_size: Size(1),
            disturbances: [].into(),
        })),
        read: Witness::Yes,
        list: Some(list.clone()),
        local_list: Some(Ok(list.clone())),
        metrics: Some(Metrics {
            active_peers: (1..=3).map(|peer| ((id(n), id(peer)), true)).collect(),
            cluster_version: Some(Version::new(3, 5, 0)),
            started_at: Some(1000 + n),
            own: None,
        }),
    };
    Answers {
        sites: (1..=3).map(|n| (url(n), site(n))).collect(),
        ..Answers::default()
    }
}

fn site(answers: &mut Answers, n: u64) -> &mut Site {
    answers.sites.get_mut(&url(n)).unwrap()
}

fn status(answers: &mut Answers, n: u64) -> &mut StatusAnswer {
    let status = site(answers, n).status.as_mut().unwrap();
    status.as_mut().unwrap()
}

/// m`n` does not answer.
fn silence(answers: &mut Answers, n: u64) {
    *site(answers, n) = Site {
        status: Some(Err(Obstacle::Refused)),
        ..Site::default()
    };
}

/// What m`witness` says of m`n`; `None`: it has no row.
fn sees(answers: &mut Answers, witness: u64, n: u64, active: Option<bool>) {
    let peers = &mut site(answers, witness)
        .metrics
        .as_mut()
        .unwrap()
        .active_peers;
    peers.remove(&(id(witness), id(n)));
    peers.extend(active.map(|active| ((id(witness), id(n)), active)));
}

fn seen(answers: &Answers) -> Observation {
    assemble(answers, &Reach::default()).unwrap()
}

fn health(answers: &Answers, n: u64) -> Health {
    seen(answers).member(id(n)).unwrap().health()
}

fn disturbed(answers: &Answers) -> Vec<Disturbance> {
    seen(answers).disturbances.into_iter().collect()
}

#[test]
fn all_is_well() {
    let observation = seen(&three());
    assert_eq!(observation.to_string(), "voters=(m1* m2 m3) learners=()");
    assert_eq!(observation.disturbances, [].into());
    assert_eq!(observation.cluster_version, Some(Version::new(3, 5, 0)));
    assert!(!unsettled(&three()));
}

/// A new cluster begins as 3.0, and a glance does not read the pages that say so.
#[test]
fn the_version_is_the_least_of_those_that_say_theirs() {
    let mut answers = three();
    for n in 1..=3 {
        let metrics = site(&mut answers, n).metrics.as_mut().unwrap();
        metrics.cluster_version = Some(Version::new(3, 0, 0));
    }
    assert_eq!(seen(&answers).cluster_version, Some(Version::new(3, 5, 0)));
    site(&mut answers, 3).status = None;
    assert_eq!(seen(&answers).cluster_version, Some(Version::new(3, 0, 0)));
}

#[test]
fn dead_needs_a_witness() {
    let table = [
        // (m1, the leader, says; m2 says; m3 is)
        (Some(false), Some(false), Health::Dead),
        // It was never connected: no row.
        (None, None, Health::Dead),
        // A frozen peer stays active for long on etcd 3.5.
        (Some(true), Some(true), Health::Unknown),
        (Some(false), Some(true), Health::Unknown),
        (Some(true), Some(false), Health::Unknown),
    ];
    for (leader, other, expected) in table {
        let mut answers = three();
        silence(&mut answers, 3);
        sees(&mut answers, 1, 3, leader);
        sees(&mut answers, 2, 3, other);
        assert_eq!(health(&answers, 3), expected, "{leader:?} {other:?}");
    }
}

#[test]
fn nobody_is_dead_whose_port_is_open() {
    let table = [
        (Witness::Yes, Health::Unknown),
        (Witness::No, Health::Dead),
        (Witness::Unknown, Health::Dead),
    ];
    for (port, expected) in table {
        let mut answers = three();
        silence(&mut answers, 3);
        sees(&mut answers, 1, 3, Some(false));
        sees(&mut answers, 2, 3, Some(false));
        answers.ports.insert(Url::observed("http://m3:2380"), port);
        assert_eq!(health(&answers, 3), expected, "{port:?}");
    }
}

#[test]
fn unknown_is_not_dead() {
    let mut answers = three();
    silence(&mut answers, 3);
    site(&mut answers, 1).metrics = None;
    site(&mut answers, 2).metrics = None;
    assert_eq!(health(&answers, 3), Health::Unknown);
    // Without a leader the voters that answer are the witnesses.
    for n in 1..=2 {
        status(&mut answers, n).follows = Follows::Nobody;
        site(&mut answers, n).metrics = Some(Metrics::default());
    }
    assert_eq!(health(&answers, 3), Health::Dead);
}

#[test]
fn a_member_that_answers_needs_no_witness() {
    let mut answers = three();
    sees(&mut answers, 1, 3, Some(false));
    let observation = seen(&answers);
    let member = observation.member(id(3)).unwrap();
    assert_eq!(member.seen_by_leader, Witness::No);
    assert_eq!(member.seen_by_peers, Witness::Unknown);
    assert_eq!(member.health(), Health::Healthy);
}

#[test]
fn learners_and_members_that_never_started() {
    let mut answers = three();
    for n in 1..=3 {
        let list = site(&mut answers, n).list.as_mut().unwrap();
        list[1].role = Role::Learner;
        list[2].name = None;
        list[2].client_urls = Urls::default();
    }
    let m2 = site(&mut answers, 2);
    (m2.read, m2.list) = (Witness::Unknown, None);
    assert_eq!(health(&answers, 2), Health::Healthy);
    // What runs at its address is not believed to be m3 before it has a name.
    assert_eq!(health(&answers, 3), Health::Unstarted);
    assert_eq!(disturbed(&answers), []);
}

#[test]
fn leaders_and_terms() {
    let mut answers = three();
    status(&mut answers, 2).follows = Follows::Member(id(2));
    assert!(unsettled(&answers));
    assert_eq!(seen(&answers).leader, None);
    assert_eq!(disturbed(&answers), [Disturbance::LeaderDisputed]);

    // Cut off from the others, without a leader, its term rising: it disputes nothing.
    let mut answers = three();
    status(&mut answers, 3).follows = Follows::Nobody;
    status(&mut answers, 3).term = Some(80);
    assert!(!unsettled(&answers));
    assert_eq!(seen(&answers).leader, Some(id(1)));
    assert_eq!(disturbed(&answers), []);
    assert_eq!(health(&answers, 3), Health::Unknown);

    let mut answers = three();
    status(&mut answers, 3).term = Some(6);
    assert!(unsettled(&answers));
    assert_eq!(disturbed(&answers), [Disturbance::TermMoving]);

    // All agree at the second look, in a later term than any at the first.
    let mut answers = three();
    answers.earlier_term = Some(4);
    assert_eq!(disturbed(&answers), [Disturbance::TermMoving]);
    answers.earlier_term = Some(5);
    assert_eq!(disturbed(&answers), []);

    let mut answers = three();
    (1..=3).for_each(|n| status(&mut answers, n).follows = Follows::Member(id(7)));
    assert_eq!(seen(&answers).leader, None, "m7 is no member");
}

#[test]
fn lists_behind_barriers_are_believed() {
    let mut answers = three();
    let old = vec![listed(1), listed(2)];
    let m2 = site(&mut answers, 2);
    (m2.read, m2.list, m2.local_list) = (Witness::No, None, Some(Ok(old.clone())));
    status(&mut answers, 2).term = Some(9);
    status(&mut answers, 2).follows = Follows::Nobody;
    assert_eq!(seen(&answers).members.len(), 3);
    assert_eq!(disturbed(&answers), []);

    let mut answers = three();
    site(&mut answers, 2).list = Some(old);
    assert!(unsettled(&answers));
    assert_eq!(disturbed(&answers), [Disturbance::ListsDiffer]);
}

#[test]
fn without_quorum_the_latest_list_is_shown() {
    let mut answers = three();
    for n in 1..=3 {
        let site = site(&mut answers, n);
        (site.read, site.list) = (Witness::No, None);
        status(&mut answers, n).follows = Follows::Nobody;
    }
    site(&mut answers, 3).local_list = Some(Ok(vec![listed(3)]));
    assert_eq!(seen(&answers).members.len(), 3);
    status(&mut answers, 3).applied_index = 101;
    assert_eq!(seen(&answers).members.len(), 1);
    assert_eq!(disturbed(&answers), [Disturbance::NoQuorum]);
}

#[test]
fn who_is_no_member_has_no_say() {
    let mut answers = three();
    for n in 1..=2 {
        site(&mut answers, n).list = Some(vec![listed(1), listed(2)]);
    }
    // m3 was removed, and does not know yet.
    let m3 = site(&mut answers, 3);
    (m3.read, m3.list) = (Witness::No, None);
    status(&mut answers, 3).follows = Follows::Member(id(3));
    status(&mut answers, 3).disturbances = [Disturbance::NoSpace { member: id(3) }].into();
    assert_eq!(seen(&answers).leader, Some(id(1)));
    assert_eq!(disturbed(&answers), []);
}

#[test]
fn alarms_of_any_member_count() {
    let mut answers = three();
    let alarm = Disturbance::Corrupt { member: id(2) };
    status(&mut answers, 3).disturbances = [alarm.clone(), Disturbance::DowngradeEnabled].into();
    assert_eq!(disturbed(&answers), [alarm, Disturbance::DowngradeEnabled]);
}

#[test]
fn places_that_are_somebody_elses() {
    let mut answers = three();
    status(&mut answers, 3).member = id(2);
    let error = assemble(&answers, &Reach::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "http://m3:2379 belongs to m3 (0000000000000003), and m2 (0000000000000002) answers there"
    );
    // A configured endpoint that is m3's is believed before what m3 advertises.
    let proxy = Url::observed("http://proxy:2379");
    let mut m3 = three().sites.remove(&url(3)).unwrap();
    m3.read = Witness::Yes;
    answers.sites.insert(proxy.clone(), m3);
    let reach = Reach {
        endpoints: [proxy.clone()].into_iter().collect(),
        ..Reach::default()
    };
    let observation = assemble(&answers, &reach).unwrap();
    let m3 = observation.member(id(3)).unwrap();
    assert_eq!(m3.status().unwrap().endpoint, proxy.as_str());

    // The file's m3 is about to take over the address of m2: no error.
    let reach = Reach {
        members: vec![KnownMember {
            name: MemberName::parse("m3").unwrap(),
            peer_urls: Urls::observed(&["http://new:2380"]),
            client_urls: Urls::observed(&["http://m2:2379"]),
        }],
        ..Reach::default()
    };
    let observation = assemble(&three(), &reach).unwrap();
    assert_eq!(observation.standing().healthy, 3);
}

#[test]
fn looks_that_show_no_cluster() {
    let error = |answers: &Answers| assemble(answers, &Reach::default()).unwrap_err();
    assert_eq!(error(&Answers::default()), ObserveError::NoEndpoint);

    let mut answers = three();
    status(&mut answers, 2).cluster = Some(ClusterId::new(8));
    assert_eq!(
        error(&answers).to_string(),
        "the endpoints belong to different clusters: \
         http://m1:2379 (0000000000000009) and http://m2:2379 (0000000000000008)"
    );

    let mut answers = three();
    (1..=3).for_each(|n| silence(&mut answers, n));
    let ObserveError::NoAnswer { tried } = error(&answers) else {
        panic!("{:?}", error(&answers));
    };
    let refused = ("http://m1:2379".to_owned(), Obstacle::Refused);
    assert_eq!(tried.first(), Some(&refused));

    // Where one is silent, waiting may help; where each is there and lets nobody in, it does not.
    for n in 2..=3 {
        site(&mut answers, n).status = Some(Err(Obstacle::UnknownAuthority));
    }
    assert!(matches!(error(&answers), ObserveError::NoAnswer { .. }));
    site(&mut answers, 1).status = Some(Err(Obstacle::UnknownAuthority));
    assert_eq!(
        error(&answers).to_string(),
        "http://m1:2379: its certificate is signed by an authority that is not trusted here"
    );
}

#[test]
fn who_does_not_let_us_in_is_not_dead() {
    let mut answers = three();
    site(&mut answers, 3).status = Some(Err(Obstacle::UnknownAuthority));
    for witness in 1..=2 {
        sees(&mut answers, witness, 3, Some(false));
    }
    assert_eq!(health(&answers, 3), Health::Unknown);
    silence(&mut answers, 3);
    assert_eq!(health(&answers, 3), Health::Dead);
}

#[test]
fn what_a_member_does_not_show_the_others_tell() {
    let mut answers = three();
    for (n, follows) in [
        (1, Follows::Member(id(1))),
        (2, Follows::Somebody),
        (3, Follows::Nobody),
    ] {
        let shown = status(&mut answers, n);
        shown.follows = follows;
        if n > 1 {
            shown.cluster = None;
            shown.term = None;
        }
    }
    let observation = seen(&answers);
    assert_eq!(observation.to_string(), "voters=(m1* m2 m3!) learners=()");
    let term = |n| observation.member(id(n)).unwrap().status().unwrap().term;
    assert_eq!([term(1), term(2), term(3)], [5, 5, 5]);
    assert_eq!(observation.disturbances, [].into());
}
