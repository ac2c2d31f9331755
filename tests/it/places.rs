//! Which host, directory, and URLs a driver is told, where members share hosts and names.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use etcdplan::action::Kind;
use etcdplan::apply::errand;
use etcdplan::diff::Requests;
use etcdplan::member::MemberName;
use etcdplan::observation::Observation;
use etcdplan::plan::{self, Options, Plan};
use etcdplan::topology::{self, Topology};
use etcdplan::url::Url;
use etcdplan::version::Version;

use crate::notation;

/// `m1=71:2381/D/m1` is an entry `m1` on host 71 with that peer port and data directory;
/// more of the entry follows after a space.
fn wanted(default: &str, entries: &[&str]) -> Topology {
    let mut text = format!(
        "apiVersion: etcdplan/v1
cluster: {{ name: test }}
driver: {{ kind: exec, exec: {{ start: [a], stop: [a], restart: [a], moveData: [a], wipe: [a] }} }}
host: {{ {default} }}
policy: {{ allowEvenVoters: true, wipeRemoved: true }}
members:
"
    );
    for entry in entries {
        let (entry, more) = entry.split_once(' ').unwrap_or((entry, ""));
        let (name, place) = entry.split_once('=').unwrap();
        let (host, rest) = place.split_once(':').unwrap();
        let (port, dir) = rest.split_at(4);
        let client = port.parse::<u16>().unwrap() - 10;
        writeln!(
            text,
            "- {{ name: {name}, peerURLs: ['http://10.0.0.{host}:{port}'], \
             clientURLs: ['http://10.0.0.{host}:{client}'], {more}"
        )
        .unwrap();
        if !dir.is_empty() {
            writeln!(text, "    host: {{ dataDir: {dir} }},").unwrap();
        }
        text += "  }\n";
    }
    let loaded = topology::load("t.yaml", &text);
    loaded.unwrap_or_else(|p| panic!("{:?}", p.list)).topology
}

/// A cluster whose client ports are ten below the peer ports, as those of [`wanted`].
fn live(text: &str) -> Observation {
    let mut live = notation::live(text, Version::new(3, 5, 30));
    for member in &mut live.members {
        let client = |url: &Url| {
            let port = url.port().unwrap() - 10;
            Url::parse(&format!("http://{}:{port}", url.host())).unwrap()
        };
        member.client_urls = member.peer_urls.iter().map(client).collect();
    }
    live
}

fn planned(wanted: &Topology, live: &Observation, replace: &[&str]) -> Plan {
    let name = |name: &&str| MemberName::parse(name).unwrap();
    let options = Options {
        requests: Requests {
            restart: BTreeSet::new(),
            replace: replace.iter().map(name).collect(),
        },
        ..Options::default()
    };
    let plan = plan::build(wanted, live, &options);
    assert!(plan.applyable, "{:?}", plan.refusals);
    plan
}

/// The errands of a plan: to whom, where, and on what; and what is warned of.
fn told(plan: &Plan, live: &Observation) -> String {
    let mut text = String::new();
    for step in &plan.steps {
        let Some(errand) = errand::of(plan, step, live) else {
            continue;
        };
        let environment = errand.environment();
        let said = |name: &str| environment.get(name).map_or("", String::as_str);
        let id = said("ETCDPLAN_MEMBER_ID").trim_start_matches('0');
        let port = |name: &str| said(name).rsplit(':').next().unwrap_or_default();
        writeln!(
            text,
            "{} {} id {id} on {} peer {} client {} data {}",
            step.kind,
            said("ETCDPLAN_MEMBER"),
            said("ETCDPLAN_HOST").trim_start_matches("10.0.0."),
            port("ETCDPLAN_PEER_URLS"),
            port("ETCDPLAN_CLIENT_URLS"),
            Some(said("ETCDPLAN_DATA_DIR"))
                .filter(|dir| !dir.is_empty())
                .unwrap_or("-"),
        )
        .unwrap();
    }
    for warning in plan.diagnostics.iter().filter(|d| d.code == "W0306") {
        writeln!(
            text,
            "{}; {}",
            warning.message,
            warning.details.first().unwrap()
        )
        .unwrap();
    }
    text
}

fn story(default: &str, before: &str, entries: &[&str]) -> String {
    let (wanted, live) = (wanted(default, entries), live(before));
    told(&planned(&wanted, &live, &[]), &live)
}

const ONE_HOST: &str = "voters=(m1@71:2381* m2@71:2382 m3@71:2383 m4@72:2384)";

