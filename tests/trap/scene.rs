//! What leads into the trap, and who falls into it.

use std::fs::{self, File};
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::bed::Outcome;
use crate::bed::ground::Plot;
use crate::bed::server::Server;
use crate::network::Network;

/// How long until a cluster is as it must be.
const PATIENCE: Duration = Duration::from_secs(60);

/// Longer than any election, and than etcd waits for a write.
const FOR_GOOD: Duration = Duration::from_secs(20);

/// The machine from which the cluster is looked after; the others are those of the members.
const DESK: u8 = 100;
const MEMBERS: std::ops::RangeInclusive<u8> = 1..=5;

/// Its packets to the peer port of [`CUT_OFF`] are dropped.
const CUTTER: u8 = 1;
const LEADER: u8 = 2;
/// Healthy, and needed.
const CUT_OFF: u8 = 3;
const DEAD: [u8; 2] = [4, 5];

struct Stage<'a> {
    network: Network,
    plot: &'a Plot,
    server: &'a Server,
    running: Vec<(u8, Child)>,
}

/// Sets the trap, and lets etcdplan and etcdctl walk up to it.
pub(crate) fn play(plot: &Plot, server: &Server) -> Outcome<()> {
    let machines = MEMBERS.chain([DESK]);
    let mut stage = Stage {
        network: Network::lay(plot.directory(), machines)?,
        plot,
        server,
        running: Vec::new(),
    };
    for member in MEMBERS {
        stage.start(member)?;
    }
    stage.until("every member serves", |stage| {
        MEMBERS.clone().all(|member| stage.writes(member))
    })?;
    stage.lead()?;
    stage.network.cut(CUTTER, CUT_OFF, 2380)?;
    // A connection that is there outlives the cut for minutes.
    stage.end(CUTTER, Signal::TERM)?;
    stage.start(CUTTER)?;
    stage.until("the member that was restarted serves", |stage| {
        stage.writes(CUTTER)
    })?;
    stage.lead()?;
    for dead in DEAD {
        stage.end(dead, Signal::KILL)?;
    }
    stage.until("the cut shows", Stage::is_set)?;

    // The three that live make up a quorum, and none can be spared.
    let listed = stage.listed(LEADER)?;
    for member in [CUTTER, LEADER, CUT_OFF] {
        if !stage.writes(member) {
            return Err(format!("m{member} serves no more before anything was done").into());
        }
    }
    stage.etcdplan_refuses(DESK, "after removing m3: 4 voters, quorum 3, 2 healthy")?;
    // Where it reaches that member no more than the one that was cut does.
    stage.network.cut(CUTTER, CUT_OFF, 2379)?;
    let numbers = "now: 5 voters, quorum 3, 2 healthy, 1 may or may not be";
    stage.etcdplan_refuses(CUTTER, numbers)?;
    if stage.listed(LEADER)? != listed {
        return Err("refused, and yet the member list is another".into());
    }
    stage.etcdctl_falls_in(&listed)
}

