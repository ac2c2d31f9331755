//! The command line: commands and flags, each with the help that it prints.

mod adopt;
mod apply;
mod backup;
mod plan;
mod recover;
mod sandbox;
mod status;
mod target;

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use clap_complete::{ArgValueCandidates, Shell};

use super::completions::codes;
use super::exit;

pub use adopt::Adopt;
pub use apply::{Apply, LockKind};
pub use backup::{Backup, BackupAction, BackupVerify, Reader};
pub use plan::{Plan, PlanFormat, Show, Written};
pub use recover::{Inspect, Recover, Relay, Salvage};
pub use sandbox::{Sandbox, SandboxAction, SandboxDown, SandboxFolder, SandboxUp};
pub use status::{Status, StatusFormat};
pub(super) use target::endpoint;
pub use target::{Connection, GivenUser, Observe, Requests, Target, Validate, ValidateFormat};

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
    /// Show a saved plan, or what a run did
    Show(Show),
    /// Write a topology file from a live cluster
    Adopt(Adopt),
    /// Record what is live, as JSON for `plan --live`
    Observe(Observe),
    /// Show how the cluster stands
    Status(Status),
    /// Save a verified copy of the database, or check one
    Backup(Backup),
    /// Plan the way back from a lost quorum
    Recover(Recover),
    /// Print whose data a data directory holds, and how far it goes
    Inspect(Inspect),
    /// Make a database of a data directory, with everything that its log holds
    Salvage(Salvage),
    /// Pass on what comes to a member's old address to its new one, until it is ended
    Relay(Relay),
    /// Run a local cluster of real etcd processes, for trying things
    Sandbox(Sandbox),
    /// Say what a code such as E0310 means, and the way out
    Explain(Explain),
    /// Print a JSON Schema
    Schema(Schema),
    /// Print a completion script for a shell
    Completions(Completions),
    /// Print the manual page, or write all of them
    Man(Man),
}

/// `etcdplan explain`
#[derive(Clone, Debug, Args)]
#[command(before_help = "Examples:
  etcdplan explain          # every code, in a line each
  etcdplan explain E0310")]
pub struct Explain {
    /// The codes; none: a list of all
    #[arg(value_name = "CODE", add = ArgValueCandidates::new(codes::explained))]
    pub codes: Vec<String>,
    /// The form of the result
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    pub format: Format,
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
    /// The same for several files
    Fleet,
    /// What `observe` prints
    Observation,
}

/// `etcdplan completions`
#[derive(Clone, Copy, Debug, Args)]
#[command(before_help = "Examples:
  etcdplan completions bash > /etc/bash_completion.d/etcdplan
  source <(etcdplan completions zsh)                   # in ~/.zshrc")]
pub struct Completions {
    /// For which shell
    pub shell: Shell,
}

/// `etcdplan man`
#[derive(Clone, Debug, Args)]
#[command(before_help = "Examples:
  etcdplan man | man -l -
  etcdplan man /usr/local/share/man/man1")]
pub struct Man {
    /// Where all pages are written, one for each command
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
}
