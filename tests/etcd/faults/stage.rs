//! A cluster with a proxy before each member and a hook in the driver, and what must hold in the end.

use std::fs;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::bed::cluster::Cluster;
use crate::bed::member::{CLIENT_PORT, Member};
use crate::bed::program::{Run, Running};
use crate::bed::topology::{Driver, Topology};
use crate::bed::writers::{Pace, Writers};
use crate::bed::{Outcome, ledger, processes};
use crate::cases::{Case, Named, Preparation};
use crate::change;
use crate::hook::Hook;
use crate::proxy::Proxy;
use crate::report::Journal;
use crate::tripwire::{Event, Tripwire};

pub use crate::tripwire::Caught;

/// The machine of the hook: no member has its number.
const HOOK: u8 = 254;
const HOOK_PORT: u16 = 4000;

/// etcd wants all peers connected for five seconds before it adds a member. A call that waits for
/// that is refused at first, and would not be the one that something happens to.
const SETTLING: Duration = Duration::from_millis(5200);

/// The case that a scenario makes, ready to be applied.
#[derive(Debug)]
pub struct Stage<'c> {
    pub cluster: &'c Cluster,
    pub case: Case,
    pub tripwire: Arc<Tripwire>,
    caught: UnboundedReceiver<Caught>,
    proxy: Proxy,
    _hook: Hook,
    _reader: JoinSet<()>,
    writers: Writers,
}

impl<'c> Stage<'c> {
    pub async fn set(
        cluster: &'c Cluster,
        (_, scenario): Named,
        journal: &mut Journal,
    ) -> Outcome<Self> {
        let case = scenario(&cluster.net).proxied();
        let host = cluster.net.host(HOOK);
        fs::write(
            cluster.directory.join("hook"),
            format!("{host}/{HOOK_PORT}"),
        )?;
        change::prepare(cluster, &case, Driver::Hooked, journal).await?;
        let (tripwire, caught) = Tripwire::new(cluster.directory.join("state"));
        let tripwire = Arc::new(tripwire);
        let proxy = Proxy::open(&doors(&case)?, &tripwire).await?;
        let hook = Hook::open(address(&host, HOOK_PORT)?, &tripwire).await?;
        Topology::new(Driver::Hooked, &case.before, &case.wanted)
            .write(cluster, "topology.yaml")?;
        if case.before.len() > 1 {
            sleep(SETTLING).await;
        }
        let writers = Writers::start(&change::endpoints(&case), Pace::Light).await?;
        let mut reader = JoinSet::new();
        let written = Arc::clone(&tripwire);
        reader.spawn(async move {
            loop {
                written.read_journal().await;
                sleep(Duration::from_millis(20)).await;
            }
        });
        Ok(Self {
            cluster,
            case,
            tripwire,
            caught,
            proxy,
            _hook: hook,
            _reader: reader,
            writers,
        })
    }

    /// Starts `etcdplan apply`.
    pub fn apply(&self, flags: &[&str]) -> Outcome<Running> {
        let arguments = [&["apply", "-f", "topology.yaml", "--yes"], flags].concat();
        Running::start(&self.cluster.directory, &arguments)
    }

    /// Sees a run through to its end, and has everyone dealt with who is caught meanwhile.
    pub async fn through(
        &mut self,
        running: Running,
        mut deal_with: impl AsyncFnMut(Caught, Option<Pid>) -> Outcome<()>,
        journal: &mut Journal,
    ) -> Outcome<Run> {
        let pid = running.pid();
        let mut ended = pin!(running.ended());
        loop {
            tokio::select! {
                run = &mut ended => {
                    let run = run?;
                    journal.note(run.told());
                    return Ok(run);
                }
                Some(caught) = self.caught.recv() => deal_with(caught, pid).await?,
            }
        }
    }

    /// The same command once more, which must succeed.
    pub async fn apply_again(&mut self, journal: &mut Journal) -> Outcome<()> {
        let again = self.apply(&[])?.ended().await?;
        journal.note(again.told());
        again.expect(0)
    }

    /// The run in which nothing happens.
    pub async fn undisturbed(&mut self, journal: &mut Journal) -> Outcome<Duration> {
        let run = self.apply(&[])?.ended().await?;
        journal.note(run.told());
        run.expect(0)?;
        Ok(run.ended - run.begun)
    }

