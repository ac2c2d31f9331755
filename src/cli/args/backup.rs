//! The arguments of `etcdplan backup`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Format, Target};

/// `etcdplan backup`
#[derive(Clone, Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    before_help = "Examples:
  etcdplan backup -f clusters/prod-eu.yaml             # to policy.backupDir, else to here
  etcdplan backup -f prod-eu.yaml -o /backups --keep 14
  etcdplan backup --endpoints https://10.0.4.11:2379 --etcdutl ~/etcd-v3.5.30/etcdutl
  etcdplan backup verify /backups/*.db"
)]
pub struct Backup {
    /// What else to do
    #[command(subcommand)]
    pub action: Option<BackupAction>,
    /// The cluster.
    #[command(flatten)]
    pub target: Target,
    /// The folder that it goes to; default: `policy.backupDir` of the file, else this folder
    #[arg(short, long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Then delete the oldest backups of the same cluster there, such that N stay
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub keep: Option<u16>,
    /// How it is read back.
    #[command(flatten)]
    pub reader: Reader,
    /// The form of the result
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    pub format: Format,
}

impl Backup {
    /// In which form the result and every error is told.
    pub fn format(&self) -> Format {
        match &self.action {
            Some(BackupAction::Verify(verify)) => verify.format,
            None => self.format,
        }
    }
}

/// What else to do with backups.
#[derive(Clone, Debug, Subcommand)]
pub enum BackupAction {
    /// Check backups: cut, changed, empty, or none at all
    Verify(BackupVerify),
}

/// `etcdplan backup verify`
#[derive(Clone, Debug, Args)]
#[command(before_help = "Examples:
  etcdplan backup verify backups/*.db
  etcdplan backup verify /backups/prod-eu-*.db --format json")]
pub struct BackupVerify {
    /// The files
    #[arg(required = true, value_name = "PATH")]
    pub files: Vec<PathBuf>,
    /// How they are read back.
    #[command(flatten)]
    pub reader: Reader,
    /// The form of the result
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    pub format: Format,
}

/// How a backup is read back.
#[derive(Clone, Debug, Args)]
pub struct Reader {
    /// etcd's program that reads it back; default: `etcdutl` on PATH, else an `etcdctl` before 3.6
    #[arg(long, value_name = "PROGRAM")]
    pub etcdutl: Option<PathBuf>,
}
