//! A topology file for a cluster that is there already: `etcdplan adopt`.
//!
//! Layer 4, beside the other renderings, and pure. [`adopt`] writes an
//! observation as a commented file of which a plan says `No changes.`, as far as
//! a file can say what is live; where it cannot, it says what was written instead,
//! in the file and as a [`Notice`]:
//!
//! ```text
//! voters=(m1* m2 m3?)   ->   m1, m2, and an entry for m3 with a made-up name: its plan is to start it
//! ```
//!
//! Names and URLs come from whoever started the members: as values they are
//! quoted (`yaml`), and in comments what acts is written out, line breaks too.

mod addresses;
mod entry;
mod managers;
mod sheet;
mod yaml;

use std::collections::BTreeSet;

use crate::member::Role;
use crate::observation::{LiveMember, Observation};
use crate::render::Notice;
use crate::topology::Connect;
use crate::version::Version;

use entry::Entry;
use sheet::Sheet;
use yaml::{list, scalar};

/// The name of a cluster about which nothing is known.
const NAMELESS: &str = "my-cluster";

/// What is shorter names nothing.
const SHORTEST_NAME: usize = 3;

/// What the observation does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What people call the cluster.
    pub name: Option<String>,
    /// How the cluster was reached; secrets are references.
    pub connect: Connect,
}

/// A file, and what its owner must know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adoption {
    /// The text of the topology file.
    pub text: String,
    /// What is also in its comments.
    pub notices: Vec<Notice>,
}

/// Writes a cluster as a topology file.
pub fn adopt(observation: &Observation, options: &Options) -> Adoption {
    let (entries, of_members) = entry::entries(observation);
    let mut notices = managers::notices(observation);
    notices.extend(of_members);
    let mut sheet = Sheet::default();
    head(&mut sheet, observation, &notices);
    cluster(&mut sheet, observation, options);
    connect(&mut sheet, &options.connect);
    hosts(&mut sheet);
    sheet.line("members:");
    for (index, entry) in entries.iter().enumerate() {
        member(&mut sheet, entry);
        if index == 0 {
            member_hints(&mut sheet);
        }
    }
    policy(&mut sheet, &entries);
    Adoption {
        text: sheet.into_text(),
        notices,
    }
}

fn head(sheet: &mut Sheet, observation: &Observation, notices: &[Notice]) {
    sheet.line("# yaml-language-server: $schema=topology.v1.json");
    sheet.remark("For the line above: etcdplan schema topology > topology.v1.json");
    sheet.remark("");
    sheet.remark(&format!(
        "Cluster {} as it was at {}, written by etcdplan adopt. What is commented out is optional.",
        observation.cluster_id, observation.observed_at
    ));
    for notice in notices {
        sheet.remark("");
        sheet.notice(notice);
    }
    sheet.line("");
    sheet.line("apiVersion: etcdplan/v1");
}

fn cluster(sheet: &mut Sheet, observation: &Observation, options: &Options) {
    sheet.line("cluster:");
    match (&options.name, common_name(observation)) {
        (Some(name), _) => sheet.line(&format!("  name: {}", scalar(name))),
        (None, Some(name)) => sheet.noted(
            &format!("  name: {name}"),
            "what the members' names begin with: write what people call it",
        ),
        (None, None) => sheet.noted(
            &format!("  name: {NAMELESS}"),
            "etcd does not know its name: write what people call it",
        ),
    }
    let id = observation.cluster_id;
    sheet.noted(
        &format!("  id: \"{id}\""),
        "refuses any other cluster that answers",
    );
    let versions: BTreeSet<Version> = observation
        .members
        .iter()
        .filter_map(|member| Some(member.status()?.version))
        .collect();
    let listed: Vec<String> = versions.iter().map(ToString::to_string).collect();
    match (listed.as_slice(), versions.last()) {
        ([], _) | (_, None) => {}
        ([one], _) => sheet.noted(
            &format!("  # version: \"{one}\""),
            "what every member runs now; another one here upgrades them",
        ),
        (several, Some(last)) => sheet.noted(
            &format!("  # version: \"{last}\""),
            &format!("members run {}", several.join(" and ")),
        ),
    }
}

