//! What cannot be decided from the file and the cluster.

use crate::diff::Requests;
use crate::member::{ClusterId, MemberId, MemberName};
use crate::observation::Observation;
use crate::spelling::nearest;
use crate::topology::Topology;
use crate::version::Version;

/// Something that the file must say more clearly, or must not say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Blocked {
    /// `cluster.id` is another cluster's.
    #[error("this is another cluster: the file is for {wanted}, and {live} answers")]
    WrongCluster {
        /// The id in the file.
        wanted: ClusterId,
        /// The id that answers.
        live: ClusterId,
    },
    /// No live member has the pinned id.
    #[error("no live member has the id {id} that {spec} is pinned to")]
    IdNotFound {
        /// The entry.
        spec: MemberName,
        /// Its line.
        line: usize,
        /// The id.
        id: MemberId,
    },
    /// The id names one member, and the peer URLs another.
    #[error(
        "{spec} is ambiguous: its id {id} names one member, and its peer URLs belong to {url_owner}"
    )]
    IdAndUrls {
        /// The entry.
        spec: MemberName,
        /// Its line.
        line: usize,
        /// The id in the file.
        id: MemberId,
        /// Whose URLs they are.
        url_owner: String,
        /// That member's id.
        url_owner_id: MemberId,
    },
    /// One entry shares URLs with several members.
    #[error("{spec} is ambiguous: its peer URLs belong to several members")]
    UrlsOfSeveral {
        /// The entry.
        spec: MemberName,
        /// Its line.
        line: usize,
        /// The members.
        members: Vec<(String, MemberId)>,
    },
    /// Several members have the wanted name.
    #[error("{spec} is ambiguous: several live members have this name, and none its peer URLs")]
    NameOfSeveral {
        /// The entry.
        spec: MemberName,
        /// Its line.
        line: usize,
        /// The members.
        members: Vec<MemberId>,
    },
    /// `data: auto`, and nobody said how large the database is.
    #[error("{spec} changes its address, and the size of the database is not known")]
    SizeUnknown {
        /// The entry.
        spec: MemberName,
        /// Its line.
        line: usize,
    },
    /// A protected member would leave.
    #[error("{member} is protected, and would be removed")]
    Protected {
        /// The entry.
        member: MemberName,
        /// Its line.
        line: usize,
    },
    /// An upgrade of more than one minor version.
    #[error("{spec} runs etcd {live}, and cannot go to {wanted} in one step")]
    VersionSkipped {
        /// The entry.
        spec: MemberName,
        /// What it runs.
        live: Version,
        /// What is wanted.
        wanted: Version,
    },
    /// A downgrade to an earlier minor version.
    #[error("{spec} runs etcd {live}, and a downgrade to {wanted} is not a restart")]
    Downgrade {
        /// The entry.
        spec: MemberName,
        /// What it runs.
        live: Version,
        /// What is wanted.
        wanted: Version,
    },
    /// Several entries share URLs with one member.
    #[error(
        "{spec} is ambiguous: other entries have peer URLs of the same member, {}",
        member.0
    )]
    MemberOfSeveral {
        /// The entry.
        spec: MemberName,
        /// Its line.
        line: usize,
        /// The member.
        member: (String, MemberId),
        /// The other entries, each with its line.
        rivals: Vec<(MemberName, usize)>,
    },
    /// Several entries have one id.
    #[error("{spec} and {other} are pinned to one id, {id}")]
    IdOfSeveral {
        /// The entry.
        spec: MemberName,
        /// Its line.
        line: usize,
        /// The id.
        id: MemberId,
        /// Another entry.
        other: MemberName,
    },
    /// A program is to clear a directory that nobody names.
    #[error("{spec} is replaced where it is, and the file does not say which directory to clear")]
    DirectoryUnknown {
        /// The entry.
        spec: MemberName,
        /// Its line.
        line: usize,
    },
    /// The only voter is to be replaced where it is.
    #[error("{spec} is the only voter, and a new one could come to its host only without it")]
    OnlyVoter {
        /// The entry.
        spec: MemberName,
        /// Its line.
        line: usize,
    },
    /// A flag names a member that the file does not have.
    #[error("{flag} names {name}, and the file has no such member")]
    UnknownRequest {
        /// The flag.
        flag: &'static str,
        /// The name.
        name: MemberName,
        /// The members of the file.
        known: Vec<MemberName>,
    },
}

