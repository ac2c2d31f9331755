//! The members of a file: each one by itself, and among each other.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::member::{MemberId, MemberName, Role};
use crate::quorum::quorum;
use crate::topology::document::{self, Document};
use crate::topology::finding::Finding;
use crate::topology::path::Path;
use crate::topology::problem::Code;
use crate::topology::unique;
use crate::topology::value::{Use, read, urls, variables};
use crate::topology::{DataPolicy, Host, HostDefaults, MemberSpec, Policy, ZoneSpread};
use crate::url::{Scheme, Url, Urls};

/// Reads the members; what is found wrong goes to `findings`.
pub(super) fn check(
    document: &Document,
    defaults: &HostDefaults,
    policy: &Policy,
    findings: &mut Vec<Finding>,
) -> Vec<MemberSpec> {
    let list = Path::default().field("members");
    let mut specs = Vec::new();
    for (index, member) in document.members.iter().enumerate() {
        let spec = spec(member, &list.item(index), defaults, findings);
        specs.extend(spec.map(|spec| (index, spec)));
    }
    unique::check(document, findings);
    unique::directories(document, &specs, findings);
    voters(document, policy, findings);
    specs.into_iter().map(|(_, spec)| spec).collect()
}

fn spec(
    member: &document::Member,
    at: &Path,
    defaults: &HostDefaults,
    findings: &mut Vec<Finding>,
) -> Option<MemberSpec> {
    let name = MemberName::parse(&member.name).map_err(|error| {
        let help = "write what etcd is started with as --name, as in `name: infra0`";
        findings.push(Finding::at(
            Code::BadName,
            at.field("name"),
            error.to_string(),
            "this name",
            help,
        ));
    });
    let peer_urls = urls(
        &member.peer_urls,
        &at.field("peerURLs"),
        Use::Advertise,
        findings,
    );
    let client_urls = urls(
        &member.client_urls,
        &at.field("clientURLs"),
        Use::Advertise,
        findings,
    );
    let id_help = "write the id as `etcdplan status` prints it: 8e9e05c52164694d";
    let id: Option<MemberId> = read(
        member.id.as_deref(),
        Code::BadId,
        &at.field("id"),
        id_help,
        findings,
    );
    // The first that is written; the set of them is sorted.
    let first = member.peer_urls.iter().find_map(|url| Url::parse(url).ok());
    let host = host(
        member.host.as_ref(),
        first.as_ref().map_or("", Url::host),
        at,
        defaults,
        &peer_urls,
        &client_urls,
        findings,
    );
    Some(MemberSpec {
        name: name.ok()?,
        peer_urls,
        client_urls,
        zone: member.zone.clone(),
        role: role(member.role),
        id,
        data: match member.data {
            None | Some(document::Data::Auto) => DataPolicy::Auto,
            Some(document::Data::Copy) => DataPolicy::Copy,
            Some(document::Data::InPlace) => DataPolicy::InPlace,
            Some(document::Data::Discard) => DataPolicy::Discard,
        },
        protect: member.protect.unwrap_or(false),
        host,
        line: 0,
    })
}

fn host(
    host: Option<&document::Host>,
    peer_host: &str,
    at: &Path,
    defaults: &HostDefaults,
    peer_urls: &Urls,
    client_urls: &Urls,
    findings: &mut Vec<Finding>,
) -> Host {
    let host = host.cloned().unwrap_or_default();
    let at = at.field("host");
    if let Some(env) = &host.env {
        variables(env, &at.field("env"), findings);
    }
    let listen = |texts: Option<Vec<String>>,
                  field: &str,
                  advertised: &Urls,
                  findings: &mut Vec<Finding>| match texts {
        Some(texts) => urls(&texts, &at.field(field), Use::Bind, findings),
        None => advertised.iter().map(listen_url).collect(),
    };
    Host {
        address: host.address.unwrap_or_else(|| peer_host.to_owned()),
        data_dir: host.data_dir.or_else(|| defaults.data_dir.clone()),
        wal_dir: host.wal_dir.or_else(|| defaults.wal_dir.clone()),
        listen_peer_urls: listen(host.listen_peer_urls, "listenPeerURLs", peer_urls, findings),
        listen_client_urls: listen(
            host.listen_client_urls,
            "listenClientURLs",
            client_urls,
            findings,
        ),
        env: merged(&defaults.env, host.env),
        vars: merged(&defaults.vars, host.vars),
    }
}