/// What the names of the members have in common, if that could name the cluster.
fn common_name(observation: &Observation) -> Option<String> {
    let mut names = observation
        .members
        .iter()
        .filter_map(|member| Some(member.name.as_ref()?.as_str()));
    let first = names.next()?.to_owned();
    let common = names.fold(first, |common, name| {
        let both = common.chars().zip(name.chars());
        both.take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
    });
    let name = common
        .trim_end_matches(|c: char| c.is_ascii_digit() || "-_.".contains(c))
        .to_owned();
    let names_something = name.chars().count() >= SHORTEST_NAME;
    (names_something && scalar(&name) == name).then_some(name)
}

fn connect(sheet: &mut Sheet, connect: &Connect) {
    let Connect {
        endpoints,
        ca_file,
        cert_file,
        key_file,
        user,
        password_file,
    } = connect;
    let files = [
        (
            "caFile",
            ca_file,
            "the authorities that sign the servers' certificates",
        ),
        ("certFile", cert_file, "our certificate"),
        ("keyFile", key_file, "its key"),
        (
            "user",
            user,
            "its password: ETCDPLAN_PASSWORD, or passwordFile",
        ),
        (
            "passwordFile",
            password_file,
            "a file that holds the password",
        ),
    ];
    let is_given = !endpoints.is_empty() || files.iter().any(|(_, value, _)| value.is_some());
    if !is_given {
        sheet.noted(
            "# connect:",
            "how the cluster is reached; without it: the clientURLs, no TLS",
        );
        sheet.line("#   caFile: pki/ca.crt");
        return;
    }
    sheet.noted("connect:", "paths are relative to this file");
    if !endpoints.is_empty() {
        sheet.line(&format!("  endpoints: {}", list(endpoints)));
    }
    for (field, value, comment) in files {
        if let Some(value) = value {
            sheet.noted(&format!("  {field}: {}", scalar(value)), comment);
        }
    }
}

fn hosts(sheet: &mut Sheet) {
    sheet.hints(&[
        (
            "# driver:",
            "how processes on hosts are reached; without it: by hand",
        ),
        ("#   kind: exec", ""),
        ("#   exec:", ""),
        ("#     start: [ops/etcd-on-host, start]", ""),
        ("#     stop: [ops/etcd-on-host, stop]", ""),
        ("# host:", "defaults for every member's host"),
        (
            "#   dataDir: /var/lib/etcd",
            "where etcd keeps its data there",
        ),
    ]);
}

fn member(sheet: &mut Sheet, entry: &Entry<'_>) {
    sheet.line(&format!("  - name: {}", scalar(&entry.name)));
    sheet.line(&format!("    peerURLs: {}", list(&entry.peer_urls)));
    sheet.line(&format!("    clientURLs: {}", list(&entry.client_urls)));
    if entry.live.role == Role::Learner {
        sheet.noted("    role: learner", "without this line it is promoted");
    }
    if entry.is_nowhere {
        let id = entry.live.id;
        sheet.noted(
            &format!("    id: \"{id}\""),
            "which member it is, since its URLs do not say it",
        );
        sheet.noted(
            "    protect: true",
            "refuse its plan until its peer URL is written",
        );
    }
}

/// What a member may have; at the first one, which stands for all.
fn member_hints(sheet: &mut Sheet) {
    sheet.hints(&[
        (
            "    # zone: eu-1a",
            "failure domain: plans warn if one holds too many voters",
        ),
        ("    # protect: true", "any plan that removes it is refused"),
        ("    # host:", "where it differs from the defaults"),
        ("    #   dataDir: /data/etcd", ""),
    ]);
}

fn policy(sheet: &mut Sheet, entries: &[Entry<'_>]) {
    let voters = entries
        .iter()
        .filter(|entry| entry.live.role == Role::Voter)
        .count();
    if voters.is_multiple_of(2) {
        sheet.line("policy:");
        sheet.noted(
            "  allowEvenVoters: true",
            &format!("there are {voters}: one more or one less serves better"),
        );
        sheet.noted("  # minCanLose: 1", "no step may leave fewer to spare");
    } else {
        sheet.line("# policy:");
        sheet.noted("#   minCanLose: 1", "no step may leave fewer to spare");
    }
}

/// What people call a member, before it is in a file.
fn called(member: &LiveMember) -> String {
    match &member.name {
        Some(name) => format!("`{name}`"),
        None => format!("member {}", member.id),
    }
}
