//! Where a listed member may be reached.
//!
//! The order is that of DESIGN 7: a configured endpoint that answers with the
//! member's id, then what the topology file says, then what the member
//! advertises. Configured endpoints belong to nobody until one answers.

use crate::etcd::answer::Listed;
use crate::etcd::{KnownMember, Reach};
use crate::url::Url;

/// A client URL at which a member may answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) url: Url,
    pub(super) claim: Claim,
}

/// How sure it is that a place is the member's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// Another member there is an error.
    Certain,
    /// The file has a member of this name with other peer URLs, and it may be
    /// there already or be about to move there; or the entry shares peer URLs
    /// with several members. Another member there means nothing.
    Doubtful,
}

/// The places of a member of `list`, best first, each once.
pub(super) fn places(member: &Listed, list: &[Listed], reach: &Reach) -> Vec<Place> {
    let known = entry(member, list, reach);
    let from_file = known.into_iter().flat_map(|(known, claim)| {
        known.client_urls.iter().map(move |url| Place {
            url: url.clone(),
            claim,
        })
    });
    let advertised = member.client_urls.iter().map(|url| Place {
        url: url.clone(),
        claim: Claim::Certain,
    });
    let mut places: Vec<Place> = Vec::new();
    for place in from_file.chain(advertised) {
        match places.iter_mut().find(|p| p.url == place.url) {
            // Advertised by the member itself, so it is sure after all.
            Some(known) => known.claim = Claim::Certain,
            None => places.push(place),
        }
    }
    places
}

/// The file's entry for a member, and how sure it is.
fn entry<'a>(
    member: &Listed,
    list: &[Listed],
    reach: &'a Reach,
) -> Option<(&'a KnownMember, Claim)> {
    let mut entries = reach.members.iter();
    if let Some(known) = entries.find(|known| known.peer_urls.shares_any(&member.peer_urls)) {
        let sharing = list
            .iter()
            .filter(|other| other.peer_urls.shares_any(&known.peer_urls));
        let claim = if sharing.count() == 1 {
            Claim::Certain
        } else {
            Claim::Doubtful
        };
        return Some((known, claim));
    }
    // A name counts only between entries and members that no address pairs.
    let paired = |known: &KnownMember| {
        list.iter()
            .any(|m| m.peer_urls.shares_any(&known.peer_urls))
    };
    let has_entry = |listed: &Listed| {
        let mut entries = reach.members.iter();
        entries.any(|known| known.peer_urls.shares_any(&listed.peer_urls))
    };
    let same_name = |m: &&Listed| m.name == member.name && !has_entry(m);
    if list.iter().filter(same_name).count() != 1 {
        return None;
    }
    let mut entries = reach.members.iter();
    let named =
        entries.find(|known| member.name.as_ref() == Some(&known.name) && !paired(known))?;
    Some((named, Claim::Doubtful))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::member::{MemberId, MemberName, Role};
    use crate::url::Urls;

    fn listed(id: u64, name: &str, peer: &str, client: &str) -> Listed {
        Listed {
            id: MemberId::new(id),
            name: MemberName::observed(name),
            peer_urls: Urls::observed(&[peer]),
            client_urls: Urls::observed(&[client]),
            role: Role::Voter,
        }
    }

    fn known(name: &str, peer: &str, client: &str) -> KnownMember {
        KnownMember {
            name: MemberName::parse(name).unwrap(),
            peer_urls: Urls::observed(&[peer]),
            client_urls: Urls::observed(&[client]),
        }
    }

    fn found(member: &Listed, list: &[Listed], members: Vec<KnownMember>) -> Vec<(String, Claim)> {
        let reach = Reach {
            members,
            ..Reach::default()
        };
        let places = places(member, list, &reach);
        places
            .into_iter()
            .map(|place| (place.url.to_string(), place.claim))
            .collect()
    }

    #[test]
    fn the_file_comes_before_what_is_advertised() {
        let m1 = listed(1, "m1", "http://a:1", "http://advertised:2");
        let list = [m1.clone()];
        let members = vec![known("other", "http://a:1", "http://file:2")];
        assert_eq!(
            found(&m1, &list, members),
            [
                ("http://file:2".to_owned(), Claim::Certain),
                ("http://advertised:2".to_owned(), Claim::Certain)
            ]
        );
    }

    #[test]
    fn a_name_pairs_only_what_no_address_pairs() {
        let old = listed(1, "m1", "http://old:1", "http://old:2");
        let new = listed(2, "m1", "http://new:1", "http://new:2");
        let entry = || vec![known("m1", "http://new:1", "http://new:3")];
        let by_name = ("http://new:3".to_owned(), Claim::Doubtful);
        let advertised = ("http://old:2".to_owned(), Claim::Certain);
        assert_eq!(
            found(&old, std::slice::from_ref(&old), entry()),
            [by_name, advertised.clone()]
        );
        // The newcomer has the entry's address, so that the old member has no entry.
        assert_eq!(found(&old, &[old.clone(), new], entry()), [advertised]);
    }
}
