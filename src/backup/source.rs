//! Which member a backup is taken from.
//!
//! ```text
//! voters=(m1* m2 m3)  ->  m2, a follower: the leader has enough to do
//! voters=(m1* m2!)    ->  m1
//! voters=(m1! m2!)    ->  without quorum: whoever answers and has the most, for the command alone
//! ```

use std::cmp::Reverse;

use crate::member::Role;
use crate::observation::{Health, LiveMember, Observation, Status};
use crate::url::Url;

use super::Order;

/// The member that a backup is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source<'o> {
    member: &'o LiveMember,
    status: &'o Status,
    standing: Standing,
}

/// How the member stands: the less, the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// A voter that is healthy and in sync, and does not lead.
    Follower,
    /// The leader, healthy.
    Leader,
    /// A healthy voter that is behind.
    Behind,
    /// A voter that answers; whether it is still one of them nobody can say.
    Uncertain,
}

impl<'o> Source<'o> {
    /// Chooses the member that a backup is best taken from; `None` if no voter answers.
    ///
    /// `max_lag` is the number of raft entries up to which a voter counts as in sync.
    /// Learners are not asked: etcd 3.4 refuses it to them.
    pub fn choose(observation: &'o Observation, max_lag: u64) -> Option<Self> {
        let voters = observation.members.iter();
        let voters = voters.filter(|member| member.role == Role::Voter);
        let sources = voters.filter_map(|member| {
            let status = member.status()?;
            let standing = standing(observation, member, max_lag);
            Some(Self {
                member,
                status,
                standing,
            })
        });
        sources.min_by_key(|source| {
            // Followers are as good as each other; else, who has more.
            let more = match source.standing {
                Standing::Follower | Standing::Leader => 0,
                Standing::Behind | Standing::Uncertain => source.status.applied_index,
            };
            (source.standing, Reverse(more), source.member.id)
        })
    }

    /// The member.
    pub fn member(&self) -> &'o LiveMember {
        self.member
    }

    /// Whether it is known to serve what the cluster has agreed on.
    pub fn is_healthy(&self) -> bool {
        self.standing != Standing::Uncertain
    }

    /// The order to save what it has.
    pub fn order(&self, observation: &Observation, cluster_name: Option<&str>) -> Order {
        Order {
            cluster_name: cluster_name.map(str::to_owned),
            cluster_id: observation.cluster_id,
            from: self.member.id,
            label: self.member.label(),
            endpoint: Url::observed(&self.status.endpoint),
            db_size: self.status.db_size,
            observed_at: observation.observed_at.clone(),
        }
    }
}

fn standing(observation: &Observation, member: &LiveMember, max_lag: u64) -> Standing {
    if member.health() != Health::Healthy {
        return Standing::Uncertain;
    }
    if observation.leader == Some(member.id) {
        return Standing::Leader;
    }
    match observation.lag(member.id) {
        Some(lag) if lag <= max_lag => Standing::Follower,
        Some(_) | None => Standing::Behind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::{Condition, Witness, recording};

    fn healthy() -> Observation {
        recording::read(include_str!("../../examples/live/healthy.json")).unwrap()
    }

    fn chosen(observation: &Observation) -> Option<(String, Standing)> {
        let source = Source::choose(observation, 1)?;
        Some((source.member.label(), source.standing))
    }

    fn status(observation: &mut Observation, index: usize) -> &mut Status {
        let Condition::Running(status) = &mut observation.members[index].condition else {
            panic!("it does not answer");
        };
        status
    }

    fn silence(observation: &mut Observation, index: usize) {
        observation.members[index].condition = Condition::Silent {
            reason: "no answer".to_owned(),
        };
    }

    #[test]
    fn a_follower_in_sync_is_best() {
        let mut live = healthy();
        let (label, standing) = chosen(&live).unwrap();
        assert_eq!(standing, Standing::Follower);
        let index = |live: &Observation, label: &str| {
            live.members
                .iter()
                .position(|m| m.label() == label)
                .unwrap()
        };
        let first = index(&live, &label);
        status(&mut live, first).applied_index = 0;
        let (second, standing) = chosen(&live).unwrap();
        assert_eq!((second != label, standing), (true, Standing::Follower));
        let second = index(&live, &second);
        silence(&mut live, second);
        let leader = live.members.iter().find(|m| Some(m.id) == live.leader);
        let leader = leader.unwrap().label();
        assert_eq!(chosen(&live), Some((leader.clone(), Standing::Leader)));
        let leads = index(&live, &leader);
        live.members[leads].role = Role::Learner;
        assert_eq!(chosen(&live), Some((label, Standing::Behind)));
    }

    #[test]
    fn without_quorum_who_has_the_most_is_better_than_nobody() {
        let mut live = healthy();
        live.leader = None;
        for index in 0..live.members.len() {
            let status = status(&mut live, index);
            status.leader = None;
            status.linearizable = Witness::No;
            status.applied_index = 10;
        }
        status(&mut live, 2).applied_index = 11;
        let label = live.members[2].label();
        assert_eq!(chosen(&live), Some((label, Standing::Uncertain)));
        for index in 0..live.members.len() {
            silence(&mut live, index);
        }
        assert_eq!(chosen(&live), None);
    }
}
