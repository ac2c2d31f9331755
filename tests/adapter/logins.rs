//! Logins that come late, or never.

use etcdplan::apply::{Call, Cluster as _, Depth};
use etcdplan::etcd::{Access, Credentials, EtcdCluster, Login, Secret};
use miette::Diagnostic as _;

use crate::servers::{Servers, insist, settled, until, with};

/// Nobody could be logged in at the look: the cluster had no users yet. A login that was late is
/// as missing.
#[test]
fn a_call_logs_in_where_the_look_could_not() {
    with(1, &async |servers: &mut Servers| {
        let mut cluster = as_root(servers);
        let seen = settled(&mut cluster, 1).await;
        enable_users(servers).await;
        let add = Call::AddLearner {
            peer_urls: servers.peer_urls(2),
        };
        let m1 = seen.leader.unwrap();
        insist(&mut cluster, m1, &add).await.unwrap();
    });
}

/// The adapter with a login.
fn as_root(servers: &Servers) -> EtcdCluster {
    let login = Login {
        user: "root".to_owned(),
        password: Secret::new("secret".to_owned()),
    };
    let access = Access::new(Credentials {
        login: Some(login),
        ..Credentials::default()
    });
    EtcdCluster::new(servers.reach(), access.unwrap())
}

async fn enable_users(servers: &Servers) {
    let client = etcd_client::Client::connect([servers.client_url(1)], None).await;
    let mut auth = client.unwrap();
    auth.user_add("root", "secret", None).await.unwrap();
    auth.role_add("root").await.unwrap();
    auth.user_grant_role("root", "root").await.unwrap();
    auth.auth_enable().await.unwrap();
}

/// Without quorum nobody can log in, and that is no lack of rights.
#[test]
fn a_login_that_nobody_answers_is_told() {
    with(2, &async |servers: &mut Servers| {
        until(&mut servers.cluster(), |o| o.standing().healthy == 2).await;
        let mut cluster = as_root(servers);
        enable_users(servers).await;
        servers.kill(2);
        let seen = cluster.observe(Depth::Whole).await;
        // Up to 3.5.27 anybody may look.
        if servers.version() >= "3.5.28".parse().unwrap() {
            let told = seen.unwrap_err().help().unwrap().to_string();
            assert!(told.contains("[E0435]"), "{told}");
        } else {
            assert!(seen.is_ok());
        }
    });
}
