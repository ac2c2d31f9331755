//! Other programs that manage the members, known by the names and URLs that they give.
//!
//! What cannot be seen from here (unit files, labels, manifests) is not guessed
//! at: a rule stands here only where hardly anybody else writes names or URLs so.

use std::net::IpAddr;

use crate::observation::{LiveMember, Observation};
use crate::render::Notice;
use crate::url::{Scheme, Url};

use super::called;

/// Kubernetes draws the ends of names from these (`k8s.io/apimachinery/pkg/util/rand`): no vowels,
/// and nothing that is read as one.
const RANDOM_LETTERS: &str = "bcdfghjklmnpqrstvwxz2456789";

/// How many of them the etcd operator takes (`randomSuffixLength` in its `pkg/util/k8sutil`).
const RANDOM_LENGTH: usize = 10;

/// How many hex digits k3s takes (`pkg/etcd/etcd.go`, `setName`: the first part of a UUID).
const UUID_LENGTH: usize = 8;

/// A manager: by what it is known, and what it would do.
struct Manager {
    name: &'static str,
    /// What a member shows of it.
    sign: fn(&LiveMember) -> bool,
    /// How many members must show it.
    reach: Reach,
    known_by: &'static str,
    consequence: &'static str,
}

/// How many members must show a sign.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Every one that has started.
    All,
    /// One is enough.
    Any,
}

const MANAGERS: [Manager; 6] = [
    Manager {
        name: "k3s or RKE2",
        sign: is_of_k3s,
        reach: Reach::All,
        known_by: "its name ends in the eight hex digits that these add to a node's name",
        consequence: "etcd runs inside of their server process: a server adds its own member when it starts, \
                      removes it when its node is deleted, and has no setting for another address",
    },
    Manager {
        name: "the etcd operator",
        sign: is_of_operator,
        reach: Reach::All,
        known_by: "its peer URL is NAME.CLUSTER.NAMESPACE.svc, its name CLUSTER and ten letters drawn by lot",
        consequence: "the operator removes members that it did not create, and puts new ones in the place of those \
                      that it misses: set `spec.size` of its EtcdCluster instead",
    },
    Manager {
        name: "a Kubernetes StatefulSet",
        sign: is_of_stateful_set,
        reach: Reach::Any,
        known_by: "its peer URL is that of a numbered pod behind a Service, as charts and operators give it",
        consequence: "a pod whose member was removed is started again, with the settings of the chart or operator: \
                      scale the StatefulSet, or whatever owns it, instead",
    },
    Manager {
        name: "kops",
        sign: is_of_kops,
        reach: Reach::All,
        known_by: "its ports are those of etcd-manager: 4001 for clients beside 2380 (4002 and 2381, 4003 and 2382)",
        consequence: "etcd-manager adds and removes members by itself, until there are as many as its cluster spec \
                      says, and writes their URLs",
    },
    Manager {
        name: "OpenShift",
        sign: is_of_openshift,
        reach: Reach::Any,
        known_by: "`etcd-bootstrap` is the member that its installer begins with",
        consequence: "the cluster-etcd-operator adds a member for each control plane node, and removes those without one",
    },
    Manager {
        name: "kubeadm, or another installer of Kubernetes",
        sign: is_of_control_plane,
        reach: Reach::All,
        known_by: "its name is that of a control plane node, its URLs https://IP:2380 and https://IP:2379",
        consequence: "each node runs its member from a manifest that holds these URLs: `kubeadm join` adds a member, \
                      `kubeadm reset` removes one, and the kubelet starts whatever was stopped by hand",
    },
];

/// What is told of managers that seem to be at work.
pub(super) fn notices(observation: &Observation) -> Vec<Notice> {
    MANAGERS
        .iter()
        .filter_map(|manager| notice(manager, observation))
        .collect()
}

fn notice(manager: &Manager, observation: &Observation) -> Option<Notice> {
    let started = observation.members.iter().filter(|m| m.name.is_some());
    let signs: Vec<&LiveMember> = started
        .clone()
        .filter(|member| (manager.sign)(member))
        .collect();
    let first = signs.first()?;
    if manager.reach == Reach::All && signs.len() < started.count() {
        return None;
    }
    Some(Notice {
        code: Some("W0601".to_owned()),
        details: vec![
            format!("{}: {}", called(first), manager.known_by),
            manager.consequence.to_owned(),
        ],
        ways_out: vec!["if it does, let it make the changes, and use etcdplan to look".to_owned()],
        ..Notice::warning(format!("{} seems to manage these members", manager.name))
    })
}

