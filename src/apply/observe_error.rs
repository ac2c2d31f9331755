//! Why a look at a cluster shows nothing.

use miette::Diagnostic as _;

use crate::apply::Obstacle;
use crate::url::Url;

/// Why a cluster could not be observed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, miette::Diagnostic, Hash)]
pub enum ObserveError {
    /// There is no endpoint to ask.
    #[error("no endpoint is known")]
    #[diagnostic(
        code(E0401),
        help("write `connect.endpoints` or the members' `clientURLs`, or pass --endpoints")
    )]
    NoEndpoint,
    /// None answered.
    #[error("no member of the cluster answers")]
    #[diagnostic(
        code(E0402),
        help(
            "{}\nif every address changes at once, name one where the cluster is now: --endpoints or `connect.endpoints`\nif its majority is lost, or every process is down: etcdplan recover -f FILE\nto try things on a new cluster of your own: etcdplan sandbox up",
            told(tried)
        )
    )]
    NoAnswer {
        /// What stood in the way of each endpoint.
        tried: Vec<(String, Obstacle)>,
    },
    /// Somebody is there, and does not let us in.
    #[error("{endpoint}: {obstacle}")]
    #[diagnostic(forward(obstacle))]
    Unusable {
        /// The endpoint.
        endpoint: String,
        /// What stands in the way.
        obstacle: Obstacle,
    },
    /// Endpoints belong to different clusters.
    #[error("the endpoints belong to different clusters: {first} and {second}")]
    #[diagnostic(code(E0403), help("remove the endpoint of the other cluster"))]
    ClustersDiffer {
        /// An endpoint and its cluster's id.
        first: String,
        /// Another endpoint and its cluster's id.
        second: String,
    },
    /// A client URL is served by another member than the one that lists it.
    #[error("{endpoint} belongs to {expected}, and {answered} answers there")]
    #[diagnostic(
        code(E0404),
        help("correct the client URL in the file, or the member's --advertise-client-urls")
    )]
    OtherMember {
        /// The client URL.
        endpoint: String,
        /// Who should be there.
        expected: String,
        /// Who is.
        answered: String,
    },
}

impl ObserveError {
    /// An endpoint that is of no use.
    pub fn unusable(endpoint: &Url, obstacle: Obstacle) -> Self {
        let endpoint = endpoint.to_string();
        Self::Unusable { endpoint, obstacle }
    }
}

/// What stood in the way of each endpoint, and then once each what to do about it.
fn told(tried: &[(String, Obstacle)]) -> String {
    let mut lines: Vec<String> = tried
        .iter()
        .map(|(endpoint, obstacle)| format!("{endpoint}: {}", obstacle.told()))
        .collect();
    for (_, obstacle) in tried {
        let way_out = obstacle.help().map(|help| help.to_string());
        lines.extend(way_out.filter(|way_out| !lines.contains(way_out)));
    }
    lines.join("\n")
}
