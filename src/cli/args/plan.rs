//! The arguments of `plan` and `show`: what is planned, and in which forms it is told.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Connection, Format, Requests};

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
pub(super) fn written(text: &str) -> Result<Written, String> {
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
  etcdplan show ~/.local/state/etcdplan/CLUSTER/PLAN.jsonl      # what a run did")]
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
