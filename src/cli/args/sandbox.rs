//! The arguments of `etcdplan sandbox`.

use std::net::Ipv4Addr;
use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `etcdplan sandbox`
#[derive(Clone, Debug, Args)]
#[command(before_help = "Examples:
  etcdplan sandbox up
  etcdplan plan -f sandbox/topology.yaml
  etcdplan sandbox down")]
pub struct Sandbox {
    /// What to do with it
    #[command(subcommand)]
    pub action: SandboxAction,
}

/// What to do with a sandbox.
#[derive(Clone, Debug, Subcommand)]
pub enum SandboxAction {
    /// Create a new cluster on this machine, and wait for its leader
    Up(SandboxUp),
    /// End its processes, also of members that a plan added, and clear its folder
    Down(SandboxDown),
    /// Show its processes
    Status(SandboxFolder),
}

/// Which sandbox.
#[derive(Clone, Debug, Args)]
pub struct SandboxFolder {
    /// Its folder
    #[arg(long, value_name = "DIR", default_value = "sandbox")]
    pub dir: PathBuf,
}

/// `etcdplan sandbox up`
#[derive(Clone, Debug, Args)]
#[command(before_help = "Examples:
  etcdplan sandbox up
  etcdplan sandbox up --members 5 --etcd ~/etcd-v3.6/etcd --first-address 127.0.1.11")]
pub struct SandboxUp {
    /// Which sandbox.
    #[command(flatten)]
    pub folder: SandboxFolder,
    /// How many members
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=9))]
    pub members: u8,
    /// The etcd program: a path, or a name on PATH
    #[arg(long, value_name = "PROGRAM", default_value = "etcd")]
    pub etcd: String,
    /// What the cluster is called
    #[arg(long, value_name = "NAME", default_value = "sandbox")]
    pub name: String,
    /// The loopback address of the first member; the others follow
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.11")]
    pub first_address: Ipv4Addr,
}

/// `etcdplan sandbox down`
#[derive(Clone, Debug, Args)]
#[command(before_help = "Examples:
  etcdplan sandbox down
  etcdplan sandbox down --keep-data")]
pub struct SandboxDown {
    /// Which sandbox.
    #[command(flatten)]
    pub folder: SandboxFolder,
    /// Leave its folder and data where they are
    #[arg(long)]
    pub keep_data: bool,
}