/// Whether all peer URLs have one port, and all client URLs another.
fn has_ports(member: &LiveMember, peer: u16, client: u16) -> bool {
    let all = |urls: &crate::url::Urls, port| {
        !urls.is_empty() && urls.iter().all(|url| url.port() == Some(port))
    };
    all(&member.peer_urls, peer) && all(&member.client_urls, client)
}

fn is_https(member: &LiveMember) -> bool {
    let mut urls = member.peer_urls.iter().chain(&member.client_urls);
    urls.all(|url| url.scheme() == Some(Scheme::Https))
}

/// One peer URL and one client URL, both on one IP address.
fn is_on_one_address(member: &LiveMember) -> bool {
    let hosts: Vec<&str> = member
        .peer_urls
        .iter()
        .chain(&member.client_urls)
        .map(Url::host)
        .collect();
    match hosts.as_slice() {
        [peer, client] => peer == client && peer.parse::<IpAddr>().is_ok(),
        _ => false,
    }
}

fn name(member: &LiveMember) -> &str {
    member.name.as_ref().map_or("", |name| name.as_str())
}

/// k3s (`pkg/etcd/etcd.go`): `NODE-1a2b3c4d`, and https at etcd's own ports.
fn is_of_k3s(member: &LiveMember) -> bool {
    let has_digits = name(member).rsplit_once('-').is_some_and(|(node, end)| {
        !node.is_empty()
            && end.len() == UUID_LENGTH
            && end.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    });
    has_digits && is_https(member) && has_ports(member, 2380, 2379) && is_on_one_address(member)
}

/// The labels of a host below a Kubernetes Service: `etcd-0 etcd-headless default`.
fn of_service(url: &Url) -> Option<(String, String)> {
    let host = url.canonical_host();
    let (below, _) = host
        .split_once(".svc.")
        .or(host.strip_suffix(".svc").map(|b| (b, "")))?;
    match below.split('.').collect::<Vec<_>>().as_slice() {
        [pod, service, _namespace] => Some(((*pod).to_owned(), (*service).to_owned())),
        _ => None,
    }
}

/// The first etcd operator (`coreos/etcd-operator`, `pkg/util/etcdutil/member.go`): `http://NAME.CLUSTER.NAMESPACE.svc:2380`.
fn is_of_operator(member: &LiveMember) -> bool {
    let is_drawn = |pod: &str, cluster: &str| {
        let end = pod
            .strip_prefix(cluster)
            .and_then(|end| end.strip_prefix('-'));
        end.is_some_and(|end| {
            end.len() == RANDOM_LENGTH && end.chars().all(|c| RANDOM_LETTERS.contains(c))
        })
    };
    let mut urls = member.peer_urls.iter();
    urls.any(|url| {
        of_service(url)
            .is_some_and(|(pod, cluster)| pod == name(member) && is_drawn(&pod, &cluster))
    })
}

/// The pods of a `StatefulSet` are numbered, and have names below its headless Service
/// (Bitnami's chart, etcd-druid, the operator of etcd-io).
fn is_of_stateful_set(member: &LiveMember) -> bool {
    let mut urls = member.peer_urls.iter();
    urls.any(|url| {
        of_service(url).is_some_and(|(pod, _)| {
            pod.rsplit_once('-')
                .is_some_and(|(set, number)| !set.is_empty() && number.parse::<u16>().is_ok())
        })
    })
}

/// kops (`nodeup` and `model/components/etcdmanager`): a pair of ports for each of its clusters.
fn is_of_kops(member: &LiveMember) -> bool {
    let pairs = [(2380, 4001), (2381, 4002), (2382, 4003)];
    pairs
        .iter()
        .any(|(peer, client)| has_ports(member, *peer, *client))
}

/// `OpenShift` (`cluster-etcd-operator`, the bootstrap teardown controller).
fn is_of_openshift(member: &LiveMember) -> bool {
    name(member) == "etcd-bootstrap"
}

/// kubeadm (`app/phases/etcd/local.go`, `getEtcdCommand`): the node's name, and https on its one
/// address. Clusters made by hand look the same, so the name must be that of a control plane node.
fn is_of_control_plane(member: &LiveMember) -> bool {
    let words = ["control-plane", "controlplane", "master"];
    words.iter().any(|word| name(member).contains(word))
        && !is_of_k3s(member)
        && is_https(member)
        && has_ports(member, 2380, 2379)
        && is_on_one_address(member)
}
