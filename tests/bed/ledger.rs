//! Every acknowledged write must be found again, on every member.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use etcd_client::{Client, GetOptions};
use tokio::time::sleep;

use super::writers::{PREFIX, Written};
use super::{Outcome, client};

/// Keys read at once: an answer of 10,000 is well under gRPC's 4 MiB.
const PAGE: i64 = 10_000;

/// How long a member may take to catch up.
const PATIENCE: Duration = Duration::from_secs(20);

/// Reads all written keys from this member alone and compares them with what was acknowledged.
pub async fn check(endpoint: &str, written: &[Written]) -> Outcome<()> {
    catch_up(
        endpoint,
        written.iter().map(|one| one.revision).max().unwrap_or(0),
    )
    .await?;
    let mut member = client::to(endpoint).await?;
    let stored = read(&mut member).await?;
    let lost: Vec<String> = written
        .iter()
        .filter(|one| stored.get(&one.key) != Some(&one.revision))
        .map(|one| {
            let found = stored
                .get(&one.key)
                .map_or("nothing".to_owned(), |revision| {
                    format!("revision {revision}")
                });
            format!(
                "{} was acknowledged at revision {}, and {endpoint} has {found}",
                one.key, one.revision
            )
        })
        .collect();
    match lost.as_slice() {
        [] => Ok(()),
        [first, ..] => Err(format!(
            "{} of {} acknowledged writes are lost: {first}",
            lost.len(),
            written.len()
        )
        .into()),
    }
}

async fn catch_up(endpoint: &str, revision: i64) -> Outcome<()> {
    let begun = Instant::now();
    loop {
        let reached = client::revision(endpoint).await;
        if reached.as_ref().is_ok_and(|reached| *reached >= revision) {
            return Ok(());
        }
        if begun.elapsed() > PATIENCE {
            return Err(
                format!("{endpoint} did not reach revision {revision}: {reached:?}").into(),
            );
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// Every written key that this member has itself, with the revision that wrote it.
async fn read(member: &mut Client) -> Outcome<BTreeMap<String, i64>> {
    let mut stored = BTreeMap::new();
    let mut from = PREFIX.to_owned();
    // `0` comes after `/`: the end of everything with the prefix.
    let end = PREFIX.replace('/', "0");
    loop {
        let options = GetOptions::new()
            .with_range(end.clone())
            .with_limit(PAGE)
            .with_keys_only()
            .with_serializable();
        let answer = member.get(from.clone(), Some(options)).await?;
        for pair in answer.kvs() {
            let key = pair.key_str()?.to_owned();
            from = format!("{key}\0");
            stored.insert(key, pair.mod_revision());
        }
        if !answer.more() {
            return Ok(stored);
        }
    }
}
