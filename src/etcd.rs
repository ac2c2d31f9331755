//! The live cluster: observation and membership calls over etcd's API.
//!
//! Layer 6. Implements the port [`Cluster`]. A look asks every endpoint
//! everything at once (`survey`, `question`, `probe`), and one pure function judges the
//! answers (`assembly`). Calls go to one chosen member (`call`), each through
//! a client of its own (`connect`).

mod answer;
mod answering;
mod assembly;
pub mod backup;
mod call;
mod connect;
pub mod lock;
mod login;
mod peer_page;
mod places;
mod probe;
mod question;
mod survey;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::SystemTime;

use crate::apply::{Call, CallError, Cluster, Depth, ObserveError};
use crate::member::{MemberId, MemberName};
use crate::observation::Observation;
use crate::topology::Topology;
use crate::url::{Url, Urls};

pub use answering::Answering;
use connect::Connections;
pub use connect::credentials::{Credentials, CredentialsError, Identity, Login};
pub use connect::secret::Secret;
pub use connect::{Access, CONNECT_TIMEOUT};
use survey::Survey;

/// How a cluster is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Client URLs to begin with, of any member.
    pub endpoints: Urls,
    /// What the topology file says of members; may be empty.
    pub members: Vec<KnownMember>,
}

/// Where the topology file says that a member is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownMember {
    /// Its name.
    pub name: MemberName,
    /// Where other members reach it.
    pub peer_urls: Urls,
    /// Where clients reach it.
    pub client_urls: Urls,
}

impl From<&Topology> for Reach {
    fn from(topology: &Topology) -> Self {
        let members = topology.members.iter().map(|member| KnownMember {
            name: member.name.clone(),
            peer_urls: member.peer_urls.clone(),
            client_urls: member.client_urls.clone(),
        });
        Self {
            endpoints: topology.connect.endpoints.clone(),
            members: members.collect(),
        }
    }
}

impl Reach {
    /// With the endpoints that answered at the last look: those to begin with
    /// may all be of members that are down or gone by now.
    fn and<'u>(&'u self, found: impl Iterator<Item = &'u Url>) -> Self {
        Self {
            endpoints: self.endpoints.iter().chain(found).cloned().collect(),
            members: self.members.clone(),
        }
    }

    /// Every endpoint that is known before anybody was asked.
    fn known_endpoints(&self) -> BTreeSet<&Url> {
        let of_members = self.members.iter().flat_map(|member| &member.client_urls);
        self.endpoints.iter().chain(of_members).collect()
    }
}

/// A live etcd cluster.
pub struct EtcdCluster {
    reach: Reach,
    connections: Connections,
    /// Where each member answered at the last look.
    found: BTreeMap<MemberId, Url>,
    leader: Option<MemberId>,
    answering: Answering,
    /// The members that we have removed, and where they answered. One that is asked for its status
    /// before it has ended panics (`IsLocalMemberLearner` in etcd's `membership/cluster.go`), which a
    /// unit manager takes for a crash. So it is not asked, also where a member that lags still lists
    /// it; and at its place nobody is, until a listed member says that it is there.
    left: BTreeMap<MemberId, Url>,
}

impl EtcdCluster {
    /// A cluster that is reached so. Nothing is dialled yet.
    pub fn new(reach: Reach, access: Access) -> Self {
        Self {
            reach,
            connections: Connections::new(access),
            found: BTreeMap::new(),
            leader: None,
            answering: Answering::default(),
            left: BTreeMap::new(),
        }
    }

    /// How it is connected to.
    pub fn access(&self) -> Access {
        self.connections.access().clone()
    }

    /// The members as they tell it to each other, where no client is served; none where nobody tells.
    pub async fn told_by_peers(&self) -> Option<Observation> {
        peer_page::look(&self.reach, self.connections.access(), now()).await
    }

    /// Who answered at the last look; it goes on to say so.
    pub fn answering(&self) -> Answering {
        self.answering.clone()
    }
}

impl Cluster for EtcdCluster {
    async fn observe(&mut self, depth: Depth) -> Result<Observation, ObserveError> {
        let reach = self.reach.and(self.found.values());
        let survey = Survey::new(&reach, &self.left, &mut self.connections, now());
        let answers = survey.look(depth).await?;
        let observation = assembly::assemble(&answers, &reach)?;
        let running = observation.members.iter().filter_map(|member| {
            let status = member.status()?;
            Some((member.id, Url::observed(&status.endpoint)))
        });
        self.found = running.collect();
        self.leader = observation.leader;
        self.answering.note(&observation);
        Ok(observation)
    }
    async fn send(&mut self, via: MemberId, call: &Call) -> Result<(), CallError> {
        let via = match call {
            // Any other member refuses it.
            Call::MoveLeader { .. } => self.leader.unwrap_or(via),
            Call::AddLearner { .. }
            | Call::Promote { .. }
            | Call::UpdatePeerUrls { .. }
            | Call::Remove { .. } => via,
        };
        let endpoint = self.found.get(&via).ok_or_else(|| CallError::NotYet {
            message: format!("member {via} does not answer"),
        })?;
        let client = self.connections.client(endpoint).await;
        let client = client.map_err(|obstacle| CallError::Refused {
            message: format!("cannot use {endpoint}: {obstacle}"),
        })?;
        let outcome = call::send(client, call).await;
        if matches!(outcome, Err(CallError::Unanswered { .. })) {
            self.connections.forget(endpoint);
        }
        if let (Call::Remove { id }, Ok(())) = (call, &outcome) {
            self.left.extend(self.found.remove_entry(id));
        }
        outcome
    }
}

impl fmt::Debug for EtcdCluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EtcdCluster")
            .field("reach", &self.reach)
            .field("found", &self.found)
            .field("leader", &self.leader)
            .finish_non_exhaustive()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the time of an observation is part of it, and this is where it comes from"
)]
fn now() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string()
}
