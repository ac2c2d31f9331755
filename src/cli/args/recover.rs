//! The arguments of `recover` and `inspect`.

use std::path::PathBuf;

use clap::Args;

use super::plan::written;
use super::{Connection, PlanFormat, Reader, Written};

/// `etcdplan recover`
#[derive(Clone, Debug, Args)]
#[command(before_help = "Examples:
  etcdplan recover -f clusters/prod-eu.yaml            # what is left, and what can be done
  etcdplan recover -f prod-eu.yaml --lost infra1 --lost infra2 -o way-back.json
  etcdplan recover -f prod-eu.yaml --lost infra0 --lost infra1 --lost infra2 \\
      --backup /backups/prod-eu-cdf818194e3a8c32-rev123456-20261128T041500Z.db -o way-back.json
  etcdplan apply way-back.json")]
pub struct Recover {
    /// The topology file
    #[arg(short, long, value_name = "FILE")]
    pub file: PathBuf,
    /// A member that is gone for ever and will never be started again; may be repeated
    #[arg(long, value_name = "NAME")]
    pub lost: Vec<String>,
    /// Restore this backup, and not what is left of a member
    #[arg(long, value_name = "FILE")]
    pub backup: Option<PathBuf>,
    /// Take the backup although its name does not say that it is of this cluster
    #[arg(long, requires = "backup")]
    pub foreign_backup: bool,
    /// Save the plan, for `apply` and `show`
    #[arg(short, long, value_name = "PLAN")]
    pub out: Option<PathBuf>,
    /// The form of the result
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    pub format: PlanFormat,
    /// Write the result in another form too, to a file; may be repeated
    #[arg(long, value_name = "FORMAT=PATH", value_parser = written)]
    pub write: Vec<Written>,
    /// How the backup is read.
    #[command(flatten)]
    pub reader: Reader,
    /// Where the cluster is.
    #[command(flatten)]
    pub connection: Connection,
}

/// `etcdplan inspect`
#[derive(Clone, Debug, Args)]
#[command(before_help = "Examples:
  etcdplan inspect /var/lib/etcd
  ssh infra0 etcdplan inspect /var/lib/etcd            # in the `check` program of a driver")]
pub struct Inspect {
    /// etcd's data directory
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// Where its log is, if etcd's --wal-dir says so
    #[arg(long, value_name = "DIR")]
    pub wal_dir: Option<PathBuf>,
}
