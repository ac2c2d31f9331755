//! Writing down new addresses, once there is a quorum that can be asked.

use crate::apply::halt::Halt;
use crate::apply::recovery::{Run, name};
use crate::apply::{Call, CallError, Cluster, HostOutcome};
use crate::member::MemberId;
use crate::plan::Step;

impl<C: Cluster, H, K, J, A, R> Run<'_, '_, C, H, K, J, A, R> {
    /// Asks whoever serves to write down a new address. What is heard of it is no proof: it is looked at.
    pub(super) async fn update(&mut self, step: &Step) -> Result<HostOutcome, Halt> {
        let call = step.member_id.zip(step.parameters.peer_urls.clone());
        let (Some((id, peer_urls)), Some(via)) = (call, self.leader()) else {
            return Ok(HostOutcome::LeftToHand);
        };
        if let Some(moved) = self.moved_since(id) {
            return Err(Halt::Stale { moved: vec![moved] });
        }
        match self
            .ports
            .cluster
            .send(via, &Call::UpdatePeerUrls { id, peer_urls })
            .await
        {
            Err(CallError::Refused { message }) => Err(Halt::CallRefused {
                step: name(step),
                message,
            }),
            Ok(()) | Err(CallError::NotYet { .. } | CallError::Unanswered { .. }) => {
                Ok(HostOutcome::Performed)
            }
        }
    }

    /// What somebody else has done to a member's address since it was planned.
    fn moved_since(&self, id: MemberId) -> Option<String> {
        let base = self.plan.base.members.iter().find(|base| base.id == id)?;
        let live = self.last.as_ref()?.member(id)?;
        (live.peer_urls != base.peer_urls)
            .then(|| format!("{} is at {} now", live.label(), live.peer_urls))
    }

    fn leader(&self) -> Option<MemberId> {
        self.last.as_ref()?.leader
    }
}
