//! Clusters that have lost their quorum, and come back.

mod addresses;
mod kill;
mod returning;
mod revisions;
mod watch;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use etcd_client::GetOptions;
use rustix::process::{Pid, Signal, kill_process};
use tokio::time::sleep;

use crate::bed::cluster::Cluster;
use crate::bed::member::Member;
use crate::bed::program::{Run, Running};
use crate::bed::topology::{Driver, Topology};
use crate::bed::writers::{PREFIX, Pace, Writers};
use crate::bed::{Outcome, client, processes};
use crate::cases::Case;
use crate::change;
use crate::hook::Hook;
use crate::report::{Journal, Report};
use crate::tripwire::{Boundary, Passage, Side, Tripwire};

use kill::Moment;
pub use kill::{Kill, kills};
pub use watch::Watch;

/// A loss, by its name.
pub type Named = (&'static str, Loss);

/// What happens to a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// How many voters it has.
    voters: u8,
    /// The disks of the last ones of them are lost.
    disks: u8,
    /// The others are killed too.
    kills_all: bool,
    /// Of those that are left, the second has been dead for a while when it happens.
    is_behind: bool,
    /// The last ones come back on other addresses.
    moved: u8,
    /// The survivor is to go on where its data is.
    in_place: bool,
    /// The recovery is killed while the survivor's log is applied.
    cut_short: bool,
    /// One that was lost comes back with its old data, and the survivor is there, or elsewhere.
    returns: Option<Survivor>,
}

/// Where the survivor is when one that was lost comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Survivor {
    /// Where it was: the other finds it.
    Stays,
    /// On another address, of which the other does not know.
    HasMoved,
}

/// The losses.
pub const LOSSES: [Named; 16] = [
    ("two-of-three", Loss::new(3, 2)),
    ("three-of-five", Loss::new(5, 3)),
    ("all-stopped", Loss::new(3, 0).with_all_killed()),
    ("two-and-a-crash", Loss::new(3, 2).with_all_killed()),
    ("all-disks", Loss::new(3, 3)),
    ("one-is-behind", Loss::new(5, 3).with_one_behind()),
    ("one-of-one", Loss::new(1, 0).with_all_killed()),
    ("only-disk", Loss::new(1, 1)),
    ("two-addresses", Loss::new(3, 0).with_moved(2)),
    ("all-addresses", Loss::new(3, 0).with_moved(3)),
    ("in-place", Loss::new(3, 2).in_place()),
    (
        "in-place-of-two",
        Loss::new(5, 3).with_one_behind().in_place(),
    ),
    ("cut-short", Loss::new(3, 2).cut_short()),
    ("cut-short-in-place", Loss::new(3, 2).in_place().cut_short()),
    ("one-returns", Loss::new(3, 2).with_return(Survivor::Stays)),
    (
        "one-returns-elsewhere",
        Loss::new(3, 2).with_return(Survivor::HasMoved),
    ),
];

/// One for every server in each run.
pub const BRIEF: &str = "two-of-three";

impl Loss {
    const fn new(voters: u8, disks: u8) -> Self {
        Self {
            voters,
            disks,
            kills_all: false,
            is_behind: false,
            moved: 0,
            in_place: false,
            cut_short: false,
            returns: None,
        }
    }

    const fn cut_short(self) -> Self {
        Self {
            cut_short: true,
            ..self
        }
    }

    const fn in_place(self) -> Self {
        Self {
            in_place: true,
            ..self
        }
    }

    const fn with_return(self, survivor: Survivor) -> Self {
        Self {
            returns: Some(survivor),
            ..self
        }
    }

    /// Whether it can happen where this driver works.
    pub fn fits(self, driver: Driver) -> bool {
        self.returns.is_none() || driver == Driver::Exec
    }

    const fn with_moved(self, moved: u8) -> Self {
        Self { moved, ..self }
    }

    const fn with_all_killed(self) -> Self {
        Self {
            kills_all: true,
            ..self
        }
    }

    const fn with_one_behind(self) -> Self {
        Self {
            is_behind: true,
            ..self
        }
    }
}

/// The machine of the hook: no member has its number.
const HOOK: u8 = 254;
const HOOK_PORT: u16 = 4000;

/// A cluster that is written to until it loses its quorum, brought back, and watched meanwhile.
pub async fn run(
    cluster: &Cluster,
    loss: Loss,
    driver: Driver,
    killed: Option<Kill>,
    journal: &mut Journal,
) -> Outcome<Report> {
    let watch = Watch::begin(&cluster.directory);
    let report = Box::pin(brought_back(cluster, loss, driver, killed, journal)).await?;
    watch.end()?;
    Ok(report)
}

