//! What is left of the cluster if a failure domain is lost, at each moment of a plan.
//!
//! The zone of a member is the one that its entry of the file names, from its
//! first moment on: where it moves between zones, the file does not tell where
//! it was. A member that the file does not have is in no zone that is known.

use std::collections::BTreeMap;

use crate::action::{Kind, MemberKey};
use crate::diff::identity;
use crate::member::{MemberId, Role};
use crate::model::{ClusterModel, Member};
use crate::observation::{Health, LiveMember, Observation};
use crate::plan::layout::Layout;
use crate::plan::order::Placed;
use crate::plan::{Diagnostic, Step, StepId, ZoneOutlook};
use crate::quorum::Standing;
use crate::topology::{MemberSpec, Topology, ZoneSpread};

/// The zones of the members.
#[derive(Debug)]
struct Zones<'a> {
    topology: &'a Topology,
    /// Of those that stay.
    live: BTreeMap<MemberId, Option<&'a str>>,
}

/// What is left without each zone; nothing where the file names none.
pub(super) fn outlooks(
    topology: &Topology,
    observation: &Observation,
    start: &ClusterModel,
    layout: &Layout,
) -> Vec<ZoneOutlook> {
    let zones = Zones::of(topology, observation);
    let mut names: Vec<&str> = topology
        .members
        .iter()
        .filter_map(|m| m.zone.as_deref())
        .collect();
    names.sort_unstable();
    names.dedup();
    let end = layout.placed.last().map_or(start, |placed| &placed.after);
    let outlook = |zone: &&str| {
        let now = zones.without(zone, start, None);
        let lead = std::iter::repeat_n(now, layout.lead);
        let placed = layout.placed.iter();
        ZoneOutlook {
            zone: (*zone).to_owned(),
            now,
            steps: lead
                .chain(placed.map(|placed| zones.lowest(zone, placed)))
                .collect(),
            end: zones.without(zone, end, None),
        }
    };
    names.iter().map(outlook).collect()
}

impl<'a> Zones<'a> {
    fn of(topology: &'a Topology, observation: &'a Observation) -> Self {
        let pairing = identity::pair(topology, observation);
        let kept = pairing.map(|pairing| pairing.kept).unwrap_or_default();
        let zone = |(spec, live): (&'a MemberSpec, &'a LiveMember)| (live.id, spec.zone.as_deref());
        Self {
            topology,
            live: kept.into_iter().map(zone).collect(),
        }
    }

    /// Whether a member is lost with a zone.
    fn is_in(&self, key: &MemberKey, zone: &str) -> bool {
        let named = match key {
            MemberKey::Live(id) => self.live.get(id).copied().flatten(),
            MemberKey::New(name) => self.topology.member(name).and_then(|m| m.zone.as_deref()),
        };
        named == Some(zone)
    }

    /// The worst moment of a step: before it, after it, and while its process is down.
    fn lowest(&self, zone: &str, placed: &Placed) -> i64 {
        self.without(zone, &placed.before, placed.action.down())
            .min(self.without(zone, &placed.after, None))
    }

    /// How many more voters may fail once this zone is lost, and this member is down.
    fn without(&self, zone: &str, model: &ClusterModel, down: Option<&MemberKey>) -> i64 {
        let stays = |(key, member): &(&MemberKey, &Member)| {
            member.health == Health::Healthy && !self.is_in(key, zone) && down != Some(*key)
        };
        let left = Standing {
            voters: model.voters().count(),
            healthy: model.voters().filter(stays).count(),
        };
        left.can_lose()
    }
}

/// The zones whose loss may cost the quorum while the plan is performed, and only then: where no
/// voter can be lost at all, that is said already (W0301), and before and after it is the file that
/// says so (W0202).
pub(super) fn warning(
    topology: &Topology,
    outlooks: &[ZoneOutlook],
    steps: &[Step],
) -> Option<Diagnostic> {
    if topology.policy.zone_spread == ZoneSpread::Off {
        return None;
    }
    let is_fatal = |outlook: &ZoneOutlook, index: usize| {
        let is_of_the_plan = outlook.now >= 0 && outlook.end >= 0;
        is_of_the_plan && outlook.steps.get(index).is_some_and(|left| *left < 0)
    };
    let spares = steps.iter().enumerate();
    let spares = spares.filter(|(_, step)| step.lowest.can_lose() > 0);
    let fatal = spares.filter(|(index, _)| outlooks.iter().any(|zone| is_fatal(zone, *index)));
    let fatal: Vec<(usize, StepId)> = fatal.map(|(index, step)| (index, step.id)).collect();
    let zones = outlooks.iter();
    let zones = zones.filter(|zone| fatal.iter().any(|(index, _)| is_fatal(zone, *index)));
    let zones: Vec<&str> = zones.map(|outlook| outlook.zone.as_str()).collect();
    let first = zones.first()?;
    let voters = topology
        .members
        .iter()
        .filter(|member| member.role == Role::Voter);
    let mut there = voters.filter(|member| member.zone.as_deref() == Some(first));
    let mut details = vec!["before the first step and after the last it would not".to_owned()];
    if steps.iter().any(|step| step.kind == Kind::Remove) {
        let unknown =
            "a member that leaves is in no zone of the file: if it is in this one, more is lost";
        details.push(unknown.to_owned());
    }
    Some(Diagnostic {
        code: "W0309".to_owned(),
        message: format!(
            "the loss of zone {} loses quorum for a while",
            zones.join(" or ")
        ),
        details,
        steps: fatal.into_iter().map(|(_, id)| id).collect(),
        line: there.next().map(|member| member.line),
    })
}
