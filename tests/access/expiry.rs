//! Changes that outlive the token of their login.

use std::fs;

use crate::bed::cluster::Cluster;
use crate::bed::{Outcome, script};
use crate::logins::Logins;
use crate::mode::TLS_WITH_PASSWORD;
use crate::stage::{Stage, expect};
use crate::tally::Tally;

/// What becomes of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expiry {
    /// It is forgotten after a second in which nobody used it.
    Idle,
    /// It runs out two seconds after it was given, used or not.
    Signed,
    /// It is forgotten by each member that is restarted, also by one that grants none: a learner.
    Restart,
}

/// A driver's program that takes longer than any token lives, and than the lease of the lock
/// that is not renewed.
const SLOW: &str = "#!/bin/sh\nsleep 18\nexec driver/start\n";

pub(crate) async fn play(expiry: Expiry, cluster: &Cluster, tally: &Tally) -> Outcome<()> {
    let directory = &cluster.directory;
    let token = match expiry {
        Expiry::Idle => vec![("ETCD_AUTH_TOKEN_TTL", "1".to_owned())],
        Expiry::Signed => {
            let key = directory.join("token.key");
            fs::write(&key, "a key of some length, which all members share")?;
            let key = key.display();
            let signed = format!("jwt,priv-key={key},sign-method=HS256,ttl=2s");
            vec![("ETCD_AUTH_TOKEN", signed)]
        }
        Expiry::Restart => Vec::new(),
    };
    let mut stage = Stage::set(cluster, TLS_WITH_PASSWORD, token).await?;
    let mut wanted = stage.members.clone();
    let mut apply = vec![
        "apply",
        "--yes",
        "--step-timeout",
        "1m",
        "-f",
        "topology.yaml",
    ];
    if expiry == Expiry::Restart {
        stage.add_learner(4).await?;
        wanted.clone_from(&stage.members);
        apply.extend(["--restart", "all"]);
    } else {
        wanted.push(stage.member(4));
    }
    stage.write(&wanted, "topology.yaml")?;
    let slow = directory.join("slow");
    script::write(&slow, SLOW)?;
    let text = stage.read("topology.yaml")?;
    let text = text.replace("start: [driver/start]", "start: [./slow]");
    fs::write(directory.join("topology.yaml"), text)?;

    let before = Logins::so_far(&stage).await?;
    let run = stage.run(&apply).await?;
    let logins = Logins::so_far(&stage).await?.since(&before);
    let name = cluster.server.name();
    tally.note(format!(
        "logins, {name:7} {expiry:?}: {logins} by {}",
        run.command
    ));
    expect(&run, 0)?;
    if !is_refused(cluster)? {
        return Err(format!("no token was outlived\n{}", run.told()).into());
    }
    stage.members = wanted;
    stage.settle().await
}

/// Whether a member has refused a token that it did not know any more.
fn is_refused(cluster: &Cluster) -> Outcome<bool> {
    for host in fs::read_dir(cluster.directory.join("hosts"))? {
        let log = fs::read(host?.path().join("etcd.log"))?;
        if String::from_utf8_lossy(&log).contains("invalid auth token") {
            return Ok(true);
        }
    }
    Ok(false)
}
