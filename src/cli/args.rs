//! The command line: commands and flags, each with the help that it prints.

use std::net::Ipv4Addr;
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::amount::Span;
use crate::url::{Url, UrlError};

use super::exit;

/// What `etcdplan` alone prints.
pub(crate) const INTRODUCTION: &str = "\
etcdplan plans and applies etcd membership changes, one safe step at a time.

A YAML file says which members a cluster should have. `plan` compares it with the
live cluster and prints the steps, with the quorum arithmetic of each; `apply`
performs exactly those steps, and looks at the whole cluster again between them.

  etcdplan sandbox up                          a local cluster, to try things on
  etcdplan plan -f clusters/prod-eu.yaml       what would happen
  etcdplan apply -f clusters/prod-eu.yaml      make it so, after a question

All commands: etcdplan --help
";

/// What `etcdplan --help` begins with.
const EXAMPLES: &str = "Examples:
  etcdplan plan -f clusters/prod-eu.yaml
  etcdplan apply -f clusters/prod-eu.yaml";

/// Plans and applies etcd membership changes, one safe step at a time.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "etcdplan",
    version,
    propagate_version = true,
    disable_help_flag = true,
    disable_help_subcommand = true,
    max_term_width = 90,
    before_help = EXAMPLES,
    after_help = exit::HELP
)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub common: Common,
    /// What to do; nothing: an introduction.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What holds for every command.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_display_order = 900)]
pub struct Common {
    /// Print only the result
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print every reason
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorWhen,
    /// Never ask; `ETCDPLAN_NO_INPUT` and `CI` do the same
    #[arg(long, global = true)]
    pub no_input: bool,
    // clap's own prints a longer form for `--help` than for `-h`.
    /// Print help
    #[arg(short, long, global = true, action = ArgAction::HelpShort)]
    help: Option<bool>,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal that shows them
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// In which form the result is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Check topology files, offline; all problems at once
    Validate(Validate),
    /// Print the steps from the live cluster to the file; changes nothing
    Plan(Plan),
    /// Perform the steps, one at a time
    Apply(Apply),
    /// Record what is live, as JSON for `plan --live`
    Observe(Observe),
    /// Show how the cluster stands
    Status(Status),
    /// Run a local cluster of real etcd processes, for trying things
    Sandbox(Sandbox),
    /// Print a JSON Schema
    Schema(Schema),
    /// Print a completion script for a shell
    Completions(Completions),
}

/// Where the cluster is.
#[derive(Clone, Debug, Default, Args)]
pub struct Connection {
    /// Client URLs to begin with, instead of the file's; else `ETCDPLAN_ENDPOINTS`
    #[arg(long, value_name = "URL", value_delimiter = ',', value_parser = endpoint)]
    pub endpoints: Vec<Url>,
}

/// What is asked for beyond the file.
#[derive(Clone, Debug, Default, Args)]
pub struct Requests {
    /// Restart a member, or `all`; may be repeated
    #[arg(long, value_name = "NAME|all", value_delimiter = ',')]
    pub restart: Vec<String>,
    /// Replace a member by a new one with an empty data directory; may be repeated
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub replace: Vec<String>,
    /// Allow steps that take the cluster below quorum for a moment (one or two voters)
    #[arg(long)]
    pub allow_outage: bool,
}

/// `etcdplan plan`
#[derive(Clone, Debug, Args)]
#[command(before_help = "Examples:
  etcdplan plan -f clusters/prod-eu.yaml
  etcdplan plan -f prod-eu.yaml --live live.json       # as `observe` recorded it
  etcdplan plan -f prod-eu.yaml --detailed-exitcode    # ends with 2 if there are changes")]
pub struct Plan {
    /// The topology file; `-` is standard input
    #[arg(short, long, value_name = "FILE")]
    pub file: PathBuf,
    /// A recorded observation, instead of the live cluster (see `observe`)
    #[arg(long, value_name = "FILE")]
    pub live: Option<PathBuf>,
    /// The form of the result
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    pub format: Format,
    /// End with 2 if there are changes
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// What is asked for beyond the file.
    #[command(flatten)]
    pub requests: Requests,
    /// Where the cluster is.
    #[command(flatten)]
    pub connection: Connection,
}

/// `etcdplan apply`
#[derive(Clone, Debug, Args)]
#[command(before_help = "Examples:
  etcdplan apply -f clusters/prod-eu.yaml
  etcdplan apply -f clusters/prod-eu.yaml --yes --step-timeout 30m    # in a pipeline")]
pub struct Apply {
    /// The topology file; `-` is standard input, and needs --yes
    #[arg(short, long, value_name = "FILE")]
    pub file: PathBuf,
    /// Do not ask; never stands in for a flag that names a danger
    #[arg(long, alias = "auto-approve")]
    pub yes: bool,
    /// How long one step may take, instead of `policy.stepTimeout`
    #[arg(long, value_name = "DURATION")]
    pub step_timeout: Option<Span>,
    /// What is asked for beyond the file.
    #[command(flatten)]
    pub requests: Requests,
    /// Where the cluster is.
    #[command(flatten)]
    pub connection: Connection,
}

/// `etcdplan observe`
#[derive(Clone, Debug, Args)]
#[command(before_help = "Examples:
  etcdplan observe -f clusters/prod-eu.yaml > live.json
  etcdplan observe --endpoints http://10.0.4.11:2379 > live.json")]
pub struct Observe {
    /// The cluster.
    #[command(flatten)]
    pub target: Target,
}

/// `etcdplan status`
#[derive(Clone, Debug, Args)]
#[command(before_help = "Examples:
  etcdplan status -f clusters/prod-eu.yaml
  etcdplan status --endpoints http://10.0.4.11:2379 --format json")]
pub struct Status {
    /// The cluster.
    #[command(flatten)]
    pub target: Target,
    /// The form of the result
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    pub format: Format,
}

/// A cluster, by its file or by its endpoints.
#[derive(Clone, Debug, Args)]
pub struct Target {
    /// The topology file; `-` is standard input
    #[arg(short, long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Where the cluster is.
    #[command(flatten)]
    pub connection: Connection,
}

/// `etcdplan validate`
#[derive(Clone, Debug, Args)]
#[command(before_help = "Examples:
  etcdplan validate clusters/*.yaml
  etcdplan validate prod-eu.yaml --format json")]
pub struct Validate {
    /// The topology files; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The form of what is found
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    pub format: Format,
}

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
pub struct SandboxDown {
    /// Which sandbox.
    #[command(flatten)]
    pub folder: SandboxFolder,
    /// Leave its folder and data where they are
    #[arg(long)]
    pub keep_data: bool,
}

/// `etcdplan schema`
#[derive(Clone, Copy, Debug, Args)]
#[command(before_help = "Examples:
  etcdplan schema topology > schemas/topology.v1.json")]
pub struct Schema {
    /// Of which document
    pub name: SchemaName,
}

/// The documents that have a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaName {
    /// The file that says what is wanted
    Topology,
    /// What `plan --format json` prints
    Plan,
    /// What `observe` prints
    Observation,
}

/// `etcdplan completions`
#[derive(Clone, Copy, Debug, Args)]
#[command(before_help = "Examples:
  etcdplan completions bash > /etc/bash_completion.d/etcdplan")]
pub struct Completions {
    /// For which shell
    pub shell: Shell,
}

/// Reads an endpoint as etcdctl does: without a scheme it is plain HTTP.
pub(super) fn endpoint(text: &str) -> Result<Url, UrlError> {
    let text = text.trim();
    if text.contains("://") {
        Url::parse(text)
    } else {
        Url::parse(&format!("http://{text}"))
    }
}
