//! Members that are killed, frozen, or restarted while a plan is performed.

use std::fmt;
use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::sleep;

use super::stage::{Caught, Stage};
use super::{Mishap, Side, What, is_act};
use crate::bed::cluster::{Cluster, Listed};
use crate::bed::member::Member;
use crate::bed::program::Run;
use crate::bed::{Outcome, client};
use crate::cases::{Case, Preparation};
use crate::report::Journal;
use crate::tripwire::{Boundary, Event, Passage};

/// What happens to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Harm {
    how: How,
    /// Its name, and the number of its machine: each trial has a network of its own.
    name: String,
    machine: u8,
}

impl Harm {
    /// Whether the member comes back by itself.
    pub fn is_restart(&self) -> bool {
        self.how == How::Restarted
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Killed,
    Frozen,
    Restarted,
}

/// A step that cannot be done any more ends by this.
const STEP_TIMEOUT: &str = "6s";

/// How long members may take to find together again.
const PATIENCE: Duration = Duration::from_secs(20);

/// What can take a voter away.
const DANGEROUS: [&str; 4] = [
    "MemberRemove",
    "driver stop",
    "driver restart",
    "driver moveData",
];

/// Each member that runs there, at each step.
pub fn in_run(case: &Case, events: &[Event]) -> Vec<Mishap> {
    let dead = |member: &Member| {
        case.prepared
            .iter()
            .any(|one| matches!(one, Preparation::Killed(dead) if dead == member))
    };
    let mut running: Vec<Member> = case.before.iter().filter(|m| !dead(m)).cloned().collect();
    let mut mishaps = Vec::new();
    for event in events.iter().filter(|event| is_act(&event.boundary)) {
        let subject = |member: &Member| {
            event.content == format!("{}@{}", member.name, member.host).as_bytes()
        };
        let stops = event.boundary.what == "driver stop";
        match event.side {
            Side::Before => {
                // Who was removed has ended by itself, or is about to.
                let there = running.iter().filter(|member| !(stops && subject(member)));
                let harms = there.flat_map(|member| {
                    [How::Killed, How::Frozen, How::Restarted].map(|how| Mishap {
                        at: event.boundary.clone(),
                        what: What::Harm(Harm {
                            how,
                            name: member.name.clone(),
                            machine: machine(member),
                        }),
                    })
                });
                mishaps.extend(harms);
            }
            Side::After => {
                if event.boundary.what == "driver start" {
                    running.extend(case.wanted.iter().find(|one| subject(one)).cloned());
                } else if stops {
                    running.retain(|member| !subject(member));
                }
            }
        }
    }
    mishaps
}

/// Applies, harms the member there, heals it after the end, and applies again.
pub async fn run(
    mut stage: Stage<'_>,
    at: &Boundary,
    Harm { how, machine, .. }: &Harm,
    journal: &mut Journal,
) -> Outcome<Duration> {
    let cluster = stage.cluster;
    let everyone = everyone(&stage.case);
    let host = cluster.net.host(*machine);
    let member = everyone.iter().find(|member| member.host == host);
    let member = member.ok_or("nobody has that machine")?;
    let tripwire = stage.tripwire.clone();
    tripwire.arm(at.clone(), Side::Before);
    let (mut harmed, mut dangers) = (false, Vec::new());
    let apply = stage.apply(&["--step-timeout", STEP_TIMEOUT])?;
    let deal_with = async |caught: Caught, _| {
        if harmed {
            dangers.extend(danger(cluster, &everyone, &caught).await?);
        } else {
            harm(cluster, *how, member).await?;
            harmed = true;
            tripwire.hold_before(&DANGEROUS);
        }
        caught.release(Passage::Go);
        Ok(())
    };
    let run = stage.through(apply, deal_with, journal).await?;
    stage.tripwire.disarm();
    if !harmed {
        return Err(format!("{at} was never reached").into());
    }
    ended_well(&stage, &run)?;
    if let Some(danger) = dangers.first() {
        return Err(danger.clone().into());
    }
    heal(cluster, *how, member).await?;
    together(cluster, &everyone).await?;
    stage.apply_again(journal).await?;
    stage.converged(journal).await?;
    Ok(run.ended - run.begun)
}

/// Done, or stopped: part-way only if something was begun.
fn ended_well(stage: &Stage<'_>, run: &Run) -> Outcome<()> {
    let begun = stage
        .acts()
        .iter()
        .any(|act| act.side == Side::After && act.succeeded != Some(false));
    let well = match run.code {
        // A call without an answer may have been performed, and counts as begun.
        Some(0 | 5) => true,
        Some(1 | 3 | 4) => !begun,
        _ => false,
    };
    if well {
        return Ok(());
    }
    Err(format!("apply ended with {:?}, begun: {begun}", run.code).into())
}

async fn harm(cluster: &Cluster, how: How, member: &Member) -> Outcome<()> {
    let pid = pid(cluster, &member.host).ok_or("nothing runs there")?;
    match how {
        How::Killed => cluster.kill(member).await,
        How::Frozen => Ok(kill_process(pid, Signal::STOP)?),
        How::Restarted => {
            cluster.kill(member).await?;
            cluster.drive("resume", member, &[]).await
        }
    }
}

async fn heal(cluster: &Cluster, how: How, member: &Member) -> Outcome<()> {
    match how {
        How::Killed => cluster.drive("resume", member, &[]).await,
        How::Frozen => {
            if let Some(pid) = pid(cluster, &member.host) {
                kill_process(pid, Signal::CONT)?;
            }
            Ok(())
        }
        How::Restarted => Ok(()),
    }
}

/// What etcdplan is about to do after the harm must leave a quorum of voters that run.
async fn danger(
    cluster: &Cluster,
    everyone: &[Member],
    caught: &Caught,
) -> Outcome<Option<String>> {
    let mut voters = listed(cluster, everyone).await?;
    voters.retain(|one| !one.learner);
    let host = |one: &Listed| {
        everyone
            .iter()
            .find(|member| {
                one.peer_urls
                    .iter()
                    .any(|url| url.contains(&format!("//{}:", member.host)))
            })
            .map(|member| member.host.clone())
            .unwrap_or_default()
    };
    let mut up: Vec<Listed> = voters
        .iter()
        .filter(|one| pid(cluster, &host(one)).is_some_and(|pid| !is_frozen(pid)))
        .cloned()
        .collect();
    if caught.boundary.what == "MemberRemove" {
        let id = member_id(&caught.content);
        voters.retain(|one| Some(one.id) != id);
        up.retain(|one| Some(one.id) != id);
    } else {
        let subject = String::from_utf8_lossy(&caught.content).into_owned();
        up.retain(|one| !subject.ends_with(&format!("@{}", host(one))));
    }
    let quorum = voters.len() / 2 + 1;
    if up.len() >= quorum {
        return Ok(None);
    }
    Ok(Some(format!(
        "{} would leave {} of {} voters, with a quorum of {quorum}",
        caught.boundary,
        up.len(),
        voters.len()
    )))
}

/// The member list, from whoever answers.
async fn listed(cluster: &Cluster, everyone: &[Member]) -> Outcome<Vec<Listed>> {
    for member in everyone {
        if pid(cluster, &member.host).is_some_and(|pid| !is_frozen(pid))
            && let Ok(listed) = cluster.listed(member).await
        {
            return Ok(listed);
        }
    }
    Err("nobody tells the members".into())
}

/// Waits until every listed member that runs follows one leader.
async fn together(cluster: &Cluster, everyone: &[Member]) -> Outcome<()> {
    let begun = Instant::now();
    loop {
        let mut leaders = Vec::new();
        for member in everyone {
            if pid(cluster, &member.host).is_some() {
                let status = client::status(&member.endpoint()).await;
                leaders.push(status.map_or(0, |status| status.leader()));
            }
        }
        leaders.dedup();
        if leaders.len() == 1 && leaders != [0] && listed(cluster, everyone).await.is_ok() {
            return Ok(());
        }
        if begun.elapsed() > PATIENCE {
            return Err(format!("the members do not find together: {leaders:x?}").into());
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// The `3` of `127.20.0.3`.
fn machine(member: &Member) -> u8 {
    let number = member.host.rsplit('.').next();
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// Every machine's member once, as it was or as it is wanted.
fn everyone(case: &Case) -> Vec<Member> {
    let mut everyone: Vec<Member> = Vec::new();
    for member in case.wanted.iter().chain(&case.before) {
        if everyone.iter().all(|known| known.host != member.host) {
            everyone.push(member.clone());
        }
    }
    everyone
}

/// The etcd that runs on a machine.
fn pid(cluster: &Cluster, host: &str) -> Option<Pid> {
    let machine = cluster.directory.join("hosts").join(host);
    let pid = fs::read_to_string(machine.join("etcd.pid")).ok()?;
    let pid = Pid::from_raw(pid.trim().parse().ok()?)?;
    let alive = status(pid).is_some_and(|status| !status.contains("State:\tZ"));
    alive.then_some(pid)
}

fn is_frozen(pid: Pid) -> bool {
    status(pid).is_some_and(|status| status.contains("State:\tT"))
}

fn status(pid: Pid) -> Option<String> {
    fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero())).ok()
}

/// The id in a gRPC message whose first field it is: 5 bytes of frame, a tag, and a varint.
fn member_id(message: &[u8]) -> Option<u64> {
    let mut id = 0;
    for (place, byte) in message.get(6..)?.iter().enumerate().take(10) {
        id |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some(id);
        }
    }
    None
}

impl fmt::Display for Harm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.how {
            How::Killed => "killed",
            How::Frozen => "frozen",
            How::Restarted => "restarted",
        };
        write!(f, "{} {how}", self.name)
    }
}
