//! The codes with which the program ends; they never change their meaning.

use std::process::ExitCode;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// What was asked for is done.
    Done,
    /// It could not be done.
    Error,
    /// There are changes; only with `--detailed-exitcode`.
    Changes,
    /// A rule forbids it; nothing was changed.
    Refused,
    /// The saved plan no longer fits the cluster; nothing was changed.
    Stale,
    /// Some steps are done: run again to continue.
    Partial,
    /// The command line is wrong.
    Usage,
    /// Interrupted before anything was changed.
    Interrupted,
}

/// The codes, as `--help` prints them.
pub(crate) const HELP: &str = "\
Exit codes:
    0  done
    1  error
    2  with --detailed-exitcode: there are changes
    3  refused by a rule; nothing was changed
    4  the saved plan is stale; nothing was changed
    5  stopped part-way: run again to continue
   64  wrong usage
  130  interrupted before anything was changed";

impl Exit {
    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Error => 1,
            Self::Changes => 2,
            Self::Refused => 3,
            Self::Stale => 4,
            Self::Partial => 5,
            // EX_USAGE: clap's own 2 would read as "there are changes".
            Self::Usage => 64,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
