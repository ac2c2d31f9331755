//! Proof that the checks of this bed can fail.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::bed::cluster::{Cluster, DATA_DIR};
use crate::bed::member::Member;
use crate::bed::writers::{Pace, Writers, Written};
use crate::bed::{Outcome, client, ledger};
use crate::recovery::Watch;
use crate::report::Report;

/// A lost and a rewritten key are found on every member, and each transfer of leadership is one term.
pub async fn run(cluster: &Cluster) -> Outcome<Report> {
    let begun = Instant::now();
    let members = cluster.net.members(1..=3);
    let [one, two, _] = members.as_slice() else {
        return Err("three members were asked for".into());
    };
    cluster.bootstrap(&members).await?;
    cluster.crown(&members, one).await?;
    let before = cluster.leadership(one).await?;
    let endpoints: Vec<String> = members.iter().map(Member::client_url).collect();
    let writers = Writers::start(&endpoints, Pace::Steady).await?;
    cluster.crown(&members, two).await?;
    cluster.crown(&members, one).await?;
    sleep(Duration::from_millis(500)).await;
    let mut written = writers.finish().await;
    let count = written.len();
    let after = cluster.leadership(one).await?;
    if after.term != before.term + 2 {
        return Err(format!(
            "two transfers of leadership took the term from {} to {}",
            before.term, after.term
        )
        .into());
    }

    for endpoint in &endpoints {
        ledger::check(endpoint, &written).await?;
    }
    let mut voter = client::to(&one.client_url()).await?;
    let (deleted, rewritten) = (count / 2, count / 3);
    voter.delete(written[deleted].key.clone(), None).await?;
    voter.put(written[rewritten].key.clone(), "", None).await?;
    written.push(Written {
        key: "written/never".to_owned(),
        revision: 1,
        at: Instant::now(),
    });
    for endpoint in &endpoints {
        for planted in [deleted, rewritten, count] {
            let one = std::slice::from_ref(&written[planted]);
            if ledger::check(endpoint, one).await.is_ok() {
                return Err(format!(
                    "the loss of {} is not noticed at {endpoint}",
                    written[planted].key
                )
                .into());
            }
        }
        if ledger::check(endpoint, &written).await.is_ok() {
            return Err(
                format!("three losses in {count} count are not noticed at {endpoint}").into(),
            );
        }
    }
    a_double_is_found(cluster, one).await?;
    Ok(Report::of(begun.elapsed()))
}

/// A second process on the directory of one that runs.
async fn a_double_is_found(cluster: &Cluster, member: &Member) -> Outcome<()> {
    let watch = Watch::begin(&cluster.directory);
    sleep(Duration::from_millis(300)).await;
    watch.end()?;
    let watch = Watch::begin(&cluster.directory);
    let home = cluster.directory.join("hosts").join(&member.host);
    let data = home.join(DATA_DIR.trim_start_matches('/'));
    // It waits for the lock on the database.
    let mut double = Command::new(cluster.server.directory.join("etcd"))
        .current_dir(&home)
        .arg("--data-dir")
        .arg(data)
        .args(["--listen-client-urls", "http://127.0.0.1:0"])
        .args(["--advertise-client-urls", "http://127.0.0.1:0"])
        .args(["--listen-peer-urls", "http://127.0.0.1:0"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    sleep(Duration::from_millis(500)).await;
    double.kill()?;
    double.wait()?;
    match watch.end() {
        Ok(()) => Err("two processes on one directory are not noticed".into()),
        Err(_) => Ok(()),
    }
}
