//! Endpoints that are wrong.

use etcdplan::apply::{Cluster as _, Depth, ObserveError, Obstacle};
use etcdplan::etcd::{Access, EtcdCluster, Reach};
use etcdplan::url::Urls;

use crate::servers::{Program, Servers, run, until, with};

#[test]
fn another_member_behind_a_client_url() {
    with(3, &async |servers: &mut Servers| {
        until(&mut servers.cluster(), |o| o.standing().healthy == 3).await;
        let mut reach = servers.reach();
        let wrong = reach.members[1].client_urls.clone();
        reach.members[0].client_urls = wrong;
        let error = EtcdCluster::new(reach, Access::default())
            .observe(Depth::Whole)
            .await
            .unwrap_err();
        assert!(matches!(error, ObserveError::OtherMember { .. }), "{error}");
        let text = error.to_string();
        assert!(
            text.contains("belongs to m1 (") && text.contains("and m2 ("),
            "{text}"
        );
    });
}

#[test]
fn two_clusters_mixed() {
    for program in Program::newest() {
        let one = Servers::start(&program, 1);
        let other = Servers::start(&program, 1);
        run(async {
            until(&mut one.cluster(), |o| o.standing().healthy == 1).await;
            until(&mut other.cluster(), |o| o.standing().healthy == 1).await;
            let reach = Reach {
                endpoints: Urls::observed(&[one.client_url(1), other.client_url(1)]),
                ..Reach::default()
            };
            let error = EtcdCluster::new(reach, Access::default())
                .observe(Depth::Whole)
                .await
                .unwrap_err();
            assert!(
                matches!(error, ObserveError::ClustersDiffer { .. }),
                "{error}"
            );
        });
    }
}

#[test]
fn nobody_and_nothing_there() {
    run(async {
        let error = EtcdCluster::new(Reach::default(), Access::default())
            .observe(Depth::Whole)
            .await
            .unwrap_err();
        assert_eq!(error, ObserveError::NoEndpoint);

        let reach = |endpoint: &str| Reach {
            endpoints: Urls::observed(&[endpoint]),
            ..Reach::default()
        };
        let nobody = reach("http://127.99.99.99:1");
        let error = EtcdCluster::new(nobody, Access::default())
            .observe(Depth::Whole)
            .await
            .unwrap_err();
        let ObserveError::NoAnswer { tried } = error else {
            panic!("{error}");
        };
        assert_eq!(tried[0].1, Obstacle::Refused);
    });
}
