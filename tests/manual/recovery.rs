//! The way back from a lost quorum, typed by a person.

use std::fs;

use crate::bed::Outcome;
use crate::bed::client;
use crate::bed::cluster::Cluster;
use crate::bed::member::Member;
use crate::operator::Operator;
use crate::scene::{topology, verb};

/// What is asked where nothing would show that a step is done.
const QUESTION: &str = "Type done when it is done";

/// What is done by hand, in order: the survivor begins anew, and the others join it.
const BY_HAND: [&str; 6] = ["stop", "put", "restore", "start", "start", "start"];

/// Two of three are gone with their machines.
pub(crate) async fn lose_two_of_three(cluster: &Cluster) -> Outcome<Vec<Member>> {
    let members = cluster.net.members(1..=3);
    cluster.bootstrap(&members).await?;
    cluster.settle(&members).await?;
    fs::write(cluster.directory.join("topology.yaml"), topology(&members))?;
    let mut first = client::to(&members[0].endpoint()).await?;
    first.put("key", "value", None).await?;
    for lost in &members[1..] {
        cluster.kill(lost).await?;
        fs::remove_dir_all(cluster.directory.join("hosts").join(&lost.host))?;
    }
    Ok(members)
}

/// All serve, and have what was written.
pub(crate) async fn is_back(cluster: &Cluster, members: &[Member]) -> Outcome<()> {
    cluster.settle(members).await?;
    for member in members {
        let found = client::to(&member.endpoint())
            .await?
            .get("key", None)
            .await?;
        if found.count() != 1 {
            return Err(format!("{} lacks a key", member.name).into());
        }
    }
    Ok(())
}

/// It is done as etcdplan asks for it.
pub(crate) async fn play(cluster: &Cluster) -> Outcome<()> {
    let members = lose_two_of_three(cluster).await?;
    let mut operator = Operator::new(cluster, "sh");
    let desk = operator.desk()?;
    desk.line("etcdplan recover -f topology.yaml --lost m2 --lost m3 -o way-back.json")?;
    let ends = ["Saved to way-back.json.", "Error:"];
    operator.attend(|| desk.text(), &ends).await?;
    desk.line("etcdplan apply way-back.json")?;
    let ends = ["Type the name of the cluster", "Error:"];
    operator.attend(|| desk.text(), &ends).await?;
    desk.line("test")?;
    let mut answered = 0;
    let told = loop {
        let asks = |text: &str| text.matches(QUESTION).count() > answered;
        let ends = |text: &str| text.contains("Apply complete!") || text.contains("Error:");
        let told = operator
            .attend_until(|| desk.text(), |text| asks(text) || ends(text))
            .await?;
        if ends(&told) {
            break told;
        }
        operator.through().await?;
        desk.line("done")?;
        answered += 1;
    };
    let did: Vec<&str> = operator
        .done
        .iter()
        .map(|done| verb(&done.heading))
        .collect();
    if !told.contains("Apply complete!") || did != BY_HAND {
        let screens = operator.screens();
        return Err(format!("it did not end well: {did:?}\n{told}\n{screens}").into());
    }
    is_back(cluster, &members).await
}