async fn brought_back(
    cluster: &Cluster,
    loss: Loss,
    driver: Driver,
    killed: Option<Kill>,
    journal: &mut Journal,
) -> Outcome<Report> {
    let members = cluster.net.members(1..=loss.voters);
    let case = Case::unchanged(members);
    let case = if driver == Driver::Process {
        case.in_sandbox()
    } else {
        case
    };
    let mut scene = Scene {
        cluster,
        driver,
        members: case.before.clone(),
    };
    change::prepare(cluster, &case, driver, journal).await?;
    Topology::new(driver, &case.before, &case.before).write(cluster, "topology.yaml")?;
    let kept = scene.strike(loss, journal).await?;

    let begun = Instant::now();
    if loss.moved > 0 {
        scene.found_again(loss, killed, journal).await?;
        Box::pin(scene.is_whole(&kept.keys, journal)).await?;
        return Ok(Report::of(begun.elapsed()));
    }
    if let Some(survivor) = loss.returns {
        scene.while_one_returns(survivor, journal).await?;
        Box::pin(scene.is_whole(&kept.keys, journal)).await?;
        scene.returned_later(journal).await?;
        return Ok(Report::of(begun.elapsed()));
    }
    let mut recover = vec!["recover", "-f", "topology.yaml", "-o", "way-back.json"];
    let named: Vec<&Member> = scene.lost(loss).collect();
    for member in &named {
        recover.extend(["--lost", &member.name]);
    }
    let backup = kept.backup.as_ref().map(|path| path.display().to_string());
    if let Some(path) = &backup {
        recover.extend(["--backup", path]);
    }
    if loss.in_place {
        recover.push("--in-place");
    }
    if !named.is_empty() {
        scene.refused_unnamed(&recover, journal).await?;
    }
    if let Some(path) = &kept.backup {
        scene.refused_damaged(&recover, path, journal).await?;
    }
    scene.done(&recover, journal).await?;
    let apply = ["apply", "way-back.json", "--yes"];
    if let Some(kill) = killed {
        scene.killed(&apply, kill, journal).await?;
    }
    if loss.cut_short {
        scene.killed_while_replaying(&apply, journal).await?;
    }
    // What crashed need not be stopped: there its first step is done before it begins.
    let is_stopped = loss.kills_all && loss.disks > 0;
    if driver == Driver::Process && !is_stopped && !loss.cut_short && loss.voters > 1 {
        let until = [&apply[..], &["--until", "s1"]].concat();
        let run = Run::of(&cluster.directory, &until).await?;
        journal.note(run.told());
        run.expect(5)?;
        if !run.stderr().contains("Stopped after 1 of") {
            return Err("it does not stop where it was asked to".into());
        }
    }
    scene.done(&apply, journal).await?;
    let wall = begun.elapsed();
    Box::pin(scene.is_whole(&kept.keys, journal)).await?;
    scene.done(&apply, journal).await?;
    Ok(Report::of(wall))
}

/// A cluster, and how its hosts are reached.
struct Scene<'c> {
    cluster: &'c Cluster,
    driver: Driver,
    members: Vec<Member>,
}

/// What a recovery must bring back.
struct Kept {
    keys: BTreeSet<String>,
    backup: Option<PathBuf>,
}

