//! The command line: commands and flags, each with the help that it prints.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::amount::Span;
use crate::url::Url;

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

/// Plans and applies etcd membership changes, one safe step at a time.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "etcdplan",
    version,
    propagate_version = true,
    disable_help_subcommand = true,
    max_term_width = 90,
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
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        env = "ETCDPLAN_COLOR"
    )]
    pub color: ColorWhen,
    /// Never ask
    #[arg(long, global = true, env = "ETCDPLAN_NO_INPUT", value_parser = clap::builder::FalseyValueParser::new())]
    pub no_input: bool,
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
    /// Check topology files; offline, all problems at once
    Validate(Validate),
    /// Print the steps from the live cluster to the file; changes nothing
    Plan(Plan),
    /// Perform the steps, one at a time
    Apply(Apply),
    /// Record what is live, as JSON for `plan --live`
    Observe(Observe),
    /// Show how the cluster stands
    Status(Status),
    /// A local cluster of real etcd processes, for trying things
    Sandbox(Sandbox),
    /// Print a JSON Schema
    Schema(Schema),
    /// Print a completion script for a shell
    Completions(Completions),
}

/// `etcdplan validate`
#[derive(Clone, Debug, Args)]
#[command(before_help = "\
  etcdplan validate clusters/*.yaml
  etcdplan validate --format json prod-eu.yaml")]
pub struct Validate {
    /// The files; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The form of the result
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    pub format: Format,
}

/// Where the cluster is.
#[derive(Clone, Debug, Default, Args)]
pub struct Connection {
    /// Client URLs to begin with, instead of the file's
    #[arg(
        long,
        value_name = "URL",
        value_delimiter = ',',
        value_parser = endpoint,
        env = "ETCDPLAN_ENDPOINTS"
    )]
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
#[command(before_help = "\
  etcdplan plan -f clusters/prod-eu.yaml
  etcdplan observe -f prod-eu.yaml > live.json; etcdplan plan -f prod-eu.yaml --live live.json
  etcdplan plan -f prod-eu.yaml --detailed-exitcode    # 0: nothing to do, 2: changes, 3: refused")]
pub struct Plan {
    /// The topology file; `-` is standard input
    #[arg(short, long, value_name = "FILE")]
    pub file: PathBuf,
    /// A recorded observation, instead of the live cluster
    #[arg(long, value_name = "FILE", conflicts_with = "endpoints")]
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
#[command(before_help = "\
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
#[command(before_help = "\
  etcdplan observe -f clusters/prod-eu.yaml > live.json
  etcdplan observe --endpoints http://10.0.4.11:2379 > live.json")]
pub struct Observe {
    /// The cluster.
    #[command(flatten)]
    pub target: Target,
}

/// `etcdplan status`
#[derive(Clone, Debug, Args)]
#[command(before_help = "\
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

/// `etcdplan sandbox`
#[derive(Clone, Debug, Args)]
#[command(before_help = "\
  etcdplan sandbox up        # three members on 127.0.0.1
  etcdplan sandbox status
  etcdplan sandbox down")]
pub struct Sandbox {
    /// What to do with it.
    #[command(subcommand)]
    pub action: SandboxAction,
}

/// `etcdplan schema`
#[derive(Clone, Copy, Debug, Args)]
#[command(before_help = "\
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
#[command(before_help = "\
  etcdplan completions bash > /etc/bash_completion.d/etcdplan")]
pub struct Completions {
    /// For which shell
    pub shell: Shell,
}

/// Reads an endpoint as etcdctl does: without a scheme it is plain HTTP.
fn endpoint(text: &str) -> Result<Url, String> {
    let text = text.trim();
    let full = if text.contains("://") {
        text.to_owned()
    } else {
        format!("http://{text}")
    };
    Url::parse(&full).map_err(|error| error.to_string())
}
