//! Why there is no backup, or why a file is none.

use std::fmt::Display;

use miette::Diagnostic;

use crate::amount::Size;
use crate::backup::trailer::Judgement;

/// Why there is no backup, or why a file is none. Wherever this comes from, no file was left that
/// has the name of a backup and is none.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum BackupError {
    /// Nobody could send one.
    #[error("no voter answers that a backup could be taken from")]
    NoSource,
    /// It would not fit.
    #[error("no room in {folder}: {free} are free, and the backup takes up to {needed}")]
    NoRoom {
        /// The folder.
        folder: String,
        /// What is free for this user.
        free: Size,
        /// What is needed: the database and a margin.
        needed: Size,
    },
    /// The disk did not take it.
    #[error("cannot write {path}: {reason}")]
    Unwritten {
        /// The file or folder.
        path: String,
        /// The system's words.
        reason: String,
    },
    /// The stream broke off.
    #[error("the backup from {member} broke off after {received}: {reason}")]
    Broken {
        /// The member that sent it.
        member: String,
        /// What had come.
        received: Size,
        /// What happened.
        reason: String,
        /// Whether etcd refused because of who asked.
        is_denied: bool,
    },
    /// The digest at the end is not that of what stands before it.
    #[error("{what} was changed or cut: the digest at its end is not its own")]
    Changed {
        /// The file, or the stream.
        what: String,
        /// The digest at its end.
        sent: String,
        /// The digest of what is there.
        found: String,
    },
    /// It ends where no backup ends.
    #[error("{what} is cut, or never had a digest at its end: {bytes} bytes")]
    Cut {
        /// The file, or the stream.
        what: String,
        /// Its length.
        bytes: u64,
    },
    /// There is nothing in it.
    #[error("{what} is empty")]
    Empty {
        /// The file, or the stream.
        what: String,
    },
    /// etcd's own program cannot read it.
    #[error("`{program}` does not read {what}: {reason}")]
    Unreadable {
        /// The program.
        program: String,
        /// The file.
        what: String,
        /// What it said.
        reason: String,
    },
    /// It is something else.
    #[error("{what} is no backup of etcd's")]
    Other {
        /// The file, or the stream.
        what: String,
    },
}

impl BackupError {
    /// The code, as `explain` knows it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSource => "E0470",
            Self::NoRoom { .. } => "E0471",
            Self::Unwritten { .. } => "E0472",
            Self::Broken { .. } => "E0473",
            Self::Changed { .. } => "E0474",
            Self::Cut { .. } => "E0475",
            Self::Empty { .. } => "E0476",
            Self::Unreadable { .. } => "E0477",
            Self::Other { .. } => "E0479",
        }
    }

    /// The numbers behind it, a line each.
    pub fn details(&self) -> Vec<String> {
        match self {
            Self::Changed { sent, found, .. } => {
                vec![
                    format!("at its end: {sent}"),
                    format!("its own:    {found}"),
                ]
            }
            Self::Cut { .. } => {
                vec!["a backup is pages of 512 bytes, and a digest of 32".to_owned()]
            }
            Self::NoSource
            | Self::NoRoom { .. }
            | Self::Unwritten { .. }
            | Self::Broken { .. }
            | Self::Empty { .. }
            | Self::Unreadable { .. }
            | Self::Other { .. } => Vec::new(),
        }
    }

    /// The ways out, a line each.
    pub fn ways_out(&self) -> Vec<String> {
        let ways: &[&str] = match self {
            Self::NoSource => &["`etcdplan status` shows what stands in the way of each member"],
            Self::NoRoom { .. } => {
                &["free space there, or name another folder: -o, or `policy.backupDir`"]
            }
            Self::Unwritten { .. } => {
                &["no backup was left behind; mend what the system says, or name another folder"]
            }
            Self::Broken {
                is_denied: true, ..
            } => &[
                "where users are on, only the role `root` may take a backup",
                "log in as a user with that role: `connect.user` or --user, and ETCDPLAN_PASSWORD",
            ],
            Self::Broken { .. } => {
                &["no backup was left behind; look at the member, then run again"]
            }
            Self::Changed { .. } => &["do not restore it: take another backup"],
            Self::Cut { .. } => &[
                "take another backup",
                "a database that was copied from a data directory has no digest: `etcdutl snapshot restore --skip-hash-check` takes it",
            ],
            Self::Empty { .. } => &["take another backup"],
            Self::Unreadable { .. } => &[
                "name an etcdutl of the cluster's version: --etcdutl PATH",
                "if that one does not read it either, do not rely on this backup",
            ],
            Self::Other { .. } => {
                &["name the file that `etcdplan backup` or `etcdctl snapshot save` wrote"]
            }
        };
        ways.iter().map(ToString::to_string).collect()
    }

    /// What is wrong with a file or a stream; `None` if nothing is.
    pub fn of(what: &str, bytes: u64, judgement: &Judgement) -> Option<Self> {
        let what = what.to_owned();
        match judgement {
            Judgement::Whole { .. } => None,
            Judgement::Empty => Some(Self::Empty { what }),
            Judgement::Other => Some(Self::Other { what }),
            Judgement::Cut => Some(Self::Cut { what, bytes }),
            Judgement::Changed { sent, found } => Some(Self::Changed {
                what,
                sent: sent.clone(),
                found: found.clone(),
            }),
        }
    }
}

impl Diagnostic for BackupError {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        Some(Box::new(Self::code(self)))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        let lines = [self.details(), self.ways_out()].concat();
        Some(Box::new(lines.join("\n")))
    }
}
