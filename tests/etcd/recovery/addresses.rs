//! Members that come back with their data, and on other addresses.

use std::fs;

use super::{Kill, Loss, Scene};
use crate::bed::Outcome;
use crate::bed::program::Run;
use crate::bed::topology::Topology;
use crate::report::Journal;

/// By how much the number of a machine's address grows.
const FURTHER: u8 = 100;

impl Scene<'_> {
    /// Moves the machines, and lets the members find each other again.
    pub(super) async fn found_again(
        &mut self,
        loss: Loss,
        killed: Option<Kill>,
        journal: &mut Journal,
    ) -> Outcome<()> {
        self.readdress(loss)?;
        Topology::new(self.driver, &self.members, &self.members)
            .write(self.cluster, "topology.yaml")?;
        let recover = ["recover", "-f", "topology.yaml", "-o", "way-back.json"];
        let apply = ["apply", "way-back.json", "--yes"];
        if usize::from(loss.moved) == self.members.len() {
            // Nobody says yet where the members look for each other: they are started first.
            self.done(&recover, journal).await?;
            let started = [&apply[..], &["--step-timeout", "3s"]].concat();
            let run = Run::of(&self.cluster.directory, &started).await?;
            journal.note(run.told());
            run.expect(5)?;
            if !run.stderr().contains("etcdplan recover -f topology.yaml") {
                return Err("it does not say that recover sees more now".into());
            }
        }
        self.done(&recover, journal).await?;
        if let Some(kill) = killed {
            self.killed(&apply, kill, journal).await?;
        }
        self.done(&apply, journal).await?;
        self.done(&apply, journal).await
    }

    fn readdress(&mut self, loss: Loss) -> Outcome<()> {
        let stay = usize::from(loss.voters - loss.moved);
        for place in stay..self.members.len() {
            let old = self.members[place].clone();
            let number = u8::try_from(place + 1)? + FURTHER;
            let new = old.clone().moved(self.cluster.net.host(number), None);
            fs::rename(self.home(&old), self.home(&new))?;
            self.members[place] = new;
        }
        Ok(())
    }
}
