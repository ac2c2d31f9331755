//! What members say of each other: `etcd_network_active_peers`.

use crate::etcd::assembly::Found;
use crate::member::MemberId;
use crate::observation::Witness;

/// The members that can be asked about others.
pub(super) struct Witnesses<'a> {
    found: &'a Found<'a>,
    leader: Option<MemberId>,
}

impl<'a> Witnesses<'a> {
    pub(super) fn new(found: &'a Found<'a>, leader: Option<MemberId>) -> Self {
        Self { found, leader }
    }

    /// Whether the leader counts a member among its active peers; it says nothing of itself.
    pub(super) fn leader(&self, id: MemberId) -> Witness {
        self.leader
            .map_or(Witness::Unknown, |leader| self.says(leader, id))
    }

    /// Whether any other member does.
    pub(super) fn others(&self, id: MemberId) -> Witness {
        let others = self
            .found
            .keys()
            .filter(|other| Some(**other) != self.leader);
        let said: Vec<Witness> = others.map(|other| self.says(*other, id)).collect();
        any(said.iter())
    }

    /// A member that was never connected since the witness started has no row:
    /// on a page that was read to its end, that is a no.
    fn says(&self, witness: MemberId, id: MemberId) -> Witness {
        let metrics = self
            .found
            .get(&witness)
            .and_then(|(_, site)| site.metrics.as_ref());
        match metrics {
            Some(metrics) if witness != id => {
                let active = metrics.active_peers.get(&(witness, id));
                active.copied().unwrap_or(false).into()
            }
            Some(_) | None => Witness::Unknown,
        }
    }
}

/// One yes is a yes; else one no is a no.
pub(super) fn any<'a>(said: impl Iterator<Item = &'a Witness>) -> Witness {
    let mut any = Witness::Unknown;
    for witness in said {
        match witness {
            Witness::Yes => return Witness::Yes,
            Witness::No => any = Witness::No,
            Witness::Unknown => {}
        }
    }
    any
}
