//! The arguments of the commands that work on a topology file or its cluster.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use clap_complete::ArgValueCompleter;

use crate::amount::Span;
use crate::etcd::Secret;
use crate::plan::StepId;
use crate::url::{Url, UrlError};

use super::super::completions::members;
use super::Format;

/// `etcdplan validate`
#[derive(Clone, Debug, Args)]
#[command(before_help = "Examples:
  etcdplan validate clusters/*.yaml
  etcdplan validate clusters/*.yaml --format github    # beside the lines of a pull request
  etcdplan validate prod-eu.yaml --format json")]
pub struct Validate {
    /// The topology files; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The form of what is found
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    pub format: ValidateFormat,
}

/// In which form the problems of files are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ValidateFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// Workflow commands, which GitHub shows beside the lines
    Github,
}

impl ValidateFormat {
    /// In which form an error of the command itself is told.
    pub fn of_errors(self) -> Format {
        match self {
            Self::Text | Self::Github => Format::Text,
            Self::Json => Format::Json,
        }
    }
}

/// Where the cluster is.
#[derive(Clone, Debug, Default, Args)]
pub struct Connection {
    /// Client URLs to begin with, instead of the file's; else `ETCDPLAN_ENDPOINTS`
    #[arg(long, value_name = "URL", value_delimiter = ',', value_parser = endpoint)]
    pub endpoints: Vec<Url>,
    /// Authorities that sign the servers' certificates, PEM; else `ETCDPLAN_CACERT`
    #[arg(long, value_name = "FILE")]
    pub cacert: Option<PathBuf>,
    /// Our certificate, PEM; else `ETCDPLAN_CERT`
    #[arg(long, value_name = "FILE")]
    pub cert: Option<PathBuf>,
    /// Its key, PEM; else `ETCDPLAN_KEY`
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// The user to log in as; else `ETCDPLAN_USER`. The password: `ETCDPLAN_PASSWORD`
    #[arg(long, value_name = "NAME[:PASSWORD]")]
    pub user: Option<GivenUser>,
}

/// A user as etcdctl takes it: a name, or a name and a password with a colon between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenUser {
    /// The name.
    pub name: String,
    /// The password, if it was given.
    pub password: Option<Secret>,
}

impl From<String> for GivenUser {
    fn from(text: String) -> Self {
        match text.split_once(':') {
            Some((name, password)) => Self {
                name: name.to_owned(),
                password: Some(Secret::new(password.to_owned())),
            },
            None => Self {
                name: text,
                password: None,
            },
        }
    }
}

/// What is asked for beyond the file.
#[derive(Clone, Debug, Default, Args)]
pub struct Requests {
    /// Restart a member, or `all`; may be repeated
    #[arg(
        long,
        value_name = "NAME|all",
        value_delimiter = ',',
        add = ArgValueCompleter::new(members::restartable)
    )]
    pub restart: Vec<String>,
    /// Replace a member by a new one with an empty data directory; may be repeated
    #[arg(
        long,
        value_name = "NAME",
        value_delimiter = ',',
        add = ArgValueCompleter::new(members::replaceable)
    )]
    pub replace: Vec<String>,
    /// Allow steps that take the cluster below quorum for a moment (one or two voters)
    #[arg(long)]
    pub allow_outage: bool,
}

/// `etcdplan plan`
#[derive(Clone, Debug, Args)]
#[command(before_help = "Examples:
  etcdplan plan -f clusters/prod-eu.yaml -o prod-eu.plan.json
  etcdplan plan -f prod-eu.yaml --live live.json       # as `observe` recorded it
  etcdplan plan -f prod-eu.yaml --detailed-exitcode    # ends with 2 if there are changes
  etcdplan plan -f prod-eu.yaml --write markdown=plan.md --write html=plan.html
  etcdplan plan -f clusters/                           # every file there")]
pub struct Plan {
    /// A topology file, or a folder of them; may be repeated; `-` is standard input
    #[arg(short, long = "file", required = true, value_name = "FILE|DIR")]
    pub files: Vec<PathBuf>,
    /// A recorded observation, instead of the live cluster (see `observe`); for several files a
    /// folder that holds `NAME.json` for `NAME.yaml`
    #[arg(long, value_name = "FILE|DIR")]
    pub live: Option<PathBuf>,
    /// Save the plan, for `apply` and `show`; for several files a folder
    #[arg(short, long, value_name = "PLAN")]
    pub out: Option<PathBuf>,
    /// The form of the result
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    pub format: PlanFormat,
    /// Write the result in another form too, to a file; may be repeated
    #[arg(long, value_name = "FORMAT=PATH", value_parser = written)]
    pub write: Vec<Written>,
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

/// In which form a plan is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// For people
    #[default]
    Text,
    /// For programs: the plan itself
    Json,
    /// For the comment of a pull request
    Markdown,
    /// The graph of the steps, as GitHub and GitLab draw it
    Mermaid,
    /// The graph of the steps, for Graphviz
    Dot,
    /// A page for a browser, in one file
    Html,
    /// Workflow commands, which GitHub shows beside the lines
    Github,
    /// The counts, as a merge request of GitLab shows them
    Gitlab,
}

impl PlanFormat {
    /// In which form an error of the command itself is told.
    pub fn of_errors(self) -> Format {
        match self {
            Self::Json => Format::Json,
            Self::Text
            | Self::Markdown
            | Self::Mermaid
            | Self::Dot
            | Self::Html
            | Self::Github
            | Self::Gitlab => Format::Text,
        }
    }
}

/// A form of the result, and the file that it goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The form.
    pub format: PlanFormat,
    /// The file.
    pub path: PathBuf,
}

/// Reads `FORMAT=PATH`.
fn written(text: &str) -> Result<Written, String> {
    let (format, path) = text
        .split_once('=')
        .filter(|(_, path)| !path.is_empty())
        .ok_or("write FORMAT=PATH, as in markdown=plan.md")?;
    Ok(Written {
        format: PlanFormat::from_str(format, false).map_err(|_| {
            let all = PlanFormat::value_variants().iter();
            let names = all.filter_map(ValueEnum::to_possible_value);
            let names: Vec<_> = names.map(|name| name.get_name().to_owned()).collect();
            format!("`{format}` is no form of a plan: {}", names.join(", "))
        })?,
        path: path.into(),
    })
}

/// `etcdplan show`
#[derive(Clone, Debug, Args)]
#[command(before_help = "Examples:
  etcdplan show prod-eu.plan.json
  etcdplan show prod-eu.plan.json --format markdown
  etcdplan show ~/.local/state/etcdplan/*/*.jsonl      # what a run did")]
pub struct Show {
    /// A saved plan, or the journal of a run
    #[arg(value_name = "PLAN|RUN")]
    pub plan: PathBuf,
    /// The form of the result
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    pub format: PlanFormat,
    /// Write the result in another form too, to a file; may be repeated
    #[arg(long, value_name = "FORMAT=PATH", value_parser = written)]
    pub write: Vec<Written>,
}

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

/// Reads a step's id: `s3`, or its number in the plan.
fn step(text: &str) -> Result<StepId, String> {
    text.parse()
        .map(StepId)
        .or_else(|_| StepId::try_from(text.to_owned()))
}

/// Reads an endpoint as etcdctl does: without a scheme it is plain HTTP.
pub(in crate::cli) fn endpoint(text: &str) -> Result<Url, UrlError> {
    let text = text.trim();
    if text.contains("://") {
        Url::parse(text)
    } else {
        Url::parse(&format!("http://{text}"))
    }
}