/// The member that leaves is not the one that takes over its name on the same host.
#[test]
fn a_name_that_is_taken_over() {
    let told = story(
        "",
        ONE_HOST,
        &["m3=71:2381/D/m1", "m2=71:2382/D/m2", "m4=72:2384/D"],
    );
    insta::assert_snapshot!(told, @r"
    stop m3 id 3 on 71 peer 2383 client 2373 data -
    restart m3 id 1 on 71 peer 2381 client 2371 data /D/m1
    the data of m3 is not cleared; the file names no directory of it: `host.dataDir` is not set
    ");
    // Nobody says where it was: only that it is not where the others are.
    let told = story(
        "dataDir: /D/m3",
        ONE_HOST,
        &["m3=71:2381/D/m1", "m2=71:2382/D/m2", "m4=72:2384/D"],
    );
    insta::assert_snapshot!(told, @r"
    stop m3 id 3 on 71 peer 2383 client 2373 data /D/m3
    wipe m3 id 3 on 71 peer 2383 client 2373 data /D/m3
    restart m3 id 1 on 71 peer 2381 client 2371 data /D/m1
    ");
    // Another host has nothing to do with it.
    let told = story(
        "dataDir: /D",
        "voters=(m1* m2 m3 m4)",
        &["m3=1:2380", "m2=2:2380", "m4=4:2380"],
    );
    insta::assert_snapshot!(told, @r"
    stop m3 id 3 on 3 peer 2380 client 2370 data /D
    wipe m3 id 3 on 3 peer 2380 client 2370 data /D
    restart m3 id 1 on 1 peer 2380 client 2370 data /D
    ");
}

/// What a default names is cleared only where no other member may have it.
#[test]
fn a_directory_that_may_be_anothers() {
    for (default, entries) in [
        // The default is what a kept member has.
        ("dataDir: /D", ["m1=71:2381", "m2=71:2382/D2"]),
        // It holds, or is in, what a kept member has.
        ("dataDir: /D", ["m1=71:2381/D/m1", "m2=71:2382/E"]),
        ("dataDir: /D/m1/old", ["m1=71:2381/D/m1", "m2=71:2382/E"]),
        // A log directory is shared.
        ("walDir: /W", ["m1=71:2381/D/m1", "m2=71:2382/D/m2"]),
        // Programs that go by the name would take one for the other.
        ("", ["m3=71:2381", "m2=71:2382"]),
    ] {
        let [one, other] = entries;
        let told = story(default, ONE_HOST, &[one, other, "m4=72:2384"]);
        assert!(
            told.contains("stop m3 id 3 on 71 peer 2383 client 2373"),
            "{told}"
        );
        assert!(!told.contains("wipe"), "{default} {entries:?}\n{told}");
        assert!(told.contains("the data of m3 is not cleared"), "{told}");
    }
    // Two that leave one host: the one that is still a member may be whose data it is.
    let told = story("dataDir: /D", ONE_HOST, &["m1=71:2381/E", "m4=72:2384"]);
    assert!(!told.contains("wipe"), "{told}");
    // A member that moves away leaves its data where it was until it is copied.
    let told = story(
        "dataDir: /D",
        "voters=(m1@71:2381* m2@71:2382 m3@73:2383)",
        &["m1=81:2381/D data: copy,", "m3=73:2383"],
    );
    assert!(!told.contains("wipe m2"), "{told}");
}

/// A member that is replaced or demoted where it is has the directory of its entry.
#[test]
fn a_place_that_is_taken_by_the_successor() {
    let (wanted, live) = (
        wanted(
            "dataDir: /D",
            &[
                "m1=71:2381/D/m1",
                "m2=71:2382/D/m2",
                "m3=71:2383/D/m3 role: learner,",
                "m4=72:2384",
            ],
        ),
        live(ONE_HOST),
    );
    insta::assert_snapshot!(told(&planned(&wanted, &live, &[]), &live), @r"
    stop m3 id 3 on 71 peer 2383 client 2373 data /D/m3
    wipe m3 id 3 on 71 peer 2383 client 2373 data /D/m3
    start m3 id  on 71 peer 2383 client 2373 data /D/m3
    ");
}

/// Replaced on the same host under another name and port.
#[test]
fn a_successor_under_another_name() {
    let live = live("voters=(m1* m2 m3) learners=()");
    let wanted = wanted("dataDir: /D", &["m1=1:2380", "m2=2:2380", "m4=3:2380/D/m3"]);
    insta::assert_snapshot!(told(&planned(&wanted, &live, &["m4"]), &live), @r"
    stop m3 id 3 on 3 peer 2380 client 2370 data /D/m3
    wipe m3 id 3 on 3 peer 2380 client 2370 data /D/m3
    start m4 id  on 3 peer 2380 client 2370 data /D/m3
    ");
}

/// Nobody's data comes to a directory before it is cleared.
#[test]
fn a_directory_is_cleared_before_it_is_used() {
    let live = live("voters=(m1* m2 m3)");
    let wanted = wanted("dataDir: /D", &["m1=1:2380", "m2=2:2380", "m4=3:2390"]);
    let plan = planned(&wanted, &live, &[]);
    let place = |kind: Kind| plan.steps.iter().position(|step| step.kind == kind);
    assert!(place(Kind::Wipe) < place(Kind::AddLearner), "{plan:?}");
}

/// A move is from where the member was, with its own directory.
#[test]
fn a_move_among_members_that_share_a_host() {
    let told = story(
        "dataDir: /D",
        ONE_HOST,
        &[
            "m1=71:2381/D/m1",
            "m2=71:2382/D/m2",
            "m3=81:2383/D/m3 data: copy,",
            "m4=72:2384",
        ],
    );
    insta::assert_snapshot!(told, @r"
    stop m3 id 3 on 71 peer 2383 client 2373 data /D/m3
    moveData m3 id 3 on 81 peer 2383 client 2373 data /D/m3
    start m3 id 3 on 81 peer 2383 client 2373 data /D/m3
    ");
}
