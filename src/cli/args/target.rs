//! The arguments of the commands that work on a topology file or its cluster.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use clap_complete::ArgValueCompleter;

use crate::etcd::Secret;
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

/// Reads an endpoint as etcdctl does: without a scheme it is plain HTTP.
pub(in crate::cli) fn endpoint(text: &str) -> Result<Url, UrlError> {
    let text = text.trim();
    if text.contains("://") {
        Url::parse(text)
    } else {
        Url::parse(&format!("http://{text}"))
    }
}
