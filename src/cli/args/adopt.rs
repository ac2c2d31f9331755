//! The arguments of `etcdplan adopt`.

use std::path::PathBuf;

use clap::Args;

use super::Connection;

/// `etcdplan adopt`
#[derive(Clone, Debug, Args)]
#[command(before_help = "Examples:
  etcdplan adopt --endpoints https://10.0.4.11:2379 > prod-eu.yaml
  etcdplan adopt --endpoints 10.0.4.11:2379 --name prod-eu -o clusters/prod-eu.yaml
  etcdplan adopt --live live.json       # as `observe` recorded it")]
pub struct Adopt {
    /// What people call the cluster; etcd does not know it
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub name: Option<String>,
    /// Where the file is written, instead of standard output; one that is there stays
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Write over a file that is there
    #[arg(long, requires = "out")]
    pub force: bool,
    /// A recorded observation, instead of the live cluster (see `observe`)
    #[arg(long, value_name = "FILE")]
    pub live: Option<PathBuf>,
    /// Where the cluster is.
    #[command(flatten)]
    pub connection: Connection,
}

/// Reads the name of a cluster, as the topology file takes it.
fn name(text: &str) -> Result<String, String> {
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return Err("a cluster's name is not empty, and has no control character".to_owned());
    }
    Ok(text.to_owned())
}
