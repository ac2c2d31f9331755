//! The calls and driver actions of a plan, one after the other: each is made,
//! and its effect polled for every 10 ms. Nothing is judged.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::time::sleep;

use etcd_client::MemberAddOptions;

use crate::bed::cluster::{Cluster, initial_cluster};
use crate::bed::member::Member;
use crate::bed::{Outcome, client};
use crate::scenario::Change;

const POLL: Duration = Duration::from_millis(10);

const PATIENCE: Duration = Duration::from_secs(30);

/// Performs the steps of a plan's JSON.
pub(crate) async fn perform(cluster: &Cluster, change: &Change, plan: &Value) -> Outcome<()> {
    let mut running = change.before.clone();
    for step in plan["steps"].as_array().ok_or("the plan has no steps")? {
        let word = |value: &Value| value.as_str().map(str::to_owned).ok_or("not a word");
        let (kind, name) = (word(&step["kind"])?, word(&step["member"])?);
        let member = change.member(&name)?;
        match kind.as_str() {
            "addLearner" => add_learner(&running, member).await?,
            "start" => {
                start(cluster, &running, member).await?;
                running.push(member.clone());
            }
            "promote" => promote(&running, member).await?,
            "moveLeader" => {
                move_leader(&running, member, &step["parameters"]["to"]["member"]).await?;
            }
            "remove" => {
                running.retain(|other| other != member);
                remove(&running, member).await?;
            }
            "stop" => cluster.drive("stop", member, &[]).await?,
            other => return Err(format!("no way to {other}").into()),
        }
    }
    Ok(())
}

async fn add_learner(running: &[Member], member: &Member) -> Outcome<()> {
    until(async || {
        let options = MemberAddOptions::new().with_is_learner();
        let mut leader = client::to(&leader(running).await?.client_url()).await?;
        leader
            .member_add([member.peer_url()], Some(options))
            .await?;
        Ok(())
    })
    .await
}

async fn start(cluster: &Cluster, running: &[Member], member: &Member) -> Outcome<()> {
    let via = running.first().ok_or("nobody runs")?;
    let listed = cluster.listed_locally(via).await?;
    let initial = initial_cluster(listed.iter().map(|one| {
        let url = one.peer_urls.join(",");
        let is_new = url == member.peer_url();
        (if is_new { &member.name } else { &one.name }.clone(), url)
    }));
    let more = [
        ("ETCD_INITIAL_CLUSTER", initial.as_str()),
        ("ETCD_INITIAL_CLUSTER_STATE", "existing"),
    ];
    cluster.drive("start", member, &more).await?;
    until(
        async || match client::status(&member.client_url()).await?.leader() {
            0 => Err("it follows nobody".into()),
            _ => Ok(()),
        },
    )
    .await
}

async fn promote(running: &[Member], member: &Member) -> Outcome<()> {
    until(async || {
        let mut leader = client::to(&leader(running).await?.client_url()).await?;
        leader.member_promote(id(member).await?).await?;
        Ok(())
    })
    .await
}

async fn move_leader(running: &[Member], from: &Member, to: &Value) -> Outcome<()> {
    let to = to.as_str().ok_or("moveLeader names nobody")?;
    let to = running.iter().find(|member| member.name == to);
    let to = to.ok_or("moveLeader names somebody who does not run")?;
    let target = id(to).await?;
    client::to(&from.client_url())
        .await?
        .move_leader(target)
        .await?;
    until(async || match leader(running).await? {
        leader if leader == to => Ok(()),
        _ => Err("another leads".into()),
    })
    .await
}

async fn remove(running: &[Member], member: &Member) -> Outcome<()> {
    let target = id(member).await?;
    until(async || {
        let mut leader = client::to(&leader(running).await?.client_url()).await?;
        leader.member_remove(target).await?;
        Ok(())
    })
    .await
}

async fn id(member: &Member) -> Outcome<u64> {
    let status = client::status(&member.client_url()).await?;
    Ok(status
        .header()
        .ok_or("a status without a header")?
        .member_id())
}

async fn leader(running: &[Member]) -> Outcome<&Member> {
    for member in running {
        let status = client::status(&member.client_url()).await?;
        if status
            .header()
            .is_some_and(|header| header.member_id() == status.leader())
        {
            return Ok(member);
        }
    }
    Err("nobody leads".into())
}

/// Tries until it works.
async fn until<F: Future<Output = Outcome<()>>>(attempt: impl Fn() -> F) -> Outcome<()> {
    let begun = Instant::now();
    loop {
        match attempt().await {
            Err(_) if begun.elapsed() < PATIENCE => sleep(POLL).await,
            ended => return ended,
        }
    }
}
