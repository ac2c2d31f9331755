//! The etcd adapter against real servers, of every version that is at hand.

mod servers;

use std::time::{Duration, Instant};

use etcdplan::apply::Cluster as _;
use etcdplan::observation::Observation;
use servers::{Program, Servers};

async fn until(
    cluster: &mut etcdplan::etcd::EtcdCluster,
    what: impl Fn(&Observation) -> bool,
) -> Observation {
    let started = Instant::now();
    loop {
        let seen = cluster.observe().await;
        if let Ok(o) = &seen {
            if what(o) {
                return o.clone();
            }
        }
        assert!(started.elapsed() < Duration::from_secs(20), "{seen:#?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn healthy() {
    for program in Program::all() {
        println!("etcd {}", program.version);
        let servers = Servers::start(&program, 3);
        let mut cluster = servers.cluster();
        let o = until(&mut cluster, |o| o.standing().healthy == 3).await;
        println!("{o} {o:#?}");
        for _ in 0..10 {
            let mut fresh = servers.cluster();
            let t = Instant::now();
            fresh.observe().await.unwrap();
            let cold = t.elapsed();
            let t = Instant::now();
            fresh.observe().await.unwrap();
            println!("cold {cold:?} warm {:?}", t.elapsed());
        }
    }
}
