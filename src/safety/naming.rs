//! Rules of addresses: what `MemberUpdate` and `MemberAdd` may be sent. The
//! server checks none of it in `MemberUpdate`, and a bad list makes every other
//! member crash for ever (ETCD 0.2).

use crate::action::{Action, MemberKey};
use crate::member::Role;
use crate::model::Member;
use crate::safety::{Case, Hazard};
use crate::url::{Scheme, Url, Urls};
use crate::version::Version;

/// From these on, `MemberUpdate` on a learner leaves it a learner (etcd issue 21694).
const LEARNER_UPDATE_FIXED: [Version; 2] = [Version::new(3, 5, 31), Version::new(3, 6, 12)];

fn named<'a>(case: &Case<'a>) -> Option<(&'a MemberKey, &'a Urls)> {
    match case.action {
        Action::AddLearner { member, peer_urls } | Action::UpdatePeerUrls { member, peer_urls } => {
            Some((member, peer_urls))
        }
        Action::Start { .. }
        | Action::Promote { .. }
        | Action::MoveLeader { .. }
        | Action::MoveData { .. }
        | Action::Stop { .. }
        | Action::Restart { .. }
        | Action::Remove { .. }
        | Action::Wipe { .. } => None,
    }
}

/// Whether a version is free of the learner update bug.
fn is_fixed(version: Version) -> bool {
    let [in_3_5, in_3_6] = LEARNER_UPDATE_FIXED;
    if version.same_minor(in_3_5) {
        version >= in_3_5
    } else {
        version >= in_3_6
    }
}

/// Older servers silently make a voter of a learner whose URL is updated, in the
/// member list only: it can then neither be promoted nor demoted.
pub(super) fn no_learner_update(case: &Case<'_>) -> Option<Hazard> {
    let Action::UpdatePeerUrls { .. } = case.action else {
        return None;
    };
    let learner = case
        .target()
        .filter(|member| member.role == Role::Learner)?;
    let affected = case
        .model
        .members()
        .find(|(_, member)| !member.version.is_some_and(is_fixed))?;
    let version = affected.1.version;
    Some(Hazard::LearnerUpdate {
        member: learner.label.clone(),
        version,
    })
}

/// Judged as etcd's `types.NewURLs` does; an empty list is as deadly as a bad one.
pub(super) fn well_formed(case: &Case<'_>) -> Option<Hazard> {
    let (_, urls) = named(case)?;
    let bad = urls.iter().find_map(|url| {
        Url::parse(url.as_str())
            .err()
            .map(|error| (url.to_string(), error))
    });
    let (url, reason) = match bad {
        Some((url, error)) => (url, error.to_string()),
        None if urls.is_empty() => (String::new(), "there is no peer URL".to_owned()),
        None => return None,
    };
    Some(Hazard::BadUrl { url, reason })
}

/// etcd answers `Peer URLs already exists`.
pub(super) fn not_taken(case: &Case<'_>) -> Option<Hazard> {
    let (key, urls) = named(case)?;
    let mut others = case.model.members().filter(|(other, _)| *other != key);
    let (_, owner) = others.find(|(_, member)| member.peer_urls.shares_any(urls))?;
    let url = urls
        .iter()
        .find(|url| owner.peer_urls.iter().any(|taken| taken == *url))?;
    Some(Hazard::UrlTaken {
        url: url.to_string(),
        owner: owner.label.clone(),
    })
}

/// A member that goes to https among members without its CA cannot hand over
/// leadership, and no write succeeds for seconds (ETCD 10).
pub(super) fn tls_prepared(case: &Case<'_>) -> Option<Hazard> {
    let Action::UpdatePeerUrls { peer_urls, .. } = case.action else {
        return None;
    };
    let member = case.target()?;
    let goes_over = has(&member.peer_urls, Scheme::Http) && has(peer_urls, Scheme::Https);
    goes_over.then(|| Hazard::TlsUnprepared {
        member: member.label.clone(),
        from: member.peer_urls.to_string(),
        to: peer_urls.to_string(),
    })
}

/// A member that comes with https among members that have never needed its CA:
/// etcd promotes it, and a few seconds later nobody reaches it (ETCD 10).
pub(super) fn tls_joinable(case: &Case<'_>) -> Option<Hazard> {
    let Action::AddLearner { peer_urls, .. } = case.action else {
        return None;
    };
    let plain = |member: &Member| !has(&member.peer_urls, Scheme::Https);
    let (_, beside) = case.model.members().find(|(_, member)| plain(member))?;
    let url = peer_urls.iter().find(|url| is(url, Scheme::Https))?;
    Some(Hazard::TlsBesidePlain {
        url: url.to_string(),
        beside: beside.label.clone(),
    })
}

fn has(urls: &Urls, scheme: Scheme) -> bool {
    urls.iter().any(|url| is(url, scheme))
}

fn is(url: &Url, scheme: Scheme) -> bool {
    url.scheme() == Some(scheme)
}
