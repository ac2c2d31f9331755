//! A member that was given up comes back with its old data, while the cluster is brought back and after.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};

use super::{Scene, Survivor};
use crate::bed::cluster::DATA_DIR;
use crate::bed::member::Member;
use crate::bed::program::Run;
use crate::bed::topology::Topology;
use crate::bed::{Outcome, client};
use crate::report::Journal;

/// The addresses that nobody had before: of the survivor, and of what returns when its own is taken.
const MOVED: u8 = 101;
const LATER: u8 = 103;

/// How long both sides are written to at least, and how long the new one has to take something.
const SPAN: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(30);

impl Scene<'_> {
    /// Brings the cluster back, and one of the lost when the new cluster has just begun.
    pub(super) async fn while_one_returns(
        &mut self,
        survivor: Survivor,
        journal: &mut Journal,
    ) -> Outcome<()> {
        if survivor == Survivor::HasMoved {
            let old = self.members[0].clone();
            self.crash(&old)?;
            self.members[0] = old.clone().moved(self.cluster.net.host(MOVED), None);
            fs::rename(self.home(&old), self.home(&self.members[0]))?;
            Topology::new(self.driver, &self.members, &self.members)
                .write(self.cluster, "topology.yaml")?;
        }
        let recover = [
            "recover",
            "-f",
            "topology.yaml",
            "-o",
            "way-back.json",
            "--lost",
            "m2",
            "--lost",
            "m3",
        ];
        self.done(&recover, journal).await?;
        let apply = ["apply", "way-back.json", "--yes"];
        // Stop it, put its data aside, restore it, and start it alone.
        let until = [&apply[..], &["--until", "s4"]].concat();
        let run = Run::of(&self.cluster.directory, &until).await?;
        journal.note(run.told());
        run.expect(5)?;

        let lost = self.members[2].clone();
        self.bring(&lost, &lost).await?;
        self.only_one_side_takes_writes(&lost).await?;
        self.cluster.kill(&lost).await?;
        self.take_away(&lost)?;
        self.done(&apply, journal).await
    }

    /// The same when the cluster has its full size again: another is where it was, so it comes elsewhere.
    pub(super) async fn returned_later(&self, journal: &mut Journal) -> Outcome<()> {
        let lost = &self.members[2];
        let back = lost.clone().moved(self.cluster.net.host(LATER), None);
        self.bring(lost, &back).await?;
        self.only_one_side_takes_writes(&back).await?;
        self.done(
            &["plan", "-f", "topology.yaml", "--detailed-exitcode"],
            journal,
        )
        .await
    }

    /// Where what is left of a lost member is kept.
    fn kept(&self, member: &Member) -> PathBuf {
        self.cluster.directory.join(format!("{}.kept", member.name))
    }

    /// Takes a member's machine away.
    pub(super) fn take_away(&self, member: &Member) -> Outcome<()> {
        Ok(fs::rename(self.home(member), self.kept(member))?)
    }

    /// Brings a machine back, and starts what is on it as it was started last.
    async fn bring(&self, lost: &Member, back: &Member) -> Outcome<()> {
        let _ = fs::remove_dir_all(self.home(back));
        fs::rename(self.kept(lost), self.home(back))?;
        let unit = self.home(back).join("etcd.env");
        let settings = fs::read_to_string(&unit)?;
        fs::write(unit, settings.replace(&lost.host, &back.host))?;
        if !self
            .home(back)
            .join(DATA_DIR.trim_start_matches('/'))
            .exists()
        {
            return Err("its data is not there".into());
        }
        self.cluster.drive("resume", back, &[]).await
    }

    /// Both sides are written to for a while, and until the new one has taken something.
    async fn only_one_side_takes_writes(&self, old: &Member) -> Outcome<()> {
        let (new, old) = (self.members[0].endpoint(), old.endpoint());
        let begun = Instant::now();
        let (mut on_new, mut on_old) = (0, 0);
        while begun.elapsed() < SPAN || on_new == 0 {
            let (new_side, old_side) = tokio::join!(is_taken(&new), is_taken(&old));
            on_new += usize::from(new_side);
            on_old += usize::from(old_side);
            if on_old > 0 || begun.elapsed() > PATIENCE {
                return Err(format!(
                    "{on_old} writes were taken on the old side, {on_new} on the new one"
                )
                .into());
            }
            sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }
}

/// Whether a member takes a write.
async fn is_taken(endpoint: &str) -> bool {
    let put = async {
        let mut client = client::to(endpoint).await?;
        client.put("side", endpoint, None).await?;
        Outcome::Ok(())
    };
    matches!(timeout(Duration::from_millis(500), put).await, Ok(Ok(())))
}
