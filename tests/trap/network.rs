//! Machines as network namespaces on one bridge, which stands in a namespace too: nothing of it
//! reaches the network of this machine.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::bed::Outcome;
use crate::bed::ground::Ground;

/// Where `ip netns` keeps them.
const NAMESPACES: &str = "/run/netns";

/// Machines that reach each other, and nobody else.
#[derive(Debug)]
pub(crate) struct Network {
    name: String,
}

/// Fails if there are no namespaces to be had.
pub(crate) fn available() -> Outcome<()> {
    if !rustix::process::geteuid().is_root() {
        return Err("network namespaces need root".into());
    }
    for (program, package) in [("ip", "iproute2"), ("nft", "nftables")] {
        let found = Command::new(program)
            .arg("-V")
            .stdout(Stdio::null())
            .status();
        if !found.is_ok_and(|status| status.success()) {
            return Err(format!("{program} is needed: tests/install {package}").into());
        }
    }
    Ok(())
}

impl Network {
    /// Machines of these numbers, under the name of a directory that is nobody else's.
    pub(crate) fn lay(directory: &Path, machines: impl IntoIterator<Item = u8>) -> Outcome<Self> {
        let name = directory.to_string_lossy().replace('/', "-");
        let name = name.split("etcdplan-tests").last().unwrap_or_default();
        let network = Self {
            name: format!("etcdplan-tests{name}"),
        };
        let hub = network.namespace("hub");
        ip(&["netns", "add", &hub])?;
        ip(&["-n", &hub, "link", "add", "bridge", "type", "bridge"])?;
        ip(&["-n", &hub, "link", "set", "bridge", "up"])?;
        for machine in machines {
            network.join(&hub, machine)?;
        }
        Ok(network)
    }

    fn join(&self, hub: &str, machine: u8) -> Outcome<()> {
        let (port, namespace) = (format!("port{machine}"), self.namespace(machine));
        let address = format!("{}/24", Self::address(machine));
        ip(&["netns", "add", &namespace])?;
        ip(&[
            "-n", hub, "link", "add", &port, "type", "veth", "peer", "name", "eth0", "netns",
            &namespace,
        ])?;
        ip(&["-n", hub, "link", "set", &port, "master", "bridge", "up"])?;
        ip(&["-n", &namespace, "addr", "add", &address, "dev", "eth0"])?;
        ip(&["-n", &namespace, "link", "set", "eth0", "up"])?;
        ip(&["-n", &namespace, "link", "set", "lo", "up"])
    }

    /// The address of a machine; the same in every network, since none reaches another.
    pub(crate) fn address(machine: u8) -> String {
        format!("10.9.0.{machine}")
    }

    /// A command on a machine.
    pub(crate) fn on(&self, machine: u8, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new("ip");
        command
            .args(["netns", "exec", &self.namespace(machine)])
            .arg(program.as_ref())
            .stdin(Stdio::null());
        command
    }

    /// Lets nothing through from one machine to a port of another; the other way stays.
    pub(crate) fn cut(&self, from: u8, to: u8, port: u16) -> Outcome<()> {
        let rules = format!(
            "add table inet cut; \
             add chain inet cut out {{ type filter hook output priority 0; }}; \
             add rule inet cut out ip daddr {} tcp dport {port} drop",
            Self::address(to)
        );
        succeeded("nft", &self.on(from, "nft").arg(rules).output()?)
    }

    fn namespace(&self, machine: impl std::fmt::Display) -> String {
        format!("{}-{machine}", self.name)
    }

    /// Takes away every namespace of a run.
    pub(crate) fn clear(ground: &Ground) {
        let ours = format!("{}-", ground.name());
        for entry in fs::read_dir(NAMESPACES).into_iter().flatten().flatten() {
            if let Ok(name) = entry.file_name().into_string()
                && name.starts_with(&ours)
            {
                // Nobody is left to tell.
                let _ = ip(&["netns", "delete", &name]);
            }
        }
    }
}

fn ip(arguments: &[&str]) -> Outcome<()> {
    let told = format!("ip {}", arguments.join(" "));
    succeeded(&told, &Command::new("ip").args(arguments).output()?)
}

fn succeeded(told: &str, output: &Output) -> Outcome<()> {
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{told}: {}", String::from_utf8_lossy(&output.stderr)).into())
}
