//! Cluster notation, read into observations and topologies.
//!
//! Live: `voters=(m1* m2! m3) learners=(m4?)` with `*` leader, `!` dead,
//! `~` unknown, `?` unstarted. A member `mK` has the id K and lives on host
//! 10.0.0.K; `m3@13` lives on host 10.0.0.13, `m3:2390` has another peer port.
//!
//! Wanted: `m1 m2 m4`, with the same `@` and `:`, and `/learner`, `/copy`,
//! `/inPlace`, `/discard`, `/protect`, `/https`.

use std::collections::{BTreeMap, BTreeSet};

use etcdplan::amount::Size;
use etcdplan::member::{ClusterId, MemberId, MemberName, Role};
use etcdplan::observation::{Condition, LiveMember, Observation, Status, Witness};
use etcdplan::topology::{
    ClusterSpec, Connect, DataPolicy, Driver, Host, HostDefaults, MemberSpec, Policy,
    ProcessDriver, Topology,
};
use etcdplan::url::{Url, Urls};
use etcdplan::version::Version;

/// The line of a topology where the first member stands.
const FIRST_LINE: usize = 5;

/// A member in notation, taken apart.
#[derive(Debug)]
struct Word {
    name: String,
    number: u64,
    host: u64,
    port: u16,
    signs: String,
    options: Vec<String>,
}

fn word(text: &str) -> Word {
    let (text, options) = text
        .split_once('/')
        .map_or((text, ""), |(text, options)| (text, options));
    let signs: String = text.chars().filter(|c| "*!~?".contains(*c)).collect();
    let plain: String = text.chars().filter(|c| !"*!~?".contains(*c)).collect();
    let (plain, port) = plain
        .split_once(':')
        .map_or((plain.as_str(), 2380), |(p, port)| {
            (p, port.parse().unwrap())
        });
    let (name, host) = plain
        .split_once('@')
        .map_or((plain, None), |(n, h)| (n, Some(h.parse::<u64>().unwrap())));
    let digits: String = name.chars().filter(char::is_ascii_digit).collect();
    let number = digits.parse().unwrap_or(0);
    Word {
        name: name.to_owned(),
        number,
        host: host.unwrap_or(number),
        port,
        signs,
        options: options
            .split('/')
            .filter(|o| !o.is_empty())
            .map(str::to_owned)
            .collect(),
    }
}

fn url(scheme: &str, host: u64, port: u16) -> Url {
    Url::parse(&format!("{scheme}://10.0.0.{host}:{port}")).unwrap()
}

fn between<'a>(text: &'a str, key: &str) -> Vec<&'a str> {
    let Some((_, rest)) = text.split_once(&format!("{key}=(")) else {
        return Vec::new();
    };
    rest.split(')').next().unwrap().split_whitespace().collect()
}

/// Reads a live cluster.
pub(crate) fn live(text: &str, version: Version) -> Observation {
    let voters = between(text, "voters")
        .into_iter()
        .map(|w| (word(w), Role::Voter));
    let learners = between(text, "learners")
        .into_iter()
        .map(|w| (word(w), Role::Learner));
    let words: Vec<_> = voters.chain(learners).collect();
    let leader = words
        .iter()
        .find(|(w, _)| w.signs.contains('*'))
        .map(|(w, _)| MemberId::new(w.number));
    let mut members: Vec<LiveMember> = words
        .iter()
        .map(|(w, role)| member(w, *role, leader, version))
        .collect();
    members.sort_by_key(|m| m.id);
    Observation {
        format_version: "1.0".to_owned(),
        observed_at: "2026-01-02T03:04:05Z".to_owned(),
        cluster_id: ClusterId::new(0xc1),
        members,
        leader,
        disturbances: BTreeSet::new(),
        cluster_version: Some(version),
    }
}

fn member(word: &Word, role: Role, leader: Option<MemberId>, version: Version) -> LiveMember {
    let unstarted = word.signs.contains('?');
    let silent = word.signs.contains(['!', '~']);
    let client = url("http", word.host, 2379);
    let status = Status {
        endpoint: client.to_string(),
        version,
        leader,
        linearizable: if role == Role::Voter {
            Witness::Yes
        } else {
            Witness::Unknown
        },
        term: 2,
        raft_index: 100,
        applied_index: 100,
        db_size: Size(20 << 10),
        started_at: Some(1_700_000_000_000),
    };
    let condition = match (unstarted, silent) {
        (true, _) => Condition::Unstarted,
        (_, true) => Condition::Silent {
            reason: "connection refused".to_owned(),
        },
        _ => Condition::Running(status),
    };
    let seen = Witness::from(!unstarted && !word.signs.contains('!'));
    LiveMember {
        id: MemberId::new(word.number),
        name: (!unstarted).then(|| MemberName::parse(&word.name).unwrap()),
        peer_urls: [url("http", word.host, word.port)].into_iter().collect(),
        client_urls: if unstarted {
            Urls::default()
        } else {
            [client].into_iter().collect()
        },
        role,
        condition,
        seen_by_leader: seen,
        seen_by_peers: if silent { seen } else { Witness::Unknown },
        peer_port: seen,
    }
}

/// Reads a wanted topology.
pub(crate) fn wanted(text: &str) -> Topology {
    // A file begins with its version and the cluster's name.
    let words = text.split_whitespace().zip(FIRST_LINE..);
    let members = words.map(|(w, line)| spec(&word(w), line)).collect();
    Topology {
        cluster: ClusterSpec {
            name: "test".to_owned(),
            id: None,
            version: None,
        },
        connect: Connect::default(),
        driver: Driver::Process(ProcessDriver {
            etcd: "etcd".to_owned(),
            root: ".etcdplan".to_owned(),
        }),
        host: HostDefaults::default(),
        members,
        policy: Policy {
            allow_even_voters: true,
            ..Policy::default()
        },
    }
}

fn spec(word: &Word, line: usize) -> MemberSpec {
    let has = |option: &str| word.options.iter().any(|o| o == option);
    let peer = url(
        if has("https") { "https" } else { "http" },
        word.host,
        word.port,
    );
    let client = url("http", word.host, 2379);
    let data = match () {
        () if has("copy") => DataPolicy::Copy,
        () if has("inPlace") => DataPolicy::InPlace,
        () if has("discard") => DataPolicy::Discard,
        () => DataPolicy::Auto,
    };
    MemberSpec {
        name: MemberName::parse(&word.name).unwrap(),
        peer_urls: [peer.clone()].into_iter().collect(),
        client_urls: [client.clone()].into_iter().collect(),
        zone: None,
        role: if has("learner") {
            Role::Learner
        } else {
            Role::Voter
        },
        id: None,
        data,
        protect: has("protect"),
        host: Host {
            address: format!("10.0.0.{}", word.host),
            data_dir: None,
            wal_dir: None,
            listen_peer_urls: [peer].into_iter().collect(),
            listen_client_urls: [client].into_iter().collect(),
            env: BTreeMap::new(),
            vars: BTreeMap::new(),
        },
        line,
    }
}
