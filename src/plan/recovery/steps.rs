//! The steps of a recovery: on hosts, since nobody can be asked to change a member.

use crate::action::Kind;
use crate::member::Role;
use crate::plan::recovery::RestoredFrom;
use crate::plan::recovery::roster::{Old, Roster, State};
use crate::plan::recovery::ways::{Choice, Relocation, Seed};
use crate::plan::{Dependency, Parameters, Step, StepId, performer};
use crate::quorum::Standing;
use crate::topology::MemberSpec;

/// The steps of this way.
pub(super) fn of(roster: &Roster<'_>, choice: &Choice) -> Vec<Step> {
    let mut writer = Writer {
        roster,
        standing: roster.standing(),
        steps: Vec::new(),
    };
    match choice {
        Choice::Start(places) => {
            for old in places.iter().filter_map(|place| roster.members.get(*place)) {
                writer.start(old);
            }
        }
        Choice::Relocate(relocation) => writer.relocate(relocation),
        Choice::Restore(seed) => writer.begin(seed, Kind::Restore),
        Choice::InPlace(seed) => writer.begin(seed, Kind::ForceNew),
    }
    writer.steps
}

struct Writer<'a> {
    roster: &'a Roster<'a>,
    standing: Standing,
    steps: Vec<Step>,
}

impl Writer<'_> {
    fn start(&mut self, old: &Old<'_>) {
        let Some(spec) = old.spec else { return };
        let after = Standing {
            healthy: self.standing.healthy + usize::from(old.role == Role::Voter),
            ..self.standing
        };
        let mut step = self.step(
            Kind::Start,
            spec,
            "its data is there, and its vote is needed",
            after,
        );
        step.member_id = old.id();
        self.steps.push(step);
    }

    fn relocate(&mut self, relocation: &Relocation) {
        let member = |place: &usize| self.roster.members.get(*place);
        let started: Vec<&Old<'_>> = relocation.started.iter().filter_map(member).collect();
        let moved: Vec<&Old<'_>> = relocation.moved.iter().filter_map(member).collect();
        let relayed = relocation.relayed.as_ref().and_then(member);
        for old in started {
            self.start(old);
        }
        let all = Standing {
            healthy: self.roster.voters().filter(|old| old.can_serve()).count(),
            ..self.standing
        };
        let relay = relayed.and_then(|old| Some((old, old.spec?)));
        if let Some((old, spec)) = relay {
            let why =
                "the others find it where they look for it, and it answers on the way they opened";
            let mut step = self.step(Kind::Relay, spec, why, all);
            step.member_id = old.id();
            step.depends_on = self.after(Kind::Start, "it leads to a process that runs");
            self.steps.push(step);
        }
        let quorum = self.steps.last().map(|step| step.id);
        for old in moved {
            let Some(spec) = old.spec else { continue };
            let why = "the members learn where it is";
            let mut step = self.step(Kind::UpdatePeerUrls, spec, why, all);
            step.member_id = old.id();
            step.depends_on = quorum
                .map(|step| Dependency {
                    step,
                    why: "there is a quorum again".to_owned(),
                })
                .into_iter()
                .collect();
            self.steps.push(step);
        }
        if let Some((old, spec)) = relay {
            let why = "nobody looks for it there any more";
            let mut step = self.step(Kind::EndRelay, spec, why, all);
            step.member_id = old.id();
            step.depends_on =
                self.after(Kind::UpdatePeerUrls, "the members know the new addresses");
            self.steps.push(step);
        }
    }

    /// Everything old ends and is put aside before anything new begins: no process of the old
    /// cluster runs beside one of the new.
    fn begin(&mut self, seed: &Seed, by: Kind) {
        let reachable = |old: &&Old<'_>| {
            let state = old.state();
            old.spec.is_some() && matches!(state, State::Answers | State::Runs | State::Stopped)
        };
        let old: Vec<&Old<'_>> = self.roster.members.iter().filter(reachable).collect();
        for old in &old {
            let Some(spec) = old.spec else { continue };
            let votes = old.role == Role::Voter && old.state() == State::Answers;
            let lost = usize::from(votes);
            let after = Standing {
                healthy: self.standing.healthy.saturating_sub(lost),
                ..self.standing
            };
            let mut step = self.step(
                Kind::Stop,
                spec,
                "no process of the old cluster runs beside one of the new",
                after,
            );
            step.member_id = old.id();
            self.steps.push(step);
        }
        let stays = |spec: &MemberSpec| by == Kind::ForceNew && spec.name == seed.spec.name;
        for old in &old {
            let Some(spec) = old.spec.filter(|spec| !stays(spec)) else {
                continue;
            };
            let mut step = self.step(
                Kind::PutAside,
                spec,
                "it is kept, under a name at which nothing starts it",
                self.standing,
            );
            step.member_id = old.id();
            step.depends_on =
                self.after(Kind::Stop, "a directory is moved when nothing runs on it");
            self.steps.push(step);
        }
        let alone = |healthy| Standing { voters: 1, healthy };
        let from = match &seed.from {
            RestoredFrom::Member(name) => format!("{name} has the most of what is left"),
            RestoredFrom::Backup { path, .. } => format!("{path} is what there is"),
        };
        let mut step = self.step(by, &seed.spec, &from, alone(0));
        step.depends_on = self.after(Kind::PutAside, "the old data is out of the way");
        if step.depends_on.is_empty() {
            step.depends_on = self.after(Kind::Stop, "nothing old runs any more");
        }
        step.member_id = Some(seed.member);
        self.steps.push(step);
        let mut step = self.step(
            Kind::Start,
            &seed.spec,
            "it begins the new cluster, alone",
            alone(1),
        );
        step.depends_on = self.after(by, "the data is there before the process starts");
        step.member_id = Some(seed.member);
        self.steps.push(step);
    }

    fn step(&mut self, kind: Kind, spec: &MemberSpec, reason: &str, after: Standing) -> Step {
        let before = std::mem::replace(&mut self.standing, after);
        Step {
            id: StepId(self.steps.len() + 1),
            kind,
            member: spec.name.to_string(),
            member_id: None,
            parameters: Parameters {
                peer_urls: Some(spec.peer_urls.clone()),
                client_urls: Some(spec.client_urls.clone()),
                name: Some(spec.name.clone()),
                ..Parameters::default()
            },
            depends_on: Vec::new(),
            reason: reason.to_owned(),
            by: performer(self.roster.topology, kind),
            conditions: Vec::new(),
            before,
            lowest: if before.can_lose() < after.can_lose() {
                before
            } else {
                after
            },
            after,
        }
    }

    fn after(&self, kind: Kind, why: &str) -> Vec<Dependency> {
        let steps = self.steps.iter().filter(|step| step.kind == kind);
        let dependency = |step: &Step| Dependency {
            step: step.id,
            why: why.to_owned(),
        };
        steps.map(dependency).collect()
    }
}