/// Where to listen for an advertised URL: there, if it names an IP address.
///
/// etcd refuses a name in `--listen-*-urls`, and a name says nothing about the
/// interface: every interface at that port is what etcd's own documentation uses.
fn listen_url(url: &Url) -> Url {
    if url.host().parse::<IpAddr>().is_ok() {
        return url.clone();
    }
    let scheme = if url.scheme() == Some(Scheme::Https) {
        "https"
    } else {
        "http"
    };
    let port = url.port().unwrap_or_default();
    Url::parse(&format!("{scheme}://0.0.0.0:{port}")).unwrap_or_else(|_| url.clone())
}

/// The defaults, and over them a member's own entries.
fn merged(
    defaults: &BTreeMap<String, String>,
    own: Option<BTreeMap<String, String>>,
) -> BTreeMap<String, String> {
    defaults
        .clone()
        .into_iter()
        .chain(own.unwrap_or_default())
        .collect()
}

/// Somebody votes, an odd number of them, spread over zones.
fn voters(document: &Document, policy: &Policy, findings: &mut Vec<Finding>) {
    let root = Path::default();
    let (at, list) = (root.name("members"), root.field("members"));
    let members = || document.members.iter().enumerate();
    let voters: Vec<_> = members()
        .filter(|(_, member)| role(member.role) == Role::Voter)
        .collect();
    let learners: Vec<_> = members()
        .filter(|(_, member)| role(member.role) == Role::Learner)
        .collect();
    if voters.is_empty() {
        let help = "let at least one member be a voter: that is the default role";
        findings.push(Finding::at(
            Code::NoVoter,
            at.clone(),
            "no member votes",
            "these members",
            help,
        ));
    } else if voters.len().is_multiple_of(2) && !policy.allow_even_voters {
        let (count, spare) = (voters.len(), voters.len() - quorum(voters.len()));
        let message = format!("{count} voters can lose no more than {} could", count - 1);
        let label = format!(
            "{count} voters: quorum {}, {spare} can be lost",
            quorum(count)
        );
        let help = format!(
            "use {} or {}, or set `policy.allowEvenVoters: true`",
            count - 1,
            count + 1
        );
        findings.push(Finding::at(
            Code::EvenVoters,
            at.clone(),
            message,
            label,
            help,
        ));
    }
    if let [(first, _), (second, _), ..] = learners.as_slice() {
        let help = "etcd before 3.6 allows one learner at a time; later ones have --max-learners, one by default";
        let place = |index: &usize| list.item(*index).field("role");
        let finding = Finding::at(
            Code::SeveralLearners,
            place(first),
            "more than one member stays a learner",
            "one here",
            help,
        );
        findings.push(finding.and(place(second), "another here"));
    }
    if policy.zone_spread != ZoneSpread::Off {
        zones(&voters, policy, &list, findings);
    }
}

fn zones(
    voters: &[(usize, &document::Member)],
    policy: &Policy,
    at: &Path,
    findings: &mut Vec<Finding>,
) {
    let mut count: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, member) in voters {
        if let Some(zone) = &member.zone {
            count.entry(zone).or_default().push(*index);
        }
    }
    let required = policy.zone_spread == ZoneSpread::Require;
    if required
        && let Some((index, member)) = voters.iter().find(|(_, member)| member.zone.is_none())
    {
        let message = format!(
            "`{}` has no zone, and `policy.zoneSpread` requires one",
            member.name
        );
        let help = "write `zone:` into every voter, or set `policy.zoneSpread: warn`";
        findings.push(Finding::at(
            Code::ZoneSpread,
            at.item(*index).field("name"),
            message,
            "this member",
            help,
        ));
    }
    // One zone in all says nothing of spreading, unless that is what is required.
    if count.len() < 2 && !required {
        return;
    }
    let left_without = |members: &Vec<usize>| voters.len() - members.len();
    let Some((zone, members)) = count
        .iter()
        .find(|(_, members)| left_without(members) < quorum(voters.len()))
    else {
        return;
    };
    let message = format!(
        "the loss of zone `{zone}` loses quorum: {} of {} voters are in it",
        members.len(),
        voters.len()
    );
    let code = if required {
        Code::ZoneSpread
    } else {
        Code::ZoneSpreadWarning
    };
    let help = "spread the voters over at least three zones, or set `policy.zoneSpread: off`";
    let place = |index: &usize| at.item(*index).field("zone");
    if let [first, others @ ..] = members.as_slice() {
        let finding = Finding::at(code, place(first), message, "this zone", help);
        let again = |finding: Finding, index| finding.and(place(index), "and here");
        findings.push(others.iter().fold(finding, again));
    }
}

/// Whether a member votes.
fn role(role: Option<document::Role>) -> Role {
    match role {
        None | Some(document::Role::Voter) => Role::Voter,
        Some(document::Role::Learner) => Role::Learner,
    }
}
