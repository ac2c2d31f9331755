//! A cluster with certificates and users that has lost its quorum, and comes back with both.

use std::fs;

use crate::bed::Outcome;
use crate::bed::cluster::Cluster;
use crate::mode::{Mode, Users};
use crate::stage::{Stage, expect};

/// Somebody who may read, set up before it happens.
const READER: &str = "reader";

pub(crate) async fn play(mode: Mode, cluster: &Cluster) -> Outcome<()> {
    let stage = Stage::set(cluster, mode, Vec::new()).await?;
    stage
        .etcdctl(&["user", "add", READER, "--no-password"])
        .await?;
    stage.etcdctl(&["role", "add", READER]).await?;
    stage
        .etcdctl(&["role", "grant-permission", READER, "read", "key"])
        .await?;
    stage
        .etcdctl(&["user", "grant-role", READER, READER])
        .await?;
    stage.etcdctl(&["put", "key", "value"]).await?;
    stage.write(&stage.members, "same.yaml")?;
    for lost in &stage.members[1..] {
        cluster.kill(lost).await?;
        fs::remove_dir_all(cluster.directory.join("hosts").join(&lost.host))?;
    }

    let recover = ["recover", "-f", "same.yaml", "-o", "way-back.json"];
    expect(&stage.run(&recover).await?, 3)?;
    let named = [&recover[..], &["--lost", "m2", "--lost", "m3"]].concat();
    let planned = stage.run(&named).await?;
    expect(&planned, 0)?;
    if !planned.stdout().contains("left         m1: term") {
        return Err(format!("it does not say what is left:\n{}", planned.told()).into());
    }
    let apply = ["apply", "way-back.json", "--yes"];
    expect(&stage.run(&apply).await?, 0)?;

    stage.settle().await?;
    stage.is_closed().await?;
    if stage.etcdctl(&["get", "key"]).await? != "key\nvalue\n" {
        return Err("a key is lost".into());
    }
    if mode.users != Users::None {
        let users = stage.etcdctl(&["user", "list"]).await?;
        let role = stage.etcdctl(&["role", "get", READER]).await?;
        if users != "reader\nroot\n" || !role.contains("key") {
            return Err(format!("users or roles are lost: {users} {role}").into());
        }
    }
    let again = ["plan", "-f", "same.yaml", "--detailed-exitcode"];
    expect(&stage.run(&again).await?, 0)
}
