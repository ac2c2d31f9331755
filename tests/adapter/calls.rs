//! The five calls, and what etcd answers to each.

use etcdplan::apply::{Call, CallError, Cluster as _, Depth};
use etcdplan::member::{MemberId, Role};
use etcdplan::observation::Observation;
use etcdplan::url::Urls;

use crate::servers::{Servers, insist, settled, until, with};

fn refusal(outcome: Result<(), CallError>) -> String {
    match outcome {
        Err(CallError::Refused { message }) => message,
        other => panic!("not refused: {other:?}"),
    }
}

fn learner(seen: &Observation) -> MemberId {
    let mut learners = seen.members.iter().filter(|m| m.role == Role::Learner);
    learners.next().unwrap().id
}

#[test]
fn a_member_joins_moves_leads_and_leaves() {
    with(1, &async |servers: &mut Servers| {
        let mut cluster = servers.cluster();
        let seen = until(&mut cluster, |o| o.standing().healthy == 1).await;
        let m1 = seen.leader.unwrap();
        let add = Call::AddLearner {
            peer_urls: servers.peer_urls(2),
        };
        insist(&mut cluster, m1, &add).await.unwrap();
        // Within the same second the id, a hash over the URLs and the time, is the same as well.
        let message = refusal(insist(&mut cluster, m1, &add).await);
        assert!(
            ["Peer URLs already exists", "member ID already exist"]
                .iter()
                .any(|words| message.contains(words)),
            "{message}"
        );
        let second = Call::AddLearner {
            peer_urls: servers.peer_urls(3),
        };
        let message = refusal(insist(&mut cluster, m1, &second).await);
        assert!(message.contains("too many learner members"), "{message}");

        let seen = cluster.observe(Depth::Whole).await.unwrap();
        let m2 = learner(&seen);
        let promote = Call::Promote { id: m2 };
        let early = cluster.send(m1, &promote).await.unwrap_err();
        assert!(matches!(early, CallError::NotYet { .. }), "{early}");
        let to_learner = refusal(cluster.send(m1, &Call::MoveLeader { to: m2 }).await);
        assert!(to_learner.contains("bad leader transferee"), "{to_learner}");

        servers.join();
        insist(&mut cluster, m1, &promote).await.unwrap();
        // Right afterwards etcd may still call it out of sync.
        let message = refusal(insist(&mut cluster, m1, &promote).await);
        assert!(
            message.ends_with("can only promote a learner member"),
            "{message}"
        );

        let mut cluster = servers.cluster();
        until(&mut cluster, |o| o.standing().healthy == 2).await;
        // It goes to the leader, whoever is named.
        cluster
            .send(m2, &Call::MoveLeader { to: m2 })
            .await
            .unwrap();
        let seen = until(&mut cluster, |o| o.leader == Some(m2)).await;
        assert_eq!(seen.standing().healthy, 2);

        let own = Call::UpdatePeerUrls {
            id: m2,
            peer_urls: servers.peer_urls(2),
        };
        insist(&mut cluster, m2, &own).await.unwrap();
        let taken = Call::UpdatePeerUrls {
            id: m2,
            peer_urls: servers.peer_urls(1),
        };
        let message = refusal(insist(&mut cluster, m2, &taken).await);
        assert!(message.contains("Peer URLs already exists"), "{message}");

        let remove = Call::Remove { id: m1 };
        insist(&mut cluster, m2, &remove).await.unwrap();
        let message = refusal(insist(&mut cluster, m2, &remove).await);
        assert!(message.contains("member not found"), "{message}");
        let seen = until(&mut cluster, |o| o.standing().healthy == 1).await;
        assert_eq!(seen.members.len(), 1);
        let last = refusal(insist(&mut cluster, m2, &Call::Remove { id: m2 }).await);
        assert!(last.contains("not enough started members"), "{last}");
    });
}

#[test]
fn urls_that_would_kill_the_cluster_are_not_sent() {
    with(1, &async |servers: &mut Servers| {
        let mut cluster = servers.cluster();
        let seen = settled(&mut cluster, 1).await;
        let id = seen.leader.unwrap();
        for bad in [
            &[][..],
            &["127.0.0.1:2380"],
            &["http://127.0.0.1"],
            &["http://a:1/x"],
        ] {
            let peer_urls = Urls::observed(bad);
            refusal(
                cluster
                    .send(
                        id,
                        &Call::UpdatePeerUrls {
                            id,
                            peer_urls: peer_urls.clone(),
                        },
                    )
                    .await,
            );
            refusal(cluster.send(id, &Call::AddLearner { peer_urls }).await);
        }
        assert_eq!(
            cluster.observe(Depth::Whole).await.unwrap().members,
            seen.members
        );
    });
}

#[test]
fn without_quorum_a_call_ends_unanswered() {
    with(3, &async |servers: &mut Servers| {
        let mut cluster = servers.cluster();
        let seen = until(&mut cluster, |o| o.standing().healthy == 3).await;
        let m1 = seen.members.iter().find(|m| m.label() == "m1").unwrap().id;
        servers.kill(2);
        servers.kill(3);
        // etcd checks an addition first, and knows that the others are gone.
        let add = Call::AddLearner {
            peer_urls: servers.peer_urls(4),
        };
        let outcome = cluster.send(m1, &add).await.unwrap_err();
        assert!(matches!(outcome, CallError::NotYet { .. }), "{outcome}");
        // It does not check an update.
        let update = Call::UpdatePeerUrls {
            id: m1,
            peer_urls: servers.peer_urls(1),
        };
        let outcome = cluster.send(m1, &update).await.unwrap_err();
        assert!(matches!(outcome, CallError::Unanswered { .. }), "{outcome}");
        // By us: etcd gives up two seconds later, in words of its own.
        assert!(
            outcome.to_string().contains("no answer within 5s"),
            "{outcome}"
        );
    });
}
