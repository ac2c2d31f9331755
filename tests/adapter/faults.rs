//! What a look shows of a cluster in which something is broken.

use std::time::{Duration, Instant};

use etcdplan::apply::{Cluster as _, Depth};
use etcdplan::observation::{Condition, Disturbance, Health, Witness};

use crate::black_hole::BlackHole;
use crate::servers::{Servers, elapsed, index_of, settled, until, with, writing};

#[test]
fn a_killed_member_is_dead() {
    with(3, &async |servers: &mut Servers| {
        let mut cluster = servers.cluster();
        let seen = until(&mut cluster, |o| o.standing().healthy == 3).await;
        let follower = seen
            .members
            .iter()
            .find(|m| Some(m.id) != seen.leader)
            .unwrap();
        servers.kill(index_of(follower));
        let started = Instant::now();
        let now = until(&mut cluster, |o| {
            o.member(follower.id).unwrap().health() == Health::Dead
        })
        .await;
        println!("dead after {}", elapsed(started));
        assert_eq!(now.standing().healthy, 2);
        assert_eq!(now.disturbances, [].into());
        let dead = now.member(follower.id).unwrap();
        assert_eq!(
            (dead.seen_by_leader, dead.peer_port),
            (Witness::No, Witness::No)
        );
    });
}

#[test]
fn a_killed_leader_is_followed_by_another() {
    with(3, &async |servers: &mut Servers| {
        let mut cluster = servers.cluster();
        let seen = until(&mut cluster, |o| o.standing().healthy == 3).await;
        let old = seen.leader.unwrap();
        servers.kill(index_of(seen.member(old).unwrap()));
        let now = until(&mut cluster, |o| {
            o.leader.is_some_and(|id| id != old) && o.disturbances.is_empty()
        })
        .await;
        assert_eq!(now.member(old).unwrap().health(), Health::Dead);
        assert_eq!(now.standing().healthy, 2);
    });
}

/// A frozen process keeps its connections and its port. To the others etcd 3.4
/// is inactive after 5 s; etcd 3.5 and later are not within 15 s.
#[test]
fn a_frozen_member_is_not_dead() {
    with(3, &async |servers: &mut Servers| {
        let mut cluster = servers.cluster();
        let seen = until(&mut cluster, |o| o.standing().healthy == 3).await;
        let follower = seen
            .members
            .iter()
            .find(|m| Some(m.id) != seen.leader)
            .unwrap();
        servers.freeze(index_of(follower));
        let started = Instant::now();
        let now = cluster.observe(Depth::Whole).await.unwrap();
        println!("a frozen member costs {}", elapsed(started));
        let frozen = now.member(follower.id).unwrap();
        assert_eq!(frozen.health(), Health::Unknown);
        assert_eq!(frozen.peer_port, Witness::Yes, "the kernel still accepts");
        assert_eq!(now.standing().healthy, 2);
        tokio::time::sleep(Duration::from_secs(6)).await;
        let later = cluster.observe(Depth::Whole).await.unwrap();
        let frozen = later.member(follower.id).unwrap();
        assert_eq!(frozen.health(), Health::Unknown);
        let expected = if servers.version().minor >= 5 {
            Witness::Yes
        } else {
            Witness::No
        };
        assert_eq!(frozen.seen_by_leader, expected);
        servers.thaw(index_of(follower));
        until(&mut cluster, |o| o.standing().healthy == 3).await;
    });
}

#[test]
fn without_quorum_there_is_still_something_to_see() {
    with(3, &async |servers: &mut Servers| {
        let mut cluster = servers.cluster();
        until(&mut cluster, |o| o.standing().healthy == 3).await;
        servers.kill(2);
        servers.kill(3);
        let started = Instant::now();
        let seen = cluster.observe(Depth::Whole).await.unwrap();
        println!("a look without quorum takes {}", elapsed(started));
        assert!(
            seen.disturbances.contains(&Disturbance::NoQuorum),
            "{seen:?}"
        );
        assert_eq!(seen.members.len(), 3);
        let seen = until(&mut cluster, |o| o.leader.is_none()).await;
        assert_eq!(seen.standing().healthy, 0);
        assert_eq!(seen.disturbances, [Disturbance::NoQuorum].into());
        let healths = |health| seen.members.iter().filter(|m| m.health() == health).count();
        assert_eq!((healths(Health::Unknown), healths(Health::Dead)), (1, 2));
    });
}

#[test]
fn a_full_database_raises_an_alarm() {
    with(3, &async |servers: &mut Servers| {
        let mut cluster = servers.cluster();
        until(&mut cluster, |o| o.standing().healthy == 3).await;
        writing::fill(servers).await;
        let seen = until(&mut cluster, |o| !o.disturbances.is_empty()).await;
        assert!(
            matches!(seen.disturbances.first(), Some(Disturbance::NoSpace { member }) if seen.member(*member).is_some()),
            "{:?}",
            seen.disturbances
        );
        assert_eq!(seen.standing().healthy, 3);
    });
}

/// etcd tells of it from 3.6 on.
#[test]
fn a_downgrade_that_is_enabled_is_seen() {
    with(1, &async |servers: &mut Servers| {
        if servers.version().minor < 6 {
            return;
        }
        let mut cluster = servers.cluster();
        settled(&mut cluster, 1).await;
        writing::enable_downgrade(servers).await;
        let seen = cluster.observe(Depth::Whole).await.unwrap();
        assert_eq!(seen.disturbances, [Disturbance::DowngradeEnabled].into());
    });
}

#[test]
fn a_black_hole_costs_one_timeout() {
    with(3, &async |servers: &mut Servers| {
        let mut cluster = servers.cluster();
        let seen = until(&mut cluster, |o| o.standing().healthy == 3).await;
        let follower = seen
            .members
            .iter()
            .find(|m| Some(m.id) != seen.leader)
            .unwrap();
        let i = index_of(follower);
        servers.kill(i);
        let at = |port| BlackHole::at(format!("{}:{port}", servers.address(i)).parse().unwrap());
        let _client = at(2379).await.unwrap();
        let _peer = at(2380).await.unwrap();
        for _ in 0..2 {
            let started = Instant::now();
            let now = cluster.observe(Depth::Whole).await.unwrap();
            println!("a black hole costs {}", elapsed(started));
            let lost = now.member(follower.id).unwrap();
            assert!(matches!(lost.condition, Condition::Silent { .. }));
            assert_eq!(lost.health(), Health::Dead);
            assert_eq!(lost.peer_port, Witness::Unknown);
        }
    });
}

#[test]
fn a_black_hole_that_nobody_needs_costs_nothing() {
    with(3, &async |servers: &mut Servers| {
        until(&mut servers.cluster(), |o| o.standing().healthy == 3).await;
        let hole = format!("{}:2379", servers.address(9));
        let _hole = BlackHole::at(hole.parse().unwrap()).await.unwrap();
        let mut reach = servers.reach();
        reach.endpoints = etcdplan::url::Urls::observed(&[format!("http://{hole}")]);
        let mut cluster =
            etcdplan::etcd::EtcdCluster::new(reach, etcdplan::etcd::Access::default());
        let started = Instant::now();
        let seen = cluster.observe(Depth::Whole).await.unwrap();
        println!("a black hole that nobody needs costs {}", elapsed(started));
        assert_eq!(seen.standing().healthy, 3);
    });
}
