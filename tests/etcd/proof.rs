//! Proof that the checks of this bed can fail.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::bed::cluster::Cluster;
use crate::bed::member::Member;
use crate::bed::writers::{Pace, Writers, Written};
use crate::bed::{Outcome, client, ledger};
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
    Ok(Report::of(begun.elapsed()))
}