impl Blocked {
    /// The code of the rule.
    pub fn code(&self) -> &'static str {
        match self {
            Self::WrongCluster { .. } => "E0201",
            Self::IdNotFound { .. } => "E0202",
            Self::IdAndUrls { .. } => "E0203",
            Self::UrlsOfSeveral { .. } => "E0204",
            Self::NameOfSeveral { .. } => "E0205",
            Self::SizeUnknown { .. } => "E0206",
            Self::Protected { .. } => "E0207",
            Self::VersionSkipped { .. } => "E0208",
            Self::Downgrade { .. } => "E0209",
            Self::UnknownRequest { .. } => "E0210",
            Self::MemberOfSeveral { .. } => "E0211",
            Self::IdOfSeveral { .. } => "E0212",
            Self::DirectoryUnknown { .. } => "E0213",
            Self::OnlyVoter { .. } => "E0214",
        }
    }

    /// The member it is about.
    pub fn member(&self) -> Option<&MemberName> {
        match self {
            Self::WrongCluster { .. } => None,
            Self::IdNotFound { spec, .. }
            | Self::IdAndUrls { spec, .. }
            | Self::UrlsOfSeveral { spec, .. }
            | Self::NameOfSeveral { spec, .. }
            | Self::SizeUnknown { spec, .. }
            | Self::MemberOfSeveral { spec, .. }
            | Self::IdOfSeveral { spec, .. }
            | Self::DirectoryUnknown { spec, .. }
            | Self::OnlyVoter { spec, .. }
            | Self::VersionSkipped { spec, .. }
            | Self::Downgrade { spec, .. } => Some(spec),
            Self::Protected { member, .. } => Some(member),
            Self::UnknownRequest { name, .. } => Some(name),
        }
    }

    /// Both places, a line each.
    pub fn details(&self) -> Vec<String> {
        let entry = |line: &usize| format!("in the file: line {line}");
        match self {
            Self::WrongCluster { .. } | Self::UnknownRequest { .. } => Vec::new(),
            Self::IdNotFound { line, .. }
            | Self::SizeUnknown { line, .. }
            | Self::IdOfSeveral { line, .. }
            | Self::DirectoryUnknown { line, .. }
            | Self::OnlyVoter { line, .. }
            | Self::Protected { line, .. } => {
                vec![entry(line)]
            }
            Self::MemberOfSeveral {
                line,
                member,
                rivals,
                ..
            } => {
                let others = rivals
                    .iter()
                    .map(|(name, line)| format!("{name} in line {line}"));
                let others = others.collect::<Vec<_>>().join(", ");
                let (label, id) = member;
                vec![
                    format!("{}, and {others}", entry(line)),
                    format!("live: {id} ({label})"),
                ]
            }
            Self::IdAndUrls {
                line,
                id,
                url_owner,
                url_owner_id,
                ..
            } => {
                vec![
                    entry(line),
                    format!("live: {id} by id, {url_owner_id} ({url_owner}) by peer URL"),
                ]
            }
            Self::UrlsOfSeveral { line, members, .. } => {
                let list: Vec<_> = members
                    .iter()
                    .map(|(label, id)| format!("{id} ({label})"))
                    .collect();
                vec![entry(line), format!("live: {}", list.join(", "))]
            }
            Self::NameOfSeveral { line, members, .. } => {
                let list: Vec<_> = members.iter().map(ToString::to_string).collect();
                vec![entry(line), format!("live: {}", list.join(", "))]
            }
            Self::VersionSkipped { live, wanted, .. } | Self::Downgrade { live, wanted, .. } => {
                vec![format!("live: {live}; in the file: {wanted}")]
            }
        }
    }

    /// The ways out, a line each.
    pub fn ways_out(&self) -> Vec<String> {
        let way = match self {
            Self::WrongCluster { .. } => "correct `cluster.id`, or the endpoints".to_owned(),
            Self::IdNotFound { spec, .. } => {
                format!("delete `id:` from {spec}, or write the id of a live member")
            }
            Self::IdAndUrls {
                spec, url_owner_id, ..
            } => {
                return vec![
                    format!("correct `id:` or `peerURLs` of {spec}"),
                    format!(
                        "if {spec} takes over the address: pin `id: \"{url_owner_id}\"` to the entry \
                         of the member that has it now, with another address"
                    ),
                ];
            }
            Self::IdOfSeveral { .. } => {
                "an id belongs to one member: delete one of the two".to_owned()
            }
            Self::DirectoryUnknown { spec, .. } => {
                format!("write `host.dataDir` into {spec}, or `host: {{ dataDir: … }}` for all")
            }
            Self::OnlyVoter { .. } => {
                "add a member on another host first, and replace this one then".to_owned()
            }
            Self::MemberOfSeveral { member, .. } => {
                format!(
                    "write `id: \"{}\"` into the entry that is to be that member",
                    member.1
                )
            }
            Self::UrlsOfSeveral { spec, .. } | Self::NameOfSeveral { spec, .. } => {
                format!("write `id:` into {spec}, to say which member it is")
            }
            Self::SizeUnknown { spec, .. } => {
                format!("write `data: copy` or `data: discard` into {spec}")
            }
            Self::Protected { member, .. } => {
                format!("delete `protect: true` from {member}, or keep it as it is")
            }
            Self::VersionSkipped { live, .. } => {
                format!(
                    "go by way of {}.{} first: one minor version at a time",
                    live.major,
                    live.minor + 1
                )
            }
            Self::Downgrade { live, .. } => format!("keep {live}, or see etcdctl downgrade"),
            Self::UnknownRequest { name, known, .. } => {
                let known = known.iter().map(MemberName::as_str);
                match nearest(name.as_str(), known.clone()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("its members are {}", known.collect::<Vec<_>>().join(", ")),
                }
            }
        };
        vec![way]
    }
}

/// A file for one cluster is not for another.
pub(super) fn wrong_cluster(topology: &Topology, observation: &Observation) -> Option<Blocked> {
    let wanted = topology.cluster.id?;
    let live = observation.cluster_id;
    (wanted != live).then_some(Blocked::WrongCluster { wanted, live })
}

/// Flags name members of the file.
pub(super) fn unknown_requests(topology: &Topology, requests: &Requests) -> Vec<Blocked> {
    let restart = requests.restart.iter().map(|name| ("--restart", name));
    let replace = requests.replace.iter().map(|name| ("--replace", name));
    restart
        .chain(replace)
        .filter(|(_, name)| topology.member(name).is_none())
        .map(|(flag, name)| Blocked::UnknownRequest {
            flag,
            name: name.clone(),
            known: topology
                .members
                .iter()
                .map(|member| member.name.clone())
                .collect(),
        })
        .collect()
}
