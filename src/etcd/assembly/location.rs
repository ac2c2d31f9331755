//! Which endpoint is whose, and why a member has none.

use crate::apply::{ObserveError, Obstacle};
use crate::etcd::Reach;
use crate::etcd::answer::{Answers, Listed, Site};
use crate::etcd::places::{Claim, places};
use crate::member::ClusterId;
use crate::observation::Condition;
use crate::url::Url;

/// Refuses a look that had nobody to ask, or an endpoint that cannot be asked.
pub(super) fn usable(answers: &Answers, reach: &Reach) -> Result<(), ObserveError> {
    if answers.sites.is_empty() {
        return Err(ObserveError::NoEndpoint);
    }
    let mut configured = reach.endpoints.iter();
    configured
        .find_map(|url| unsupported(url, answers))
        .map_or(Ok(()), Err)
}

/// The cluster that every endpoint that answered belongs to.
pub(super) fn one_cluster(answers: &Answers) -> Result<ClusterId, ObserveError> {
    let clusters = || {
        let sites = answers.sites.iter();
        sites.filter_map(|(url, site)| Some((url, site.answered()?.cluster?)))
    };
    let (first_url, first) = clusters().next().ok_or_else(|| no_list(answers))?;
    match clusters().find(|(_, cluster)| *cluster != first) {
        Some((url, other)) => Err(ObserveError::ClustersDiffer {
            first: format!("{first_url} ({first})"),
            second: format!("{url} ({other})"),
        }),
        None => Ok(first),
    }
}

/// Nobody gave a member list; says what stood in the way.
pub(super) fn no_list(answers: &Answers) -> ObserveError {
    let obstacles = answers.sites.iter().map(|(url, site)| {
        let obstacle = match (&site.status, &site.local_list) {
            (Some(Err(obstacle)), _) | (Some(Ok(_)), Some(Err(obstacle))) => obstacle.clone(),
            (Some(Ok(_)) | None, _) => Obstacle::Broken {
                reason: "it lists no members".to_owned(),
            },
        };
        (url.to_string(), obstacle)
    });
    let tried: Vec<(String, Obstacle)> = obstacles.collect();
    // Where somebody is silent, it may be no more than a moment.
    let is_silent = |(_, obstacle): &(String, Obstacle)| !obstacle.somebody_is_there();
    match tried.first().cloned() {
        Some((endpoint, obstacle)) if !tried.iter().any(is_silent) => {
            ObserveError::Unusable { endpoint, obstacle }
        }
        Some(_) | None => ObserveError::NoAnswer { tried },
    }
}

/// The site at which a member answers under its own id.
pub(super) fn locate<'a>(
    member: &Listed,
    list: &[Listed],
    answers: &'a Answers,
    reach: &Reach,
) -> Result<Option<(&'a Url, &'a Site)>, ObserveError> {
    // Whatever runs at the address of a member that never started is not that member yet.
    if member.name.is_none() {
        return Ok(None);
    }
    let site = |url: &Url| {
        let (url, site) = answers.sites.get_key_value(url)?;
        Some((url, site, site.answered()?.member))
    };
    let configured = reach.endpoints.iter().filter_map(site);
    for (url, site, answered) in configured {
        if answered == member.id {
            return Ok(Some((url, site)));
        }
    }
    let places = places(member, list, reach);
    for place in &places {
        let Some((url, site, answered)) = site(&place.url) else {
            continue;
        };
        if answered == member.id {
            return Ok(Some((url, site)));
        }
        if place.claim == Claim::Certain {
            let other = list.iter().find(|listed| listed.id == answered);
            return Err(ObserveError::OtherMember {
                endpoint: url.to_string(),
                expected: label(member),
                answered: other.map_or_else(|| format!("member {answered}"), label),
            });
        }
    }
    Ok(None)
}

/// What is said of a member that answers nowhere.
pub(super) fn absence(
    member: &Listed,
    list: &[Listed],
    answers: &Answers,
    reach: &Reach,
) -> Condition {
    if member.name.is_none() {
        return Condition::Unstarted;
    }
    let obstacles: Vec<(Url, &Obstacle)> = places(member, list, reach)
        .into_iter()
        .filter_map(|place| {
            let status = answers.sites.get(&place.url)?.status.as_ref()?;
            Some((place.url, status.as_ref().err()?))
        })
        .collect();
    let reasons = obstacles
        .iter()
        .map(|(url, obstacle)| format!("{url}: {obstacle}"));
    let reason = reasons.collect::<Vec<_>>().join("; ");
    // To call it silent would be the first half of calling it dead.
    if obstacles
        .iter()
        .any(|(_, obstacle)| obstacle.somebody_is_there())
    {
        return Condition::Barred { reason };
    }
    let reason = if reason.is_empty() {
        "no client URL of it is known".to_owned()
    } else {
        reason
    };
    Condition::Silent { reason }
}

/// The URL, if it is none that can be used at all.
fn unsupported(url: &Url, answers: &Answers) -> Option<ObserveError> {
    match answers.sites.get(url)?.status.as_ref()? {
        Err(obstacle @ Obstacle::Unsupported { .. }) => {
            Some(ObserveError::unusable(url, obstacle.clone()))
        }
        Err(_) | Ok(_) => None,
    }
}

fn label(member: &Listed) -> String {
    match &member.name {
        Some(name) => format!("{name} ({})", member.id),
        None => format!("member {}", member.id),
    }
}