impl Scene<'_> {
    /// Those whose disks are lost.
    fn lost(&self, loss: Loss) -> impl Iterator<Item = &Member> {
        self.members
            .iter()
            .skip(usize::from(loss.voters - loss.disks))
    }

    /// Those that come back on other addresses.
    fn moved(&self, loss: Loss) -> impl Iterator<Item = &Member> {
        self.members
            .iter()
            .skip(usize::from(loss.voters - loss.moved))
    }

    /// Writers write, and then it happens.
    async fn strike(&self, loss: Loss, journal: &mut Journal) -> Outcome<Kept> {
        let endpoints: Vec<String> = self.members.iter().map(Member::endpoint).collect();
        let first = &self.members[0];
        let writers = Writers::start(&endpoints, Pace::Light).await?;
        sleep(Duration::from_millis(300)).await;
        let is_total = usize::from(loss.disks) == self.members.len();
        // What was acknowledged before the backup is in it.
        let saved = if is_total {
            Some(self.keys(first).await?)
        } else {
            None
        };
        let backup = if is_total {
            let save = ["backup", "-f", "topology.yaml", "-o", "."];
            self.done(&save, journal).await?;
            let entries = fs::read_dir(&self.cluster.directory)?.filter_map(Result::ok);
            let mut paths = entries.map(|entry| entry.path());
            paths.find(|path| path.extension().is_some_and(|end| end == "db"))
        } else {
            None
        };
        if loss.is_behind {
            self.crash(&self.members[1])?;
            sleep(Duration::from_millis(500)).await;
        }
        for member in self.lost(loss) {
            self.crash(member)?;
        }
        for member in self.moved(loss) {
            self.crash(member)?;
        }
        // Without quorum no write is acknowledged any more.
        sleep(Duration::from_millis(200)).await;
        let written = writers.finish().await;
        let keys = match saved {
            Some(saved) => saved,
            None if loss.disks == 0 => written.into_iter().map(|one| one.key).collect(),
            None => self.keys(first).await?,
        };
        if loss.kills_all {
            for member in self
                .members
                .iter()
                .take(usize::from(loss.voters - loss.disks))
            {
                self.crash(member)?;
            }
        }
        for member in self.lost(loss) {
            if loss.returns.is_some() {
                self.take_away(member)?;
            } else {
                fs::remove_dir_all(self.home(member))?;
            }
        }
        if keys.is_empty() {
            return Err("nothing was written".into());
        }
        Ok(Kept { keys, backup })
    }

    /// Where the data of a member is.
    fn home(&self, member: &Member) -> PathBuf {
        let directory = &self.cluster.directory;
        match self.driver {
            Driver::Process => directory
                .join("sandbox/members")
                .join(&member.name)
                .join(&member.host),
            Driver::Exec | Driver::Watched | Driver::Hooked => {
                directory.join("hosts").join(&member.host)
            }
        }
    }

    /// Kills the process of a member.
    fn crash(&self, member: &Member) -> Outcome<()> {
        let text = fs::read_to_string(self.home(member).join("etcd.pid"))?;
        let pid = text.split_whitespace().next().ok_or("no pid")?.parse()?;
        let pid = Pid::from_raw(pid).ok_or("no pid")?;
        Ok(kill_process(pid, Signal::KILL)?)
    }

    /// Every key that this member has itself.
    async fn keys(&self, member: &Member) -> Outcome<BTreeSet<String>> {
        let mut client = client::to(&member.endpoint()).await?;
        let options = GetOptions::new()
            .with_prefix()
            .with_keys_only()
            .with_serializable();
        let answer = client.get(PREFIX, Some(options)).await?;
        let keys = answer
            .kvs()
            .iter()
            .map(|pair| Ok(pair.key_str()?.to_owned()));
        keys.collect()
    }

    async fn done(&self, arguments: &[&str], journal: &mut Journal) -> Outcome<()> {
        let run = Run::of(&self.cluster.directory, arguments).await?;
        journal.note(run.told());
        run.expect(0)?;
        self.told_of_revisions(&run).await
    }

    /// Nobody is taken for gone whom the operator has not named.
    async fn refused_unnamed(&self, recover: &[&str], journal: &mut Journal) -> Outcome<()> {
        let named = recover.iter().position(|word| *word == "--lost");
        let named = named.ok_or("nobody is named")?;
        let without = [&recover[..named], &recover[named + 2..]].concat();
        let run = Run::of(&self.cluster.directory, &without).await?;
        journal.note(run.told());
        run.expect(3)?;
        if !run.stderr().contains("E0482") {
            return Err("it does not ask for a name".into());
        }
        Ok(())
    }

    /// A backup that is not whole, or not as it was, is never restored.
    async fn refused_damaged(
        &self,
        recover: &[&str],
        backup: &Path,
        journal: &mut Journal,
    ) -> Outcome<()> {
        let whole = fs::read(backup)?;
        let cut = whole[..whole.len() - 1].to_vec();
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 1;
        let folder = self.cluster.directory.join("damaged");
        fs::create_dir_all(&folder)?;
        let path = folder.join(backup.file_name().ok_or("a backup without a name")?);
        let damaged = path.display().to_string();
        for bytes in [cut, flipped] {
            fs::write(&path, bytes)?;
            let given = backup.display().to_string();
            let named = |word: &&str| {
                if **word == given {
                    damaged.clone()
                } else {
                    (*word).to_owned()
                }
            };
            let words: Vec<String> = recover.iter().map(named).collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let run = Run::of(&self.cluster.directory, &words).await?;
            journal.note(run.told());
            run.expect(3)?;
        }
        Ok(())
    }

    /// Applies until there, and kills it.
    async fn killed(&self, apply: &[&str], kill: Kill, journal: &mut Journal) -> Outcome<()> {
        let directory = &self.cluster.directory;
        let hook = directory.join("hook");
        fs::write(
            &hook,
            format!("{}/{HOOK_PORT}", self.cluster.net.host(HOOK)),
        )?;
        let (tripwire, mut caught) = Tripwire::new(directory.join("state"));
        let tripwire = Arc::new(tripwire);
        let at = format!("{}:{HOOK_PORT}", self.cluster.net.host(HOOK));
        let _hook = Hook::open(at.parse()?, &tripwire).await?;
        let boundary = Boundary {
            what: kill.what.to_owned(),
            number: kill.number,
        };
        let side = match kill.moment {
            Moment::Before | Moment::Between => Side::Before,
            Moment::After => Side::After,
        };
        tripwire.arm(boundary, side);
        let running = Running::start(directory, apply)?;
        let pid = running.pid();
        let mut ended = std::pin::pin!(running.ended());
        let run = loop {
            tokio::select! {
                run = &mut ended => break run?,
                Some(caught) = caught.recv() => {
                    if let Some(pid) = pid {
                        kill_process(pid, Signal::KILL)?;
                    }
                    caught.release(match kill.moment {
                        Moment::Before => Passage::Cut,
                        Moment::Between => Passage::Late(Duration::from_millis(60)),
                        Moment::After => Passage::Go,
                    });
                }
            }
        };
        journal.note(run.told());
        fs::remove_file(hook)?;
        match run.code {
            None => Ok(()),
            Some(_) => Err(format!("{} was never reached", kill.title()).into()),
        }
    }

    /// Applies, and kills it while the etcd that applies the survivor's log runs.
    async fn killed_while_replaying(&self, apply: &[&str], journal: &mut Journal) -> Outcome<()> {
        let directory = &self.cluster.directory;
        let running = Running::start(directory, apply)?;
        let pid = running.pid().ok_or("no pid")?;
        let mut ended = std::pin::pin!(running.ended());
        let replays = || {
            let mut etcds = processes::etcds(directory).into_iter();
            etcds.any(|pid| {
                let line = fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero()));
                let line = line.unwrap_or_default();
                line.split(|byte| *byte == 0)
                    .any(|word| word == b"--force-new-cluster")
            })
        };
        let run = loop {
            tokio::select! {
                run = &mut ended => break run?,
                () = sleep(Duration::from_millis(5)) => {
                    if replays() {
                        // It has its database open by then.
                        sleep(Duration::from_millis(20)).await;
                        let _ = kill_process(pid, Signal::KILL);
                    }
                }
            }
        };
        journal.note(run.told());
        match run.code {
            None => Ok(()),
            Some(_) => Err("no log was applied".into()),
        }
    }

    /// Full size, every key that was kept, the same on all members, and it takes writes.
    async fn is_whole(&self, keys: &BTreeSet<String>, journal: &mut Journal) -> Outcome<()> {
        self.cluster.settle(&self.members).await?;
        let first = &self.members[0];
        let mut writer = client::to(&first.endpoint()).await?;
        let put = writer.put("after", "the recovery", None).await?;
        let revision = put.header().ok_or("an answer without a header")?.revision();
        let mut hashes = BTreeSet::new();
        for member in &self.members {
            let begun = Instant::now();
            while client::revision(&member.endpoint()).await? < revision {
                if begun.elapsed() > Duration::from_secs(20) {
                    return Err(format!("{} does not catch up", member.name).into());
                }
                sleep(Duration::from_millis(50)).await;
            }
            let here = self.keys(member).await?;
            if let Some(lost) = keys.iter().find(|key| !here.contains(*key)) {
                return Err(format!("{} lacks {lost}", member.name).into());
            }
            let mut client = client::to(&member.endpoint()).await?;
            hashes.insert(client.hash_kv(revision).await?.hash());
        }
        if hashes.len() != 1 {
            return Err(format!("the members hold different data: {hashes:?}").into());
        }
        let again = ["plan", "-f", "topology.yaml", "--detailed-exitcode"];
        self.done(&again, journal).await
    }
}
