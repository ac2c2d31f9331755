//! What etcdplan asks on a terminal, and what becomes of each answer.

use std::time::Instant;

use tokio::time::sleep;

use crate::bed::Outcome;
use crate::bed::cluster::Cluster;
use crate::bed::topology::{Driver, Topology};
use crate::operator::{Operator, PATIENCE, POLL};
use crate::terminal::Terminal;

const APPLY: &str = "etcdplan apply -f topology.yaml";
const NAME: &str = "Type the name of the cluster";

/// Refuses, interrupts and gives leave, and sees each time how the run ends.
pub(crate) async fn play(cluster: &Cluster) -> Outcome<()> {
    let before = cluster.net.members(1..=3);
    let wanted = cluster.net.members([1, 2, 4]);
    cluster.bootstrap(&before).await?;
    cluster.crown(&before, &before[0]).await?;
    Topology::new(Driver::Exec, &before, &wanted).write(cluster, "topology.yaml")?;
    let listed = cluster.listed(&before[0]).await?;
    let operator = Operator::new(cluster, "sh");
    let mut desk = Desk {
        terminal: operator.desk()?,
        runs: 0,
    };

    desk.begin(APPLY)?;
    desk.see(NAME, 1).await?;
    desk.terminal.press("C-c")?;
    desk.end(130).await?;

    desk.begin(APPLY)?;
    desk.see(NAME, 2).await?;
    desk.terminal.line("another")?;
    desk.end(1).await?;
    desk.see("nothing was changed", 1).await?;
    if cluster.listed(&before[0]).await? != listed {
        return Err("a run that nobody wanted has changed the members".into());
    }

    // Leave for two steps of five.
    desk.begin(&format!("{APPLY} --pause"))?;
    desk.see(NAME, 3).await?;
    desk.terminal.line("test")?;
    for step in 1..=2 {
        desk.see(&format!("step {step}: "), 1).await?;
        desk.terminal.press("Enter")?;
    }
    desk.see("step 3: ", 1).await?;
    desk.terminal.line("no")?;
    desk.end(5).await?;

    // An interruption at a question ends the run at once.
    desk.begin(&format!("{APPLY} --pause"))?;
    desk.see(NAME, 4).await?;
    desk.terminal.line("test")?;
    desk.see("step 3: ", 2).await?;
    desk.terminal.press("C-c")?;
    desk.end(5).await?;

    desk.begin(&format!("{APPLY} --pause"))?;
    desk.see(NAME, 5).await?;
    desk.terminal.line("test")?;
    for (step, times) in [(3, 3), (4, 1), (5, 1)] {
        desk.see(&format!("step {step}: "), times).await?;
        desk.terminal.press("Enter")?;
    }
    desk.see("Apply complete!", 1).await?;
    desk.end(0).await?;
    cluster.settle(&wanted).await
}

/// The terminal in which etcdplan runs.
struct Desk {
    terminal: Terminal,
    runs: usize,
}

impl Desk {
    fn begin(&mut self, command: &str) -> Outcome<()> {
        self.runs += 1;
        self.terminal
            .line(&format!("{command}; echo \"run {} ended: $?\"", self.runs))
    }

    /// Waits for the end of the run, with this code.
    async fn end(&self, code: i32) -> Outcome<()> {
        self.see(&format!("\nrun {} ended: {code}", self.runs), 1)
            .await
    }

    /// Waits until this stands there so many times.
    async fn see(&self, text: &str, times: usize) -> Outcome<()> {
        let begun = Instant::now();
        loop {
            let screen = self.terminal.text()?;
            if screen.matches(text).count() >= times {
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!("`{text}` is not there {times} times:\n{screen}").into());
            }
            sleep(POLL).await;
        }
    }
}
