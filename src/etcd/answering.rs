//! Who answers: shared by everything that asks a cluster of which the members change.

use std::sync::{Arc, Mutex, PoisonError};

use crate::member::Role;
use crate::observation::Observation;
use crate::url::Url;

/// The client URLs at which voters answered at the last look, the leader's first.
#[derive(Clone, Debug, Default)]
pub struct Answering(Arc<Mutex<Vec<Url>>>);

impl Answering {
    /// The URLs, best first.
    pub(super) fn urls(&self) -> Vec<Url> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.clone()
    }

    /// Takes note of a look. Where nobody answered, those of before are all there is.
    pub(super) fn note(&self, look: &Observation) {
        let mut voters: Vec<_> = look
            .members
            .iter()
            .filter(|member| member.role == Role::Voter)
            .filter_map(|member| Some((member.id, Url::observed(&member.status()?.endpoint))))
            .collect();
        voters.sort_by_key(|(id, _)| Some(*id) != look.leader);
        if !voters.is_empty() {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            *known = voters.into_iter().map(|(_, url)| url).collect();
        }
    }
}