    /// What etcdplan has done to the cluster, or was about to do, in order.
    pub fn acts(&self) -> Vec<Event> {
        let events = self.tripwire.events().into_iter();
        events
            .filter(|event| super::is_act(&event.boundary))
            .collect()
    }

    /// Checks that the cluster is as wanted, that nothing was done twice, and that nothing is lost or left.
    pub async fn converged(self, journal: &mut Journal) -> Outcome<()> {
        let Self { cluster, case, .. } = &self;
        self.proxy.quiet().await;
        let plan = ["plan", "-f", "topology.yaml", "--detailed-exitcode"];
        let plan = Run::of(&cluster.directory, &plan).await?;
        journal.note(plan.told());
        journal.note(self.told());
        plan.expect(0)?;
        cluster.settle(&case.wanted).await?;
        change::same_members(cluster, case).await?;
        change::no_stranger_runs(cluster, case).await?;
        let etcds = processes::etcds(&cluster.directory).len();
        let all = processes::within(&cluster.directory).len();
        if all != etcds {
            return Err(format!("{} processes are left behind", all - etcds).into());
        }
        self.added_once()?;
        let written = self.writers.finish().await;
        for member in &self.case.wanted {
            ledger::check(&member.endpoint(), &written).await?;
        }
        Ok(())
    }

    /// As many members were added as the case adds.
    fn added_once(&self) -> Outcome<()> {
        let Case {
            before, prepared, ..
        } = &self.case;
        let listed = prepared.iter().filter_map(|preparation| match preparation {
            Preparation::Registered(learner) | Preparation::Joined(learner) => Some(learner),
            Preparation::Killed(_) | Preparation::Filled(_) => None,
        });
        let listed: Vec<&Member> = before.iter().chain(listed).collect();
        let stays = |wanted: &Member| listed.iter().any(|old| old.host == wanted.host);
        let new = self.case.wanted.iter().filter(|one| !stays(one)).count();
        let events = self.tripwire.events();
        let took_effect = events
            .iter()
            .filter(|event| event.boundary.what == "MemberAdd" && event.succeeded == Some(true));
        let added = took_effect.count();
        if added != new {
            return Err(format!("{added} members were added where {new} are new").into());
        }
        Ok(())
    }

    /// What passed, for a failure report.
    pub fn told(&self) -> String {
        let events = self.tripwire.events();
        let begun = events.first().map(|event| event.at);
        let mut told = "what passed:\n".to_owned();
        for event in events {
            let after = begun.map_or(0.0, |begun| (event.at - begun).as_secs_f64());
            let outcome = match event.succeeded {
                Some(false) => ", refused",
                Some(true) | None => "",
            };
            told += &format!("{after:7.3}  {} {}{outcome}\n", event.side, event.boundary);
        }
        told + &self.tripwire.questions()
    }
}

/// Kills one process, and waits until it is dead.
pub async fn kill(pid: Option<Pid>) {
    let Some(pid) = pid else { return };
    let _ = kill_process(pid, Signal::KILL);
    let status = format!("/proc/{}/status", pid.as_raw_nonzero());
    // The first thread may die before the others, which hold its files and ports until then.
    let ended = |status: String| status.contains("State:\tZ") && status.contains("Threads:\t1\n");
    while fs::read_to_string(&status).is_ok_and(|status| !ended(status)) {
        sleep(Duration::from_millis(1)).await;
    }
}

fn doors(case: &Case) -> Outcome<Vec<(SocketAddr, SocketAddr)>> {
    let mut members: Vec<(&str, u16)> = case
        .before
        .iter()
        .chain(&case.wanted)
        .map(|member| (member.host.as_str(), member.client_port))
        .collect();
    members.sort_unstable();
    members.dedup();
    let door = |(host, port): (&str, u16)| Ok((address(host, port)?, address(host, CLIENT_PORT)?));
    members.into_iter().map(door).collect()
}

fn address(host: &str, port: u16) -> Outcome<SocketAddr> {
    Ok(SocketAddr::new(host.parse()?, port))
}
