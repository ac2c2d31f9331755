//! Signals while an apply waits: the step under way is finished, or not waited for, and
//! running again goes on.

use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::sleep;

use crate::bed::Outcome;
use crate::bed::cluster::Cluster;
use crate::bed::program::{Run, Running};
use crate::bed::topology::{Driver, Topology};
use crate::report::{Journal, Report};
use crate::written_journal::WrittenJournal;

/// What is sent, while step 4 waits for etcd's own 5 s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    signals: &'static [Signal],
    /// How many steps are done then.
    done: usize,
}

pub type Named = (&'static str, Sent);

/// What a server is asked in a run that is not complete.
pub const BRIEF: &str = "signal-twice";

pub const CASES: &[Named] = &[
    (
        "signal-once",
        Sent {
            signals: &[Signal::INT],
            done: 4,
        },
    ),
    (
        "signal-twice",
        Sent {
            signals: &[Signal::INT, Signal::INT],
            done: 3,
        },
    ),
    (
        "signal-terminate",
        Sent {
            signals: &[Signal::TERM, Signal::TERM],
            done: 4,
        },
    ),
    (
        "signal-hangup",
        Sent {
            signals: &[Signal::HUP, Signal::HUP],
            done: 4,
        },
    ),
];

const APPLY: [&str; 4] = ["apply", "-f", "topology.yaml", "--yes"];

/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Between two signals, so that they do not become one.
const PAUSE: Duration = Duration::from_millis(200);

pub async fn run(cluster: &Cluster, sent: Sent, journal: &mut Journal) -> Outcome<Report> {
    let (before, wanted) = (cluster.net.members(1..=1), cluster.net.members(1..=3));
    cluster.bootstrap(&before).await?;
    Topology::new(Driver::Exec, &before, &wanted).write(cluster, "topology.yaml")?;
    let beyond = [&APPLY[..], &["--until", "s7"]].concat();
    Run::of(&cluster.directory, &beyond).await?.expect(64)?;
    let begun = Instant::now();
    let apply = Running::start(&cluster.directory, &APPLY)?;
    let pid = apply.pid().ok_or("apply has ended")?;
    let signals = async {
        waits_in_step_four(cluster).await?;
        send(pid, sent.signals).await
    };
    let (signalled, ended) = tokio::join!(signals, apply.ended());
    let ended = ended?;
    journal.note(ended.told());
    signalled?;
    ended.expect(5)?;
    let told = ended.stderr();
    let summary = format!("Stopped after {} of 6 steps.", sent.done);
    if !told.contains(&summary) || !told.contains("interrupted") {
        return Err(format!("it does not say `{summary}`").into());
    }
    let again = Run::of(&cluster.directory, &APPLY).await?;
    journal.note(again.told());
    again.expect(0)?;
    cluster.settle(&wanted).await?;
    Ok(Report::of(begun.elapsed()))
}

/// Waits until the journal says that the second learner is about to be added.
async fn waits_in_step_four(cluster: &Cluster) -> Outcome<()> {
    let mut written = WrittenJournal::new(cluster.directory.join("state"));
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        while let Some((_, line)) = written.next_line() {
            let line = String::from_utf8_lossy(&line);
            if line.contains("\"intent\"") && line.contains("\"s4\"") {
                return Ok(());
            }
        }
        sleep(Duration::from_millis(10)).await;
    }
    Err("step 4 was never reached".into())
}

async fn send(pid: Pid, signals: &[Signal]) -> Outcome<()> {
    for signal in signals {
        sleep(PAUSE).await;
        kill_process(pid, *signal)?;
    }
    Ok(())
}
