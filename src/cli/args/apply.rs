//! The arguments of `apply`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::amount::Span;
use crate::plan::StepId;

use super::{Connection, Requests};

/// `etcdplan apply`
#[derive(Clone, Debug, Args)]
#[command(before_help = "Examples:
  etcdplan apply prod-eu.plan.json                     # what was reviewed, and nothing else
  etcdplan apply -f clusters/prod-eu.yaml
  etcdplan apply -f clusters/prod-eu.yaml --yes --step-timeout 30m    # in a pipeline")]
pub struct Apply {
    /// A saved plan (see `plan -o`)
    #[arg(
        value_name = "PLAN",
        required_unless_present = "file",
        conflicts_with_all = ["file", "restart", "replace", "allow_outage"]
    )]
    pub plan: Option<PathBuf>,
    /// The topology file, to plan and apply at once; `-` is standard input, and needs --yes
    #[arg(short, long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Do not ask; never stands in for a flag that names a danger
    #[arg(long, alias = "auto-approve")]
    pub yes: bool,
    /// Stop after this step: `s3`
    #[arg(long, value_name = "STEP", value_parser = step)]
    pub until: Option<StepId>,
    /// Ask before each step; needs a terminal
    #[arg(long)]
    pub pause: bool,
    /// How long one step may take, instead of `policy.stepTimeout`
    #[arg(long, value_name = "DURATION")]
    pub step_timeout: Option<Span>,
    /// How long the whole run may take
    #[arg(long, value_name = "DURATION")]
    pub timeout: Option<Span>,
    /// What keeps two applies apart: a key in the cluster, or nothing
    #[arg(long, value_name = "LOCK", default_value = "etcd")]
    pub lock: LockKind,
    /// How long to wait for another apply to end
    #[arg(long, value_name = "DURATION", default_value = "30s")]
    pub lock_timeout: Span,
    /// What is asked for beyond the file.
    #[command(flatten)]
    pub requests: Requests,
    /// Where the cluster is.
    #[command(flatten)]
    pub connection: Connection,
}

/// What keeps two applies apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LockKind {
    /// The key `etcdplan/lock` in the cluster
    #[default]
    Etcd,
    /// Nothing
    None,
}

/// Reads a step's id: `s3`, or its number in the plan.
fn step(text: &str) -> Result<StepId, String> {
    text.parse()
        .map(StepId)
        .or_else(|_| StepId::try_from(text.to_owned()))
}
