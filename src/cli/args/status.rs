//! The arguments of `etcdplan status`.

use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::amount::Span;

use super::{Format, Target};

/// A shorter interval would only be load.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);

/// `etcdplan status`
#[derive(Clone, Debug, Args)]
#[command(before_help = "Examples:
  etcdplan status -f clusters/prod-eu.yaml
  etcdplan status -f prod-eu.yaml --watch              # until Ctrl-C; --watch 10s: less often
  etcdplan status -f prod-eu.yaml --format prometheus  # for a textfile collector")]
pub struct Status {
    /// The cluster.
    #[command(flatten)]
    pub target: Target,
    /// The form of the result
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    pub format: StatusFormat,
    /// Look again and again, every 2s or so often, until Ctrl-C
    #[arg(
        long,
        value_name = "INTERVAL",
        num_args = 0..=1,
        default_missing_value = "2s",
        value_parser = interval
    )]
    pub watch: Option<Span>,
}

/// In which form the status is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum StatusFormat {
    /// For people
    #[default]
    Text,
    /// For programs; with --watch a line for each look
    Json,
    /// For Prometheus: its text format
    Prometheus,
}

impl StatusFormat {
    /// How errors are printed.
    pub(in crate::cli) fn of_errors(self) -> Format {
        match self {
            Self::Json => Format::Json,
            Self::Text | Self::Prometheus => Format::Text,
        }
    }
}

/// Reads an interval.
fn interval(text: &str) -> Result<Span, String> {
    let span: Span = text.parse().map_err(|error| format!("{error}"))?;
    if span.0 < SHORTEST_INTERVAL {
        return Err("an interval is at least 100ms".to_owned());
    }
    Ok(span)
}
