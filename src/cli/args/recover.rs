//! The arguments of `recover`, and of what helps on the hosts: `inspect`, `salvage`, `relay`.

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
    /// Let the survivor go on alone on its own data (--force-new-cluster), where a restore cannot work: the
    /// cluster keeps its id, and an old member that comes back takes it for its own
    #[arg(long, conflicts_with = "backup")]
    pub in_place: bool,
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

/// `etcdplan salvage`
#[derive(Clone, Debug, Args)]
#[command(before_help = "Examples:
  etcdplan salvage /var/lib/etcd.before-20261128T041500Z -o /var/lib/etcd.db
  etcdutl snapshot restore /var/lib/etcd.db --skip-hash-check --data-dir /var/lib/etcd ...")]
pub struct Salvage {
    /// The data directory of a member that does not run
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// Where its log is, if etcd's --wal-dir says so
    #[arg(long, value_name = "DIR")]
    pub wal_dir: Option<PathBuf>,
    /// The file to write; a copy of the data is made beside it, and removed
    #[arg(short, long, value_name = "FILE", required_unless_present = "in_place")]
    pub out: Option<PathBuf>,
    /// Make no database, but let the member go on alone as the same cluster, where its data is
    #[arg(long, conflicts_with = "out")]
    pub in_place: bool,
    /// The etcd that applies the log: of the version that wrote it
    #[arg(long, default_value = "etcd", value_name = "PROGRAM")]
    pub etcd: PathBuf,
    /// How large its database may be, as etcd's --quota-backend-bytes takes it
    #[arg(long, value_name = "BYTES")]
    pub quota_backend_bytes: Option<u64>,
}

/// `etcdplan relay`
#[derive(Clone, Debug, Args)]
#[command(before_help = "Examples:
  etcdplan relay 10.0.1.11:2380 10.0.2.11:2380         # in the `relay` program of a driver")]
pub struct Relay {
    /// The old address, which this machine has too for as long
    #[arg(value_name = "OLD")]
    pub old: String,
    /// The new one
    #[arg(value_name = "NEW")]
    pub new: String,
}
