//! The ids that etcd will make for a restored cluster, so that a plan can name them in advance.
//!
//! `computeMemberID` and `genID` of etcd's `membership` package: the first eight bytes of SHA-1 over
//! the sorted peer URLs and the token, and over the members' ids.

use sha1::{Digest as _, Sha1};

use crate::member::{ClusterId, MemberId};
use crate::url::Urls;

/// The id of a member of a cluster that begins with this token.
pub(super) fn member(peer_urls: &Urls, token: &str) -> MemberId {
    let mut urls = peer_urls.to_strings();
    urls.sort();
    urls.push(token.to_owned());
    MemberId::new(first_bytes(urls.concat().as_bytes()))
}

/// The id of a cluster that begins with these members.
pub(super) fn cluster(members: &[MemberId]) -> ClusterId {
    let mut ids: Vec<u64> = members.iter().map(|id| id.get()).collect();
    ids.sort_unstable();
    let bytes: Vec<u8> = ids.iter().flat_map(|id| id.to_be_bytes()).collect();
    ClusterId::new(first_bytes(&bytes))
}

fn first_bytes(bytes: &[u8]) -> u64 {
    let digest = Sha1::digest(bytes);
    let (first, _) = digest.split_first_chunk().unwrap_or((&[0; 8], &[]));
    u64::from_be_bytes(*first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::url::Url;

    /// The ids that every etcd gets that is started without any flag.
    #[test]
    fn they_are_etcds() {
        let urls: Urls = [Url::parse("http://localhost:2380").unwrap()]
            .into_iter()
            .collect();
        let id = member(&urls, "etcd-cluster");
        assert_eq!(id.to_string(), "8e9e05c52164694d");
        assert_eq!(cluster(&[id]).to_string(), "cdf818194e3a8c32");
    }
}
