//! What a look shows of a cluster that works.

use etcdplan::apply::{Call, Cluster as _, Depth};
use etcdplan::member::{MemberId, Role};
use etcdplan::observation::{Condition, Health, LiveMember, Observation, Witness};

use crate::servers::{Program, Servers, index_of, insist, settled, until, with};

#[test]
fn some_version_is_here() {
    let versions: Vec<String> = Program::newest().into_iter().map(|p| p.version).collect();
    println!("etcd {}", versions.join(", "));
    assert!(
        !versions.is_empty(),
        "no etcd in ETCDPLAN_TEST_ETCD or target/etcd"
    );
}

#[test]
fn three_healthy_members() {
    with(3, &async |servers: &mut Servers| {
        let mut cluster = servers.cluster();
        let seen = settled(&mut cluster, 3).await;
        let leader = seen.leader.unwrap();
        assert_eq!(seen.disturbances, [].into());
        assert!(seen.cluster_version.unwrap().same_minor(servers.version()));
        for member in &seen.members {
            let status = member.status().unwrap();
            let expected = if member.id == leader {
                Witness::Unknown
            } else {
                Witness::Yes
            };
            assert_eq!(member.seen_by_leader, expected, "{member:?}");
            assert_eq!(member.peer_port, Witness::Yes);
            assert_eq!(status.version, servers.version());
            assert!(status.started_at.unwrap() > 1_700_000_000_000);
        }
        // A look writes nothing.
        let again = cluster.observe(Depth::Whole).await.unwrap();
        let index = |o: &Observation| o.leader_status().unwrap().raft_index;
        assert_eq!(index(&again), index(&seen));
    });
}

/// A glance leaves out start times, and judges every member as a whole look does.
#[test]
fn a_glance_is_enough_to_judge() {
    with(3, &async |servers: &mut Servers| {
        let judged = |o: &Observation| -> Vec<(MemberId, Health)> {
            let members = o.members.iter();
            members.map(|member| (member.id, member.health())).collect()
        };
        let mut cluster = servers.cluster();
        let whole = settled(&mut cluster, 3).await;
        let glance = servers.cluster().observe(Depth::Glance).await.unwrap();
        assert_eq!(judged(&glance), judged(&whole));
        assert_eq!(glance.cluster_version, whole.cluster_version);
        let mut statuses = glance.members.iter().filter_map(LiveMember::status);
        assert!(statuses.all(|status| status.started_at.is_none()));

        let follower = whole.members.iter().find(|m| Some(m.id) != whole.leader);
        let follower = follower.unwrap();
        servers.kill(index_of(follower));
        let dead = |o: &Observation| o.member(follower.id).unwrap().health() == Health::Dead;
        let whole = until(&mut cluster, dead).await;
        let glance = servers.cluster().observe(Depth::Glance).await.unwrap();
        assert_eq!(judged(&glance), judged(&whole));
    });
}

#[test]
fn one_endpoint_is_enough() {
    with(3, &async |servers: &mut Servers| {
        let all = settled(&mut servers.cluster(), 3).await;
        for i in 1..=3 {
            let mut through = etcdplan::etcd::EtcdCluster::new(
                servers.reach_through(i),
                etcdplan::etcd::Access::default(),
            );
            let mut seen = through.observe(Depth::Whole).await.unwrap();
            seen.observed_at.clone_from(&all.observed_at);
            assert_eq!(seen, all, "through m{i}");
        }
    });
}

#[test]
fn a_learner_before_and_after_it_starts() {
    with(1, &async |servers: &mut Servers| {
        let mut cluster = servers.cluster();
        let alone = until(&mut cluster, |o| o.standing().healthy == 1).await;
        let add = Call::AddLearner {
            peer_urls: servers.peer_urls(2),
        };
        insist(&mut cluster, alone.leader.unwrap(), &add)
            .await
            .unwrap();

        let seen = cluster.observe(Depth::Whole).await.unwrap();
        let learner = seen
            .members
            .iter()
            .find(|m| m.role == Role::Learner)
            .unwrap();
        assert_eq!(learner.condition, Condition::Unstarted);
        assert_eq!(learner.peer_port, Witness::No);
        assert_eq!(seen.standing().healthy, 1);

        servers.join();
        let id = learner.id;
        let mut cluster = servers.cluster();
        // The leader's page tells of the new peer a moment after the learner answers.
        let seen = until(&mut cluster, |o| {
            let learner = o.member(id).unwrap();
            learner.health() == Health::Healthy
                && learner.seen_by_leader == Witness::Yes
                && o.lag(id) == Some(0)
        })
        .await;
        let learner = seen.member(id).unwrap();
        assert_eq!(learner.role, Role::Learner);
        assert_eq!(learner.peer_port, Witness::Yes);
        assert_eq!(learner.status().unwrap().linearizable, Witness::Unknown);
    });
}

#[test]
fn a_restarted_member_is_seen_at_once() {
    with(3, &async |servers: &mut Servers| {
        let mut cluster = servers.cluster();
        let before = until(&mut cluster, |o| o.standing().healthy == 3).await;
        let m1 = before
            .members
            .iter()
            .find(|m| m.label() == "m1")
            .unwrap()
            .id;
        servers.kill(1);
        servers.restart(1);
        let mut fresh = servers.cluster();
        until(&mut fresh, |o| o.member(m1).unwrap().status().is_some()).await;
        // The client that knew the old process is no worse than a new one.
        let seen = cluster.observe(Depth::Whole).await.unwrap();
        let status = seen.member(m1).unwrap().status().unwrap();
        let then = before.member(m1).unwrap().status().unwrap();
        assert!(status.started_at > then.started_at);
    });
}
