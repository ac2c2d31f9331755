//! Whether what is left is of this cluster, and each member's data at its own place.

use crate::plan::recovery::refused::Reason;
use crate::plan::recovery::roster::Roster;

/// Data of another cluster, or of another member, at the place of a member; or another cluster that answers.
pub(super) fn doubts(roster: &Roster<'_>) -> Vec<Reason> {
    let Some(own) = roster.cluster_id() else {
        let found = roster.data_of_clusters();
        let found: Vec<_> = found.map(|(name, id)| (name.to_owned(), id)).collect();
        let disagree = !found.is_empty();
        return disagree
            .then_some(Reason::Disagree(found))
            .into_iter()
            .collect();
    };
    let seen = roster.remains.seen.as_ref().map(|seen| seen.cluster_id);
    let stranger = seen.filter(|seen| *seen != own);
    let mut reasons: Vec<Reason> = stranger
        .map(|found| Reason::OtherAnswers { found, own })
        .into_iter()
        .collect();
    let foreign = roster.data_of_clusters().filter(|(_, found)| *found != own);
    reasons.extend(foreign.map(|(member, found)| Reason::ForeignData {
        member: member.to_owned(),
        found,
        own,
    }));
    let members = roster.members.iter().filter(|old| !old.is_named);
    let with_data: Vec<_> = members
        .filter_map(|old| Some((old, old.data()?.member)))
        .collect();
    for (place, (old, holder)) in with_data.iter().enumerate() {
        let mut earlier = with_data.iter().take(place);
        let twice = earlier.any(|(_, other)| other == holder);
        if twice || old.live.is_some_and(|live| live.id != *holder) {
            reasons.push(Reason::Misplaced {
                member: old.name.clone(),
                holder: *holder,
            });
        }
    }
    reasons
}
