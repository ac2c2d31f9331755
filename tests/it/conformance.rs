//! The table of calls that real servers answer, answered by the simulation.

#[path = "../conformance/table.rs"]
mod table;

use std::time::Duration;

use etcdplan::member::{MemberId, MemberName};
use etcdplan::observation::Observation;
use etcdplan::sim::{Answer, Request, Sim};
use etcdplan::version::Version;

use self::table::{NO_ANSWER, Stage, TABLE, play};
use crate::notation;

/// A simulated cluster; member number `i` has its place on 10.0.0.i.
struct Simulated {
    sim: Sim,
}

impl Simulated {
    fn look(&self) -> Observation {
        self.sim.look().unwrap()
    }
}

impl Stage for Simulated {
    fn peer_url(&self, i: usize) -> String {
        format!("http://10.0.0.{i}:2380")
    }

    fn start(&mut self, i: usize) {
        let id = self.id_at(&self.peer_url(i)).unwrap();
        let name = MemberName::parse(&format!("m{i}")).unwrap();
        self.sim.start(id, &name);
        self.sim.pass(Duration::from_secs(1));
    }

    fn wait(&mut self, seconds: u64) {
        self.sim.pass(Duration::from_secs(seconds));
    }

    fn call(&mut self, via: usize, request: &Request) -> String {
        let url = self.peer_url(via);
        let via = self
            .id_at(&url)
            .unwrap_or(MemberId::new(via.try_into().unwrap()));
        match self.sim.request(via, request) {
            Answer::Done => "ok".to_owned(),
            Answer::Refused(words) => words.to_owned(),
            Answer::Silence => NO_ANSWER.to_owned(),
        }
    }

    fn id_at(&mut self, peer_url: &str) -> Option<MemberId> {
        let look = self.look();
        let at = |urls: &etcdplan::url::Urls| urls.iter().any(|url| url.as_str() == peer_url);
        look.members
            .iter()
            .find(|live| at(&live.peer_urls))
            .map(|live| live.id)
    }
}

#[test]
fn the_simulation_answers_as_the_table_says() {
    for version in [
        Version::new(3, 4, 23),
        Version::new(3, 5, 16),
        Version::new(3, 5, 30),
        Version::new(3, 6, 0),
        Version::new(3, 6, 14),
    ] {
        let (mut total, mut all) = (0, Vec::new());
        for scene in TABLE {
            let sim = Sim::of(&notation::live(scene.cluster, version), version);
            let (calls, disagreements) = play(scene, version, &mut Simulated { sim });
            total += calls;
            all.extend(disagreements);
        }
        assert!(total >= 40, "{total} calls are too few");
        assert_eq!(all, Vec::<String>::new(), "{version}");
    }
}
