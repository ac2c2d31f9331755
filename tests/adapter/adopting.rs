//! A topology file from real members: its plan has no changes.

use etcdplan::adopt::{Options, adopt};
use etcdplan::apply::Call;
use etcdplan::observation::{Health, Observation};
use etcdplan::plan::{self, Plan};
use etcdplan::topology;

use crate::servers::{Servers, insist, settled, until, with};

/// The plan of the file that is made from a look, and the codes of what was told.
fn planned(seen: &Observation) -> (Plan, Vec<String>) {
    let adoption = adopt(seen, &Options::default());
    let loaded = topology::load("adopted.yaml", &adoption.text)
        .unwrap_or_else(|problems| panic!("{problems:?}\n{}", adoption.text));
    let codes = adoption
        .notices
        .into_iter()
        .filter_map(|notice| notice.code);
    let plan = plan::build(&loaded.topology, seen, &plan::Options::default());
    (plan, codes.collect())
}

#[track_caller]
fn has_no_changes(seen: &Observation) {
    let (plan, codes) = planned(seen);
    assert_eq!(codes, [""; 0]);
    assert!(!plan.has_changes && plan.refusals.is_empty(), "{plan:#?}");
}

#[test]
fn a_file_from_live_members_changes_nothing() {
    with(3, &async |servers: &mut Servers| {
        let mut cluster = servers.cluster();
        let seen = settled(&mut cluster, 3).await;
        has_no_changes(&seen);
        let call = Call::AddLearner {
            peer_urls: servers.peer_urls(4),
        };
        insist(&mut cluster, seen.leader.unwrap(), &call)
            .await
            .unwrap();
        let unstarted = |o: &Observation| o.members.iter().any(|m| m.name.is_none());
        let seen = until(&mut cluster, unstarted).await;
        let (plan, codes) = planned(&seen);
        assert_eq!(codes, ["W0602"]);
        assert_eq!((plan.summary.change, plan.summary.destroy), (1, 0));
        servers.join();
        let mut cluster = servers.cluster();
        let joined = |o: &Observation| {
            o.members.len() == 4 && o.members.iter().all(|m| m.health() == Health::Healthy)
        };
        has_no_changes(&until(&mut cluster, joined).await);
        servers.kill(2);
        let lost = |o: &Observation| o.members.iter().any(|m| m.health() == Health::Dead);
        has_no_changes(&until(&mut cluster, lost).await);
    });
}