impl Stage<'_> {
    /// A server whose every connection is there refuses; the one that was cut does not.
    fn etcdctl_falls_in(&self, listed: &str) -> Outcome<()> {
        let id = listed
            .lines()
            .find(|line| line.contains(&format!(" m{CUT_OFF},")))
            .and_then(|line| line.split(',').next())
            .ok_or("the member is not listed")?;
        for member in [LEADER, CUT_OFF] {
            match self.etcdctl(member, &["member", "remove", id]) {
                Ok(told) => return Err(format!("m{member} accepted it: {told}").into()),
                Err(error) if error.to_string().contains("unhealthy cluster") => {}
                Err(error) => return Err(error),
            }
        }
        let told = self.etcdctl(CUTTER, &["member", "remove", id])?;
        if !told.contains("removed from cluster") {
            return Err(format!("m{CUTTER} did not accept it: {told}").into());
        }
        // One write may still be on its way when the removal is applied.
        sleep(Duration::from_secs(2));
        let begun = Instant::now();
        while begun.elapsed() < FOR_GOOD {
            for member in [CUTTER, LEADER, CUT_OFF] {
                if self.writes(member) {
                    return Err(format!("m{member} still serves: this is no trap").into());
                }
            }
        }
        Ok(())
    }

    fn etcdplan_refuses(&self, from: u8, numbers: &str) -> Outcome<()> {
        let mut text = "apiVersion: etcdplan/v1\ncluster: { name: trap }\n\
            policy: { allowEvenVoters: true }\nmembers:\n"
            .to_owned();
        for member in MEMBERS.filter(|member| *member != CUT_OFF) {
            text += &format!(
                "  - {{ name: m{member}, peerURLs: [\"{}\"], clientURLs: [\"{}\"] }}\n",
                Self::url(member, 2380),
                Self::url(member, 2379)
            );
        }
        let file = self.plot.directory().join("topology.yaml");
        fs::write(&file, text)?;
        for verb in [&["plan"][..], &["apply", "--yes"]] {
            let output = self
                .network
                .on(from, env!("CARGO_BIN_EXE_etcdplan"))
                .args(verb)
                .arg("-f")
                .arg(&file)
                .env("ETCDPLAN_STATE_DIR", self.plot.directory().join("state"))
                .output()?;
            let told = String::from_utf8(output.stdout)?;
            let error = String::from_utf8(output.stderr)?;
            let is_told = told.contains(numbers) && error.contains("Error: refused: ");
            if output.status.code() != Some(3) || !is_told {
                let status = output.status;
                return Err(format!("{verb:?} ended with {status}:\n{told}{error}").into());
            }
        }
        Ok(())
    }

    fn start(&mut self, member: u8) -> Outcome<()> {
        let directory = self.plot.directory();
        let log = File::options()
            .create(true)
            .append(true)
            .open(directory.join(format!("m{member}.log")))?;
        let initial = MEMBERS.map(|member| format!("m{member}={}", Self::url(member, 2380)));
        let (peer, client) = (Self::url(member, 2380), Self::url(member, 2379));
        let etcd = self.server.directory.join("etcd");
        let mut command = self.network.on(member, etcd);
        command
            // Whatever ends this test, it is found by the directory.
            .current_dir(directory)
            .env("ETCD_NAME", format!("m{member}"))
            .env("ETCD_DATA_DIR", format!("m{member}"))
            .env(
                "ETCD_INITIAL_CLUSTER",
                initial.collect::<Vec<_>>().join(","),
            )
            .env("ETCD_INITIAL_ADVERTISE_PEER_URLS", &peer)
            .env("ETCD_LISTEN_PEER_URLS", &peer)
            .env("ETCD_ADVERTISE_CLIENT_URLS", &client)
            .env("ETCD_LISTEN_CLIENT_URLS", &client)
            .env("ETCD_UNSAFE_NO_FSYNC", "true")
            .stdout(log.try_clone()?)
            .stderr(log);
        self.running.push((member, command.spawn()?));
        Ok(())
    }

    /// Ends a member's process: `ip netns exec` has become it.
    fn end(&mut self, member: u8, signal: Signal) -> Outcome<()> {
        let index = self.running.iter().position(|(other, _)| *other == member);
        let (_, mut child) = self.running.remove(index.ok_or("it does not run")?);
        kill_process(Pid::from_child(&child), signal)?;
        child.wait()?;
        Ok(())
    }

    /// Makes one member the leader, and waits until it is.
    fn lead(&self) -> Outcome<()> {
        self.until("the leader is the one that is wanted", |stage| {
            stage.leads(LEADER) || {
                // Only the leader takes the call; the others say so.
                if let Some(id) = stage.id(LEADER) {
                    for member in MEMBERS {
                        let _ = stage.etcdctl(member, &["move-leader", &id]);
                    }
                }
                false
            }
        })
    }

    fn leads(&self, member: u8) -> bool {
        self.metrics(member).contains("\netcd_server_is_leader 1\n")
    }

    /// The members that this one is connected to, of the other four.
    fn is_set(&self) -> bool {
        let active = |page: &str| {
            let rows = page
                .lines()
                .filter(|line| line.starts_with("etcd_network_active_peers{"));
            rows.filter(|row| row.ends_with(" 1")).count()
        };
        active(&self.metrics(CUTTER)) == 1
            && [LEADER, CUT_OFF]
                .iter()
                .all(|member| active(&self.metrics(*member)) == 2)
            && self.leads(LEADER)
    }

    fn metrics(&self, member: u8) -> String {
        let address = Network::address(member);
        let script = format!(
            "exec 3<>/dev/tcp/{address}/2379 && printf 'GET /metrics HTTP/1.0\\r\\n\\r\\n' >&3 && cat <&3"
        );
        let output = self.network.on(DESK, "bash").args(["-c", &script]).output();
        output.map_or_else(
            |_| String::new(),
            |o| String::from_utf8_lossy(&o.stdout).into_owned(),
        )
    }

    fn id(&self, member: u8) -> Option<String> {
        let listed = self.listed(LEADER).ok()?;
        let line = listed
            .lines()
            .find(|line| line.contains(&format!(" m{member},")))?;
        line.split(',').next().map(str::to_owned)
    }

    fn listed(&self, via: u8) -> Outcome<String> {
        self.etcdctl(via, &["member", "list"])
    }

    fn writes(&self, member: u8) -> bool {
        self.etcdctl(member, &["put", "key", "value"]).is_ok()
    }

    fn etcdctl(&self, member: u8, arguments: &[&str]) -> Outcome<String> {
        let program = self.server.directory.join("etcdctl");
        let output = self
            .network
            .on(DESK, program)
            .env("ETCDCTL_API", "3")
            .args([
                "--command-timeout",
                "3s",
                "--endpoints",
                &Self::url(member, 2379),
            ])
            .args(arguments)
            .output()?;
        if output.status.success() {
            return Ok(String::from_utf8(output.stdout)?);
        }
        Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
    }

    fn url(member: u8, port: u16) -> String {
        format!("http://{}:{port}", Network::address(member))
    }

    fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) -> Outcome<()> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if holds(self) {
                return Ok(());
            }
            sleep(Duration::from_millis(200));
        }
        let seen = MEMBERS.map(|member| {
            let page = self.metrics(member);
            let rows = page.lines().filter(|line| {
                line.starts_with("etcd_network_active_peers{")
                    || line.starts_with("etcd_server_is_leader")
            });
            format!("m{member}: {}", rows.collect::<Vec<_>>().join(" "))
        });
        Err(format!(
            "not in {PATIENCE:?}: {what}\n{}",
            seen.collect::<Vec<_>>().join("\n")
        )
        .into())
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        for (_, child) in &mut self.running {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
